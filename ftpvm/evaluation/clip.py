# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip of a test set at the size it is evaluated at, with true trimaps; propagation can read its frames."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import DatasetError
from ftpvm.media.resized import resized
from ftpvm.trimaps import trimap_from_matte
from ftpvm.trimaps.levels import three_levels

from .testsets import Footage, TrueFrame

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """Footage scaled to `size` (width, height), or at its own.

    Frames are those from the first annotated one on, counted as in the footage. Trimaps are the set's own; where it
    has none, what is within trimap_width // 2 px of soft alpha is unknown, as with a round kernel `trimap_width` wide.
    """

    footage: Footage
    asked: tuple[int, int] | None
    trimap_width: int

    @property
    def name(self) -> str:
        return self.footage.name

    @cached_property
    def annotated(self) -> list[int]:
        """The frames with a true alpha, ascending, at least one."""
        if not self.footage.annotated:
            raise DatasetError(f"No frame of {self.name} has a true alpha: give at least its first frame one.")
        return sorted(self.footage.annotated)

    @cached_property
    def frames(self) -> range:
        """All frames from the first annotated one on."""
        return range(self.annotated[0], len(self.footage))

    def number(self, frame: int) -> int:
        """A frame's number in the name of its file."""
        return self._numbers[frame]

    @cached_property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        if self.asked is not None:
            return self.asked
        (first,) = self.footage.read(range(self.frames[0], self.frames[0] + 1))
        assert first.alpha is not None
        return first.alpha.shape[1], first.alpha.shape[0]

    def read(self, numbers: range) -> Iterator[tuple[int, Floats]]:
        """(number, image (h, w, 3) in [0, 1]) of `numbers`, one at a time."""
        for number, frame in self.read_true(numbers, trimaps=()):
            assert frame.image is not None
            yield number, frame.image

    def read_true(self, numbers: range, trimaps: Collection[int] | None = None) -> Iterator[tuple[int, TrueFrame]]:
        """(number, frame with its true alpha and trimap), one at a time; both are None where not annotated.

        trimaps: the frames whose trimap is wanted; default: all.
        """
        for number, frame in zip(numbers, self.footage.read(numbers), strict=True):
            yield number, self._scaled(frame, trimaps is None or number in trimaps)

    def keyframes(self, every: int) -> list[int]:
        """Frames whose true trimap is put into memory: the first, and then one in `every`; 0 is the first alone.

        Where the one that is due isn't annotated, it is the next that is.
        """
        due = range(self.frames[0], self.frames.stop, every) if every else range(self.frames[0], self.frames[0] + 1)
        following = (next((a for a in self.annotated if a >= number), None) for number in due)
        return sorted({number for number in following if number is not None})

    def identity(self) -> str:
        facts = f"{self.footage.identity()} {self.asked} {self.trimap_width}"
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def origin(self) -> str:
        return self.name

    @cached_property
    def _numbers(self) -> Sequence[int]:
        return self.footage.numbers

    def _scaled(self, frame: TrueFrame, with_trimap: bool) -> TrueFrame:
        image = None if frame.image is None else resized(frame.image, self.size)
        if frame.alpha is None:
            return TrueFrame(image)
        alpha = resized(frame.alpha, self.size)
        if not with_trimap:
            return TrueFrame(image, alpha)
        if frame.trimap is None:
            half = self.trimap_width // 2
            return TrueFrame(image, alpha, trimap_from_matte(alpha, inner=half, outer=half))
        return TrueFrame(image, alpha, three_levels(resized(frame.trimap, self.size)))
