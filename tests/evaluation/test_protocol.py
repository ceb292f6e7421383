# SPDX-License-Identifier: GPL-3.0-or-later
"""The published protocol is plain calls of the network: forward, true trimaps only, one recurrent memory."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_shots import FLOAT32, SIZE, a_network, picture

from ftpvm.evaluation.clip import Clip
from ftpvm.evaluation.matted import MattedFrame
from ftpvm.evaluation.protocol import network_mattes
from ftpvm.evaluation.scoring import Seen, score_clip
from ftpvm.evaluation.testsets import TrueFrame
from ftpvm.propagation import NetworkRunner


class Drawn:
    """Footage made when it is asked for; only the frames in `annotated` have an alpha."""

    name = "drawn"

    def __init__(self, count: int, annotated: range | None = None, size: tuple[int, int] = SIZE) -> None:
        self.numbers, self.annotated, self.size = range(count), annotated or range(count), size

    def __len__(self) -> int:
        return len(self.numbers)

    def read(self, frames: range) -> Iterator[TrueFrame]:
        for frame in frames:
            image = (picture(frame, self.size) / 255).astype(np.float32)
            yield TrueFrame(image, self.alpha(frame) if frame in self.annotated else None)

    def alpha(self, frame: int) -> np.ndarray:
        rows, columns = np.mgrid[: self.size[1], : self.size[0]]
        distance = np.hypot(rows - self.size[1] / 2, columns - self.size[0] / 3 - frame)
        return np.clip((self.size[1] / 3 - distance) / 4, 0, 1).astype(np.float32)

    def identity(self) -> str:
        return f"drawn {len(self)}"


@pytest.fixture(scope="module")
def runner() -> NetworkRunner:
    return NetworkRunner(a_network(), FLOAT32)


def by_hand(runner: NetworkRunner, clip: Clip, keyframes: dict[int, int]) -> dict[int, np.ndarray]:
    """Frame by frame; keyframes: for each frame the one in memory."""
    frames = dict(clip.read_true(clip.frames))
    recurrent: Any = [None, None]
    mattes = {}
    with torch.inference_mode():
        for number, frame in frames.items():
            key = frames[keyframes[number]]
            assert frame.image is not None and key.image is not None and key.trimap is not None
            memory = runner.network.encode_imgs_to_value(tensor(key.image), tensor(key.trimap[..., None]))
            _, _, full, recurrent = runner.network.forward_with_memory(tensor(frame.image), *memory, *recurrent)
            mattes[number] = full[0, 0, 0].numpy()
    return mattes


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None, None]


def agree(made: list[MattedFrame], wanted: dict[int, np.ndarray]) -> None:
    """One pixel in a thousand may fall to another class by a rounding."""
    assert [frame.frame for frame in made] == list(wanted)
    for frame in made:
        assert (np.abs(frame.matte - wanted[frame.frame]) > 1e-4).mean() <= 0.001, frame.frame


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_the_first_true_trimap_and_forward(runner: NetworkRunner, batch: int) -> None:
    clip = Clip(Drawn(5), None, 9)
    made = list(network_mattes(runner, clip, batch=batch))
    agree(made, by_hand(runner, clip, dict.fromkeys(range(5), 0)))
    assert all(frame.trimap is not None and set(np.unique(frame.trimap)).issubset((0, 0.5, 1)) for frame in made)


@pytest.mark.parametrize("count", [10, 20])
def test_frames_are_read_as_they_are_matted(runner: NetworkRunner, count: int) -> None:
    class Watched(Drawn):
        read_so_far = 0

        def read(self, frames: range) -> Iterator[TrueFrame]:
            for frame in super().read(frames):
                self.read_so_far += 1
                yield frame

    footage, batch = Watched(count), 2
    ahead = [footage.read_so_far - made.frame for made in network_mattes(runner, Clip(footage, SIZE, 9), batch=batch)]
    assert len(ahead) == count and max(ahead) <= 3 * batch  # a batch made, one prefetched, one on its way


def test_a_batch_that_did_not_fit_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runner, sizes = NetworkRunner(a_network(), FLOAT32), list[int]()
    forward = runner.network.forward_with_memory

    def small(images: torch.Tensor, *rest: Any) -> Any:
        sizes.append(images.shape[1])
        if images.shape[1] > 2:
            raise torch.OutOfMemoryError
        return forward(images, *rest)

    monkeypatch.setattr(runner.network, "forward_with_memory", small)
    clip = Clip(Drawn(10), None, 9)
    assert [made.frame for made in network_mattes(runner, clip, batch=4)] == list(range(10))
    assert sizes == [4, 2, 2, 2, 2, 2]


def test_updates_replace_the_memory_and_keep_the_recurrent_one(runner: NetworkRunner) -> None:
    clip = Clip(Drawn(5), None, 9)
    made = list(network_mattes(runner, clip, memory_every=2, batch=8))
    agree(made, by_hand(runner, clip, {0: 0, 1: 0, 2: 2, 3: 2, 4: 4}))


def test_partly_annotated_clips_begin_at_their_first_and_update_at_the_next_that_is() -> None:
    clip = Clip(Drawn(20, range(3, 20, 6)), None, 9)
    assert clip.frames[0] == 3 and clip.keyframes(0) == [3]
    assert clip.keyframes(4) == [3, 9, 15]  # due at 3, 7, 11, 15, 19


def test_a_downsample_ratio_still_gives_mattes_of_full_size(runner: NetworkRunner) -> None:
    clip = Clip(Drawn(2, size=(128, 96)), None, 9)
    made = list(network_mattes(runner, clip, downsample_ratio=0.5))
    assert made[0].matte.shape == (96, 128) and made[0].matte.min() >= 0 and made[0].matte.max() <= 1
    assert made[0].trimap is not None and made[0].trimap.shape == (96, 128)


def test_a_clip_is_scaled_and_its_trimap_is_as_wide_as_asked() -> None:
    clip = Clip(Drawn(1, size=(128, 96)), (64, 48), 11)
    ((_, frame),) = clip.read_true(range(1))
    assert frame.image is not None and frame.alpha is not None and frame.trimap is not None
    assert frame.image.shape == (48, 64, 3) and frame.alpha.shape == (48, 64)
    row, soft = frame.trimap[24], (frame.alpha[24] > 0.005) & (frame.alpha[24] < 0.995)
    beside = np.flatnonzero(soft)[0]  # the matte's edge on the left; what lies left of it is empty
    assert (row[beside - 5 : beside] == 0.5).all() and row[beside - 7] == 0


def test_scoring_needs_no_more_memory_for_a_longer_clip() -> None:
    def peak(count: int) -> int:
        clip = Clip(Drawn(count, size=(128, 128)), None, 9)
        made = (MattedFrame(n, np.zeros((128, 128), np.float32)) for n in clip.frames)
        tracemalloc.start()
        score_clip(clip, made)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(4)
    frame = 128 * 128 * 4 * (3 + 1 + 1)  # image, alpha and trimap; a few wait to be scored
    assert peak(48) < peak(12) + 8 * frame


def test_frames_are_shown_to_watchers_with_their_scores(tmp_path: Path) -> None:
    clip, seen = Clip(Drawn(7, range(0, 7, 3)), None, 9), list[Seen]()
    made = (MattedFrame(n, Drawn(7).alpha(n)) for n in clip.frames)
    scores = score_clip(clip, made, [seen.append])
    assert [frame.number for frame in seen] == list(range(7))
    assert [frame.scores is not None for frame in seen] == [True, False, False, True, False, False, True]
    assert list(scores.frames) == [0, 3, 6] and scores.mean["whole"]["mad"] == 0 and scores.iou is None
    assert "dtssd" not in scores.frames[0]["whole"] and scores.frames[3]["whole"]["dtssd"] == 0
