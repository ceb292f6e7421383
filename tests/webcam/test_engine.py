# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any

import numpy as np
import pytest
import torch
from live_frames import SIZE, frame, runner, trimap

from ftpvm.model.merging import merge_softly
from ftpvm.propagation import NetworkRunner
from ftpvm.webcam.camera import Frame
from ftpvm.webcam.engine import LiveKeyframe, LiveMatting, LiveState, unit


@pytest.fixture(scope="module")
def network() -> NetworkRunner:
    torch.set_num_threads(1)
    return runner()


def clip(*images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)[None]


def key(at: Frame) -> LiveKeyframe:
    return LiveKeyframe(at, trimap(at.size))


def by_hand(network: NetworkRunner, frames: list[Frame], keyframes: list[LiveKeyframe]) -> Any:
    """Mattes and trimaps of frames in one call."""
    query, images = (clip(*(unit(f.image) for f in some)) for some in (frames, [k.frame for k in keyframes]))
    with torch.inference_mode():
        memory = network.network.encode_imgs_to_value(images, clip(*(k.trimap[..., None] for k in keyframes)))
        logits, boundary, _, _ = network.network.forward_with_memory(query, *memory)
    return merge_softly(logits, boundary)[0, :, 0].numpy(), logits[0].argmax(1).numpy() / 2


@pytest.mark.parametrize("count", [1, 3])
def test_frame_by_frame_it_is_what_the_network_gives_for_the_clip(network: NetworkRunner, count: int) -> None:
    frames, keyframes = [frame(shift) for shift in range(4)], tuple(key(frame(s)) for s in range(0, 3 * count, 3))
    mattes, trimaps = by_hand(network, frames, list(keyframes))
    live, state = LiveMatting(network), None
    for one, matte, predicted in zip(frames, mattes, trimaps, strict=True):
        result, state = live.step(one, keyframes, SIZE[0], state)
        assert result.frame is one and result.matte is not None and result.trimap is not None
        assert np.abs(result.matte - matte).mean() < 1e-4 and (result.trimap != predicted).mean() < 0.001
    assert mattes.std() > 0.05 and set(np.unique(trimaps)) == {0, 0.5, 1}


def test_a_smaller_working_size_still_gives_mattes_of_the_frames_size(network: NetworkRunner) -> None:
    result, _ = LiveMatting(network).step(frame(), (key(frame()),), 64, None)
    assert result.matte is not None and result.matte.shape == SIZE[::-1]
    assert result.matte.min() >= 0 and result.matte.max() <= 1
    assert result.trimap is not None and result.trimap.shape == (43, 64)


@pytest.mark.parametrize("changed", ["size", "scene", "keyframe", "pause"])
def test_where_the_situation_changes_the_recurrent_memory_starts_anew(network: NetworkRunner, changed: str) -> None:
    live, keyframes, state = LiveMatting(network), (key(frame()),), None
    for shift in range(3):
        _, state = live.step(frame(shift), keyframes, SIZE[0], state)
    after = frame(5, scene=1 if changed == "scene" else 0, seconds=0.5 if changed == "pause" else 0.04)
    resolution = 64 if changed == "size" else SIZE[0]
    keyframes = (*keyframes, key(frame(3))) if changed == "keyframe" else keyframes
    result, _ = live.step(after, keyframes, resolution, state)
    fresh, _ = LiveMatting(network).step(after, keyframes, resolution, None)
    assert np.array_equal(result.matte, fresh.matte)  # type: ignore[arg-type]


def test_otherwise_it_goes_on_and_the_state_is_a_plain_value(network: NetworkRunner) -> None:
    live, keyframes = LiveMatting(network), (key(frame()),)
    _, state = live.step(frame(), keyframes, SIZE[0], None)
    one, _ = live.step(frame(5), keyframes, SIZE[0], state)
    again, _ = live.step(frame(5), keyframes, SIZE[0], state)
    fresh, _ = live.step(frame(5), keyframes, SIZE[0], None)
    assert isinstance(state, LiveState) and np.array_equal(one.matte, again.matte)  # type: ignore[arg-type]
    assert np.abs(one.matte - fresh.matte).max() > 0.01  # type: ignore[operator]


def test_a_keyframe_is_encoded_once_for_a_size(network: NetworkRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded, encode = [], NetworkRunner.encode
    monkeypatch.setattr(NetworkRunner, "encode", lambda self, i, t: encoded.append(t.shape) or encode(self, i, t))
    live, first, second = LiveMatting(network), key(frame()), key(frame(4))
    for keyframes, resolution in (((first,), 96), ((first, second), 96), ((first,), 64), ((second, first), 96)):
        live.step(frame(), keyframes, resolution, None)
    assert encoded == [(64, 96), (64, 96), (43, 64)]
