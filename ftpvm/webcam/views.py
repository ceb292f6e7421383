# SPDX-License-Identifier: GPL-3.0-or-later
"""From a matted frame, or one that is painted on, to the picture in the window."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.kept import Kept
from ftpvm.media.composite import background_of, composite

from .engine import Matted, unit
from .painting import Painting, Point

Size = tuple[int, int]  # width, height
Picture = NDArray[np.uint8]  # (h, w, 3) RGB
Floats = NDArray[np.float32]

_BACKGROUNDS = ("checker", "green", "black", "white")
# While painting, by level (background, unknown, foreground, none): of 255, how much of the picture is kept, and the
# tint that is added.
_KEPT, _ADDED = np.zeros((2, 1, 256, 3), np.uint8)
_KEPT[0, :4] = np.array([[75], [140], [140], [255]])
_ADDED[0, 1:3] = (115, 76, 12), (40, 104, 58)


class View(StrEnum):
    """What the window shows of a matted frame; ALL is the camera's picture and the other three."""

    COMPOSITE = "composite"
    MATTE = "matte"
    TRIMAP = "trimap"
    ALL = "all"


class Backgrounds:
    """What the foreground is put over: `first` (see `background_of`) and a few others to change to.

    A picture is read here, once. SettingsError or SourceError if `first` is none.
    """

    def __init__(self, first: str) -> None:
        self._words = [first, *(word for word in _BACKGROUNDS if word != first)]
        self._makers = {word: background_of(word) for word in self._words}
        self._pictures: Kept[Floats] = Kept(8)

    def __call__(self, size: Size) -> Floats:
        """float32 (h, w, 3) in [0, 1]; a picture covers it."""
        word = self.word
        return self._pictures((word, size), lambda: self._makers[word](size))

    @property
    def word(self) -> str:
        """The one in use."""
        return self._words[0]

    def change(self) -> None:
        """To the next one, round and round."""
        self._words.append(self._words.pop(0))


@dataclass(frozen=True)
class Fit:
    """Where a frame lies in a window: as large as it fits, in the middle. All in px of the window."""

    left: int
    top: int
    size: Size
    scale: float

    @classmethod
    def of(cls, frame: Size, window: Size) -> "Fit":
        scale = min(window[0] / frame[0], window[1] / frame[1])
        width, height = (max(1, round(side * scale)) for side in frame)
        return cls((window[0] - width) // 2, (window[1] - height) // 2, (width, height), scale)

    def to_frame(self, point: Point) -> Point:
        """A point of the window in px of the frame."""
        return (point[0] - self.left) / self.scale, (point[1] - self.top) / self.scale

    def to_window(self, point: Point) -> Point:
        """The other way."""
        return point[0] * self.scale + self.left, point[1] * self.scale + self.top


def live_picture(result: Matted, view: View, backgrounds: Backgrounds, size: Size) -> Picture:
    """A matted frame as `view` shows it, at `size`; without a matte, the frame."""
    if result.matte is None or result.trimap is None:
        return _scaled(result.frame.image, size)
    if view is View.MATTE:
        return _grey(_scaled(result.matte, size))
    if view is View.TRIMAP:
        return _grey(cv2.resize(result.trimap, size, interpolation=cv2.INTER_NEAREST))
    if view is View.COMPOSITE:
        return _bytes(
            composite(unit(_scaled(result.frame.image, size)), _scaled(result.matte, size), backgrounds(size))
        )
    quarter = max(1, size[0] // 2), max(1, size[1] // 2)
    parts = [live_picture(result, one, backgrounds, quarter) for one in (View.TRIMAP, View.MATTE, View.COMPOSITE)]
    rows = np.hstack([_scaled(result.frame.image, quarter), parts[0]]), np.hstack(parts[1:])
    return _scaled(np.vstack(rows), size)


def painting_picture(painting: Painting, size: Size) -> Picture:
    """The frozen frame at `size`: foreground tinted green, unknown amber, background dimmed, the rest as it is."""
    image = _scaled(painting.frame.image, size)
    levels = cv2.resize(painting.levels, size, interpolation=cv2.INTER_NEAREST)
    kinds = cv2.merge([(np.nan_to_num(levels, nan=1.5) * 2).astype(np.uint8)] * 3)
    # In bytes, by look-up: this runs at every movement of the brush.
    return np.asarray(cv2.add(cv2.multiply(image, cv2.LUT(kinds, _KEPT), scale=1 / 255), cv2.LUT(kinds, _ADDED)))


def _scaled(pixels: NDArray[Any], size: Size) -> NDArray[Any]:
    if pixels.shape[1::-1] == size:
        return pixels
    shrinks = size[0] < pixels.shape[1]
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def _grey(channel: NDArray[Any]) -> Picture:
    return np.repeat(_bytes(channel)[..., None], 3, axis=-1)


def _bytes(values: NDArray[Any]) -> Picture:
    return (values * 255).round().astype(np.uint8)
