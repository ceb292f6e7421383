# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of image and video matting: composed as they say, by (seed, index), with every switch."""

import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_datasets
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ftpvm.training.clip import Clip, collate
from ftpvm.training.datasets import MattingClips, image_matting, video_matting
from ftpvm.training.datasets.augmentation import Augmentation
from ftpvm.training.datasets.backgrounds import Backgrounds, BG20k
from ftpvm.training.datasets.settings import ClipSettings
from ftpvm.training.datasets.videomatting108 import VideoMatting108

RED, GREEN, BLUE = ([float(i == c) for i in range(3)] for c in range(3))
NO_PHOTOMETRY = Augmentation(jitter=0, grey=0, sharpen=0, grain=0, blur=1, together=0.5, video=0.5, pause=0.3)
BOTH = pytest.mark.parametrize("matting", [image_matting, video_matting])
Matting = Callable[..., MattingClips]


@pytest.fixture(scope="module")
def plain_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VideoMatting108 with foregrounds all red and background videos all blue, BG-20k all green."""
    root = tmp_path_factory.mktemp("plain")
    folder = tiny_datasets.videomatting108(root, frames=8)
    for path in folder.glob("FG_done/*/*.png"):
        alpha = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., 3]
        cv2.imwrite(str(path), np.dstack([np.full_like(alpha, 255 * c) for c in (0, 0, 1)] + [alpha]))
    for path in folder.glob("BG_done/*/*.jpg"):
        cv2.imwrite(str(path.with_suffix(".png")), np.full((64, 96, 3), (255, 0, 0), np.uint8))
        path.unlink()  # frame_corr.json goes on naming the JPEG
    still = tiny_datasets.bg20k(root, pictures=1) / "h_0.jpg"
    cv2.imwrite(str(still), np.full((60, 80, 3), (0, 255, 0), np.uint8))
    return root


def plain(root: Path, stills: bool = False, multi: bool = False, size: int = 48) -> MattingClips:
    clips = VideoMatting108.open(root)
    backgrounds = Backgrounds(clips, BG20k.open(root) if stills else None)
    return MattingClips(clips, backgrounds, NO_PHOTOMETRY, ClipSettings(size, 4), compose_multiobj=multi)


def composed(alphas: Tensor, front: list[float], back: list[float]) -> Tensor:
    """F alpha + B (1 - alpha)."""
    fore, behind = (torch.tensor(colour)[:, None, None] for colour in (front, back))
    return fore * alphas + behind * (1 - alphas)


def same(first: Clip, second: Clip) -> bool:
    pairs = ((first.images, second.images), (first.alphas, second.alphas), (first.trimaps, second.trimaps))
    return all(torch.equal(*pair) for pair in pairs)


@BOTH
def test_a_clip_has_the_shapes_and_ranges_it_promises(root: Path, matting: Matting) -> None:
    clips = matting(root, size=48, frames=4, use_background_dataset=True, compose_multiobj=True)
    for index in range(12):
        clip = clips[index]
        assert clip.memories == 1 and clip.images.shape == (4, 3, 48, 48)
        assert clip.alphas.shape == clip.trimaps.shape == (4, 1, 48, 48)
        for values in (clip.images, clip.alphas):
            assert values.dtype == torch.float32 and values.min() >= 0 and values.max() <= 1
            assert values.isfinite().all()
        assert set(clip.trimaps.unique().tolist()) <= {0, 0.5, 1}
        assert clip.alphas[clip.trimaps == 0].max() < 0.005
        assert (clip.alphas[clip.trimaps == 1] > 0.995).all()


@BOTH
def test_clips_depend_on_seed_and_index_alone(root: Path, matting: Matting) -> None:
    first, again, other = (matting(root, size=32, frames=3, seed=seed) for seed in (4, 4, 5))
    assert same(first[7], again[7])
    assert same(first[100_000], again[100_000])
    assert not same(first[7], first[8]) and not same(first[7], other[7])
    with pytest.raises(IndexError):
        first[-1]


class OpenCVThreads(Dataset[int]):
    """How many threads OpenCV has once a clip was made."""

    def __init__(self, clips: MattingClips) -> None:
        self.clips = clips

    def __getitem__(self, index: int) -> int:
        cv2.setNumThreads(4)
        _ = self.clips[index]
        return cv2.getNumThreads()


def test_workers_make_the_same_clips_with_one_thread(root: Path) -> None:
    clips = pickle.loads(pickle.dumps(video_matting(root, size=32, frames=3)))
    indices = [5, 0, 900, 3]
    [batch, _] = DataLoader(clips, 2, sampler=indices, num_workers=1, collate_fn=collate)
    assert same(batch, collate([clips[5], clips[0]]))
    assert list(DataLoader(OpenCVThreads(clips), None, sampler=[0], num_workers=1)) == [1]


def test_images_are_the_composite_however_layers_move_and_blur(plain_root: Path) -> None:
    clips = plain(plain_root)
    for index in range(20):
        clip = clips[index]
        assert (clip.images - composed(clip.alphas, RED, BLUE)).abs().max() < 0.01
    assert any((clips[index].alphas[1] - clips[index].alphas[-1]).abs().max() > 0.2 for index in range(5))


def test_one_background_in_five_is_a_still(plain_root: Path) -> None:
    clips = plain(plain_root, stills=True, size=16)
    over_still = 0
    for index in range(100):
        clip = clips[index]
        still = (clip.images - composed(clip.alphas, RED, GREEN)).abs().max() < 0.01
        assert still or (clip.images - composed(clip.alphas, RED, BLUE)).abs().max() < 0.01
        over_still += int(still)
    assert 10 <= over_still <= 30


def test_half_of_the_clips_get_a_second_object_behind(plain_root: Path) -> None:
    clips = plain(plain_root, multi=True)
    seconds = 0
    for index in range(60):
        clip = clips[index]
        difference = clip.images - composed(clip.alphas, RED, BLUE)
        # It may only add red where the wanted object isn't.
        assert (
            difference[:, 0].min() > -0.01 and difference[clip.alphas.expand(-1, 3, -1, -1) > 0.99].abs().max() < 0.02
        )
        seconds += int(difference.max() > 0.5)
    assert 15 <= seconds <= 45


def test_one_memory_in_ten_holds_no_foreground(plain_root: Path) -> None:
    dataset = plain(plain_root, size=16)
    clips = [dataset[index] for index in range(120)]
    empty = [clip for clip in clips if clip.alphas[0].max() == 0]
    assert 5 <= len(empty) <= 22
    assert all(clip.trimaps[0].max() == 0 and clip.alphas[1].max() > 0.5 for clip in empty)
    assert all((clip.images[0] - composed(clip.alphas[0], RED, BLUE)).abs().max() < 0.01 for clip in empty)


@BOTH
def test_same_mem_que_shows_the_memory_again_as_the_first_query_frame(root: Path, matting: Matting) -> None:
    clip = matting(root, size=32, frames=3, same_mem_que=True)[2]
    assert clip.images.shape[0] == 4
    assert all(torch.equal(x[0], x[1]) for x in (clip.images, clip.alphas, clip.trimaps))


def test_nb_frame_only_keeps_the_memory_near(root: Path) -> None:
    def distances(nb_frame_only: bool) -> list[float]:
        clips = video_matting(root, size=32, frames=3, nb_frame_only=nb_frame_only)
        drawn = (clips[index].alphas for index in range(40))
        return [float((alphas[0] - alphas[1]).abs().mean()) for alphas in drawn if alphas[0].max() > 0]

    assert np.mean(distances(True)) < 0.7 * np.mean(distances(False))


def test_random_memtrimap_gives_only_the_memory_a_kernel_of_its_own(root: Path) -> None:
    def unknown(random_memtrimap: bool) -> Tensor:
        clips = image_matting(root, size=96, frames=2, random_memtrimap=random_memtrimap)
        drawn = [clips[index] for index in range(24)]
        return torch.stack([(c.trimaps == 0.5).float().mean((1, 2, 3)) for c in drawn if c.alphas[0].max() > 0])

    shared, own = unknown(False), unknown(True)
    assert torch.equal(shared[:, 0], own[:, 0]), "the memory's own kernel is still the random one"
    assert own[:, 1].std() < 0.6 * own[:, 0].std(), "the query's kernel doesn't vary"
