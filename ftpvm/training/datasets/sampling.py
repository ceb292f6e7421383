# SPDX-License-Identifier: GPL-3.0-or-later
"""Which item and which of its frames make the clip of an index."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

SPEEDS = (0.5, 1, 2, 3, 4, 5)
SPARSE_SPEEDS = (0.5, 1, 2)  # for footage of which only every fifth frame was kept
FAR_STEPS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class FrameSampler:
    """Draws the frame numbers of a clip: the memory frame, then the query in playing order.

    frames: all frames of the clip. far: the memory is 1 to 16 clip steps from the first query frame, otherwise 1; a
    clip step is as many frames as the speed, which is drawn like the direction.
    """

    frames: int
    far: bool = True
    speeds: tuple[float, ...] = SPEEDS

    def __call__(self, rng: Generator, length: int) -> list[int]:
        """`frames` numbers in [0, length). What is longer than the footage turns round at its ends: there is no cut."""
        steps = np.arange(self.frames)
        if self.far:
            steps[0] = 1 - rng.choice(FAR_STEPS)
        offsets = np.floor(steps * rng.choice(self.speeds)).astype(int) * rng.choice((-1, 1))
        low, high = offsets.min(), offsets.max()
        start = rng.integers(-low, length - high) if high - low < length else rng.integers(length)
        return [_mirrored(int(start + offset), length) for offset in offsets]


def _mirrored(number: int, length: int) -> int:
    if length == 1:
        return 0
    number %= 2 * length - 2
    return min(number, 2 * length - 2 - number)


def generator(seed: int, index: int) -> Generator:
    """All chance in the clip of an index but its item."""
    return np.random.default_rng((seed, index, 1))


def item_of(seed: int, index: int, items: int) -> int:
    """The item of an index: every item once in each `items` indices, in an order drawn anew each time.

    Raises IndexError for a negative index.
    """
    if index < 0:
        raise IndexError(index)
    epoch, position = divmod(index, items)
    return int(np.random.default_rng((seed, epoch)).permutation(items)[position])
