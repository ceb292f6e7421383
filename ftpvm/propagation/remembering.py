# SPDX-License-Identifier: GPL-3.0-or-later
"""A pass remembers now and then a frame of its own, with the trimap predicted for it, beside the keyframes.

What keyframes know fades with the distance from them. Only for weights that were trained so (`training/burn_in.py`):
the published network knows keyframes alone. In video object segmentation since Oh et al. 2019 (STM).
"""

from dataclasses import dataclass

import numpy as np

from .runner import Memory, NetworkMattes, NetworkRunner, Recurrent


@dataclass(frozen=True)
class Carried:
    """What is carried through a pass: how many frames it has run, the recurrent memory, and the frame remembered."""

    position: int
    recurrent: Recurrent
    remembered: Memory | None

    @classmethod
    def start(cls, runner: NetworkRunner) -> "Carried":
        """Before the first frame of a pass."""
        return cls(0, runner.start(), None)


def at_a_time(runner: NetworkRunner, position: int) -> int:
    """How many frames `run_on` may be given after so many: up to the next one that is remembered."""
    every = runner.remember_every
    return min(runner.chunk, every - position % every) if every else runner.chunk


def run_on(
    runner: NetworkRunner, images: list[np.ndarray], keyframes: Memory, carried: Carried
) -> tuple[NetworkMattes, Carried]:
    """The next frames of a pass, one to `at_a_time` of (h, w, 3) in [0, 1]; the same however many at a time.

    Raises:
        OutOfMemoryError: not even one frame fits.
    """
    memory = Memory.joined([keyframes, carried.remembered]) if carried.remembered else keyframes
    mattes, recurrent = runner.run(images, memory, carried.recurrent)
    position, remembered = carried.position + len(images), carried.remembered
    if runner.remember_every and position % runner.remember_every == 0:
        remembered = runner.encode(images[-1], mattes.trimap[-1])  # in place of the one before
    return mattes, Carried(position, recurrent, remembered)
