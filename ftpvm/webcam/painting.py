# SPDX-License-Identifier: GPL-3.0-or-later
"""A trimap in the making on a frozen frame: strokes by hand over what GrabCut cut out."""

from collections.abc import Callable
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import TrimapError
from ftpvm.trimaps.grabcut import trimap_from_box, trimap_from_strokes
from ftpvm.trimaps.levels import three_levels

from .camera import Frame
from .engine import unit

Floats = NDArray[np.float32]
Point = tuple[float, float]  # px of the frame, from its top left
_UNDOS = 30


class Brush(Enum):
    """What a stroke paints; the value is the trimap's."""

    BACKGROUND = 0.0
    UNKNOWN = 0.5
    FOREGROUND = 1.0


class Painting:
    """Strokes and cut-outs on `frame`; NaN is where neither is yet.

    predicted: the network's trimap of it at any size, to begin with: then only what is wrong needs paint.
    version: changes with every change.
    """

    def __init__(self, frame: Frame, predicted: Floats | None = None) -> None:
        self.frame = frame
        self.version = 0
        self._strokes = _empty(frame)
        self._cut = _empty(frame) if predicted is None else _fitted(predicted, frame.size)
        self._before: list[tuple[Floats, Floats]] = []

    @property
    def levels(self) -> Floats:
        """(h, w) of 0, 0.5, 1 and NaN: strokes over the cut-out."""
        return np.where(np.isnan(self._strokes), self._cut, self._strokes)

    def begin_stroke(self) -> None:
        """What follows is undone in one."""
        self._remember()
        self._strokes = self._strokes.copy()

    def stroke(self, start: Point, end: Point, radius: float, brush: Brush) -> None:
        """A round brush from one point to another, in a stroke that was begun."""
        (x0, y0), (x1, y1) = ((round(x), round(y)) for x, y in (start, end))
        cv2.line(self._strokes, (x0, y0), (x1, y1), brush.value, max(1, round(2 * radius)))
        cv2.circle(self._strokes, (x1, y1), round(radius), brush.value, cv2.FILLED)  # a line's own end is ragged
        self.version += 1

    def undo(self) -> bool:
        """Take the last stroke or cut-out back. False if there is none."""
        if self._before:
            self._cut, self._strokes = self._before.pop()
            self.version += 1
            return True
        return False

    def clear(self) -> None:
        """Back to an empty frame; undone like a stroke."""
        self._remember()
        self._cut, self._strokes = _empty(self.frame), _empty(self.frame)

    def box(self, one: Point, other: Point) -> Callable[[], Floats]:
        """For `set_cut`: the work of cutting out what stands out in a box with these corners. It raises TrimapError."""
        (x0, x1), (y0, y1) = (sorted((round(one[i]), round(other[i]))) for i in (0, 1))
        image = self.frame.image
        return lambda: trimap_from_box(unit(image), (x0, y0, x1 - x0, y1 - y0))

    def cut_strokes(self) -> Callable[[], Floats]:
        """For `set_cut`: the work of cutting out what the strokes mark. It raises TrimapError."""
        image, strokes = self.frame.image, np.nan_to_num(self._strokes, nan=Brush.UNKNOWN.value)
        return lambda: trimap_from_strokes(unit(image), strokes)

    def set_cut(self, trimap: Floats) -> None:
        """GrabCut's result, under the strokes."""
        self._remember()
        self._cut = trimap

    def trimap(self) -> Floats:
        """(h, w) of 0, 0.5 and 1; what isn't painted is background. All background says: the object isn't here.

        Raises:
            TrimapError: nothing is painted, or foreground without an unknown edge.
        """
        levels = self.levels
        if np.isnan(levels).all():
            raise TrimapError("Nothing is marked yet: drag a box around the object, or paint it.")
        trimap = np.nan_to_num(levels, nan=Brush.BACKGROUND.value)
        if trimap.max() == 1 and not (trimap == Brush.UNKNOWN.value).any() and trimap.min() == 0:
            raise TrimapError("No edge is unknown: paint it with the unknown brush (U), or let G cut out the strokes.")
        return trimap

    def _remember(self) -> None:
        self._before = [*self._before, (self._cut, self._strokes)][-_UNDOS:]
        self.version += 1


def _empty(frame: Frame) -> Floats:
    return np.full(frame.image.shape[:2], np.nan, np.float32)


def _fitted(trimap: Floats, size: tuple[int, int]) -> Floats:
    """Enlarged to (width, height); what falls between two levels is unknown."""
    return three_levels(cv2.resize(trimap, size, interpolation=cv2.INTER_LINEAR))
