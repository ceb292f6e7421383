# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of video segmentation: masks that lie on their objects, from both sets."""

from pathlib import Path

import numpy as np
import pytest
import tiny_datasets
import torch

from ftpvm.training.datasets import segmentation


@pytest.fixture(scope="module")
def plain_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """YouTubeVIS and YouTubeVOS whose first objects are red, the second ones green, the rest blue."""
    root = tmp_path_factory.mktemp("plain")
    colours = {51: (0, 0, 255), 52: (0, 255, 0)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_datasets, "texture", lambda seed, size: np.full((*size, 3), colours.get(seed, (255, 0, 0))))
        tiny_datasets.youtubevis(root)
        tiny_datasets.youtubevos(root)
    return root


def test_a_clip_has_the_shapes_and_ranges_it_promises(root: Path) -> None:
    clips = segmentation(root, size=48, frames=4, ytvos=True)
    assert len(clips) == 4 and len(segmentation(root, size=48, frames=4)) == 2
    for index in range(8):
        clip = clips[index]
        assert clip.memories == 1 and clip.images.shape == (4, 3, 48, 48)
        assert clip.images.dtype == torch.float32 and clip.images.min() >= 0 and clip.images.max() <= 1
        assert set(clip.alphas.unique().tolist()) <= {0, 1} and clip.alphas[1:].any()
        assert set(clip.trimaps.unique().tolist()) <= {0, 0.5, 1}


def test_clips_depend_on_seed_and_index_alone(root: Path) -> None:
    first, again, other = (segmentation(root, size=32, frames=3, seed=seed, ytvos=True) for seed in (4, 4, 5))
    for index in (0, 1, 9000):
        assert torch.equal(first[index].images, again[index].images)
        assert torch.equal(first[index].trimaps, again[index].trimaps)
    assert not torch.equal(first[1].images, other[1].images)


def test_clips_are_never_larger_than_352(root: Path) -> None:
    assert segmentation(root, size=480, frames=2)[0].images.shape[-2:] == (352, 352)


def test_masks_lie_on_one_object_through_the_clip(plain_root: Path) -> None:
    clips = segmentation(plain_root, size=54, frames=4, ytvos=True)
    wanted = []
    for index in range(40):
        clip = clips[index]
        channel = clip.images.argmax(1, keepdim=True)  # 0 red, 1 green, 2 blue
        inside = channel[clip.alphas == 1]
        colour = int(inside.mode().values)
        # Frames where the object isn't annotated may show it; JPEG and sampling mix colours at edges.
        seen = clip.alphas.amax((1, 2, 3)) == 1
        outside = channel[seen][clip.alphas[seen] == 0]
        if not torch.equal(clip.images[:, 0], clip.images[:, 2]):  # not made grey
            assert (inside == colour).float().mean() > 0.9 and (outside == colour).float().mean() < 0.1
            wanted.append(colour)
    assert set(wanted) == {0, 1} and len(wanted) > 30
