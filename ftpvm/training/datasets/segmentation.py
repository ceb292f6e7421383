# SPDX-License-Identifier: GPL-3.0-or-later
"""Segmentation clips: videos with the mask of one object as alpha."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.random import Generator
from torch.utils.data import Dataset

from ..clip import Clip
from .footage import Footage, centre_of
from .motion import fitted, mirrored, sample
from .photometry import colour_jitter, grey
from .sampling import SPARSE_SPEEDS, FrameSampler, generator, item_of
from .settings import ClipSettings
from .workers import leave_threads_to_workers

LARGEST = 352
ASPECT, SHARE = (0.9, 1.1), (0.8, 1.0)
FLIP, JITTER, GREY = 0.5, 0.8, 0.05


class Masked(Protocol):
    """A data set of videos with masks."""

    def __len__(self) -> int: ...
    def read(self, item: int, rng: Generator, sampler: FrameSampler) -> tuple[list[np.ndarray], list[np.ndarray]]: ...


class SegmentationClips(Dataset[Clip]):
    """Clip `index`, any index >= 0, depends on the settings' seed and the index alone.

    `len` indices show each video once. Alphas are 0 or 1. What the pictures show can't be taken out of them, so a
    memory is empty only where the object isn't in its frame. Raises IndexError for a negative index, DatasetError for
    files that can't be used.
    """

    def __init__(self, sets: Sequence[Masked], settings: ClipSettings) -> None:
        self.settings = settings
        self.items = [(each, item) for each in sets for item in range(len(each))]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Clip:
        leave_threads_to_workers()
        videos, item = self.items[item_of(self.settings.seed, index, len(self.items))]
        rng = generator(self.settings.seed, index)
        pictures, masks = videos.read(item, rng, self.settings.sampler(SPARSE_SPEEDS))
        layer, alphas = _cropped(rng, pictures, masks, self.settings.size)
        if rng.random() < JITTER:
            layer = colour_jitter(rng, layer)
        if rng.random() < GREY:
            layer = grey(layer)
        return self.settings.clip(rng, layer[..., :3], alphas)


def _cropped(
    rng: Generator, pictures: list[np.ndarray], masks: list[np.ndarray], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Most of the pictures' height around the object, flipped or not: (n, size, size, 4), (n, size, size)."""
    opaque = Footage(pictures).premultiplied(size)
    height, width = opaque[0].shape[:2]
    shrunk = [cv2.resize(mask / np.float32(255), (width, height), interpolation=cv2.INTER_AREA) for mask in masks]
    zoom = 1 / np.sqrt(rng.uniform(*SHARE))
    fit = mirrored(rng, FLIP) @ fitted((height, width), centre_of(shrunk), rng.uniform(*ASPECT), zoom)
    layer = sample(opaque, fit, size, cv2.BORDER_REFLECT)
    return layer, np.asarray(sample(shrunk, fit, size, cv2.BORDER_REFLECT) > 0.5, np.float32)
