# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame of a clip a picture is: a thumbnail saved as PNG or JPEG, at the clip's size or smaller."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ftpvm.media.source import Image, Source

SIDE = 128  # px of the long side at which pictures are compared
BLOCK = 8  # px of the squares that must each be alike
# Mean difference in the worst square. A frame made small, badly, and saved as JPEG differs from itself by up to 17, the
# next frame of a shot that moves by 30 and more.
ALIKE = 20 / 255
# Differences shrink with exposure, so those in squares darker than BRIGHT count for more. What JPEG does shrinks less,
# which FLOOR makes up for: at 0.04 of the exposure a frame differs from itself by up to 13, from a mirrored one by 37.
BRIGHT, FLOOR = 100 / 255, 8 / 255
SAME = 0.5 / 255  # half a level of 8 bit: nothing can be nearer
METHOD_VERSION = 2  # raise it when another frame may be found, or another difference: finds are kept


@dataclass(frozen=True)
class Nearest:
    """The frame most like a picture.

    difference: the mean one in the square that is least alike, in [0, 1], as if that square were well exposed.
    """

    frame: int
    difference: float

    @property
    def is_the_picture(self) -> bool:
        return self.difference <= ALIKE


def nearest_frame(source: Source, picture: Image, on_frame: Callable[[int], None] = lambda frame: None) -> Nearest:
    """Go through the clip until a frame is the picture (h, w, 3) to half a level everywhere, else to its end.

    on_frame: called with the number of every frame looked at. Raises SourceError.
    """
    size = _size(source.size, picture.shape[1::-1])
    wanted, nearest, least = _small(picture, size), Nearest(source.frames[0], 1.0), np.inf
    for number, image in source.read(source.frames):
        small = _small(image, size)
        difference = np.abs(small - wanted)
        on_frame(number)
        # The sum of squares ranks: what JPEG did to a square that stands still is the same in every frame.
        if (sum_of_squares := float(np.square(difference).sum())) < least:
            nearest, least = Nearest(number, _worst_square(difference, np.maximum(small, wanted))), sum_of_squares
            if nearest.difference < SAME:
                break
    return nearest


def _size(clip: tuple[int, int], picture: tuple[int, int]) -> tuple[int, int]:
    """(width, height) in the clip's shape, no larger than either picture."""
    scale = min(SIDE / max(clip), picture[0] / clip[0], picture[1] / clip[1], 1.0)
    return max(1, round(clip[0] * scale)), max(1, round(clip[1] * scale))


def _small(image: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _worst_square(difference: Image, brighter: Image) -> float:
    """brighter: the brighter one of the two pictures, pixel by pixel."""
    exposure = np.minimum((_squares(brighter) + FLOOR) / BRIGHT, 1)
    return float((_squares(difference) / exposure).max())


def _squares(picture: Image) -> Image:
    """The mean of each square."""
    height, width = picture.shape[:2]
    squares = max(1, round(width / BLOCK)), max(1, round(height / BLOCK))
    return np.asarray(cv2.resize(picture.mean(axis=-1), squares, interpolation=cv2.INTER_AREA), np.float32)
