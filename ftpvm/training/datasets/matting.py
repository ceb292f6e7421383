# SPDX-License-Identifier: GPL-3.0-or-later
"""Matting clips: foregrounds with alpha, moved and composed over backgrounds."""

from functools import reduce
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.random import Generator
from torch.utils.data import Dataset

from ..clip import Clip
from .augmentation import Augmentation
from .backgrounds import Backgrounds
from .footage import Footage
from .photometry import over
from .sampling import generator, item_of
from .settings import ClipSettings
from .workers import leave_threads_to_workers

EMPTY_MEMORY, SECOND_OBJECT = 0.1, 0.5


class Foregrounds(Protocol):
    """A data set of foregrounds: stills are 1 frame long."""

    def lengths(self) -> list[int]: ...
    def foreground(self, item: int, numbers: list[int]) -> Footage: ...
    def paired(self, item: int, numbers: list[int]) -> list[Path]: ...


class MattingClips(Dataset[Clip]):
    """Clip `index`, any index >= 0, depends on the settings' seed and the index alone.

    `len` indices show each still once, and each video once for as many clips as it is long. Half of the clips have a
    second object behind the wanted one where `compose_multiobj`; one memory in ten doesn't hold the wanted one.
    Raises IndexError for a negative index, DatasetError for files that can't be used.
    """

    def __init__(
        self, foregrounds: Foregrounds, backgrounds: Backgrounds, augmentation: Augmentation, settings: ClipSettings,
        *, compose_multiobj: bool = False,
    ) -> None:  # fmt: skip
        self.foregrounds = foregrounds
        self.backgrounds = backgrounds
        self.augmentation = augmentation
        self.settings = settings
        self.compose_multiobj = compose_multiobj
        self.lengths = foregrounds.lengths()
        clips = (max(1, length // settings.frames) for length in self.lengths)
        self.items = [item for item, count in enumerate(clips) for _ in range(count)]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Clip:
        leave_threads_to_workers()
        items = [self.items[item_of(self.settings.seed, index, len(self.items))]]
        rng = generator(self.settings.seed, index)
        if self.compose_multiobj and rng.random() < SECOND_OBJECT:
            items.append(int(rng.choice(self.items)))
        wanted, *behind = self._layers(rng, items)
        if rng.random() < EMPTY_MEMORY:
            wanted[0] = 0
        images = over(wanted, reduce(lambda back, front: over(front, back), reversed(behind)))[..., :3]
        return self.settings.clip(rng, self.augmentation.develop(rng, images), wanted[..., 3])

    def _layers(self, rng: Generator, items: list[int]) -> list[np.ndarray]:
        """The items' foregrounds, then a background that suits the first one."""
        sampler = self.settings.sampler()
        numbers = [sampler(rng, self.lengths[item]) for item in items]
        foregrounds = [self.foregrounds.foreground(*each) for each in zip(items, numbers, strict=True)]
        background = self.backgrounds.draw(rng, sampler, self.foregrounds.paired(items[0], numbers[0]))
        return self.augmentation.layers(rng, foregrounds, background, self.settings.frames, self.settings.size)
