# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyframes: frame numbers and their trimaps, checked against the shot."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ftpvm.errors import KeyframeError


@dataclass(frozen=True, eq=False)
class Keyframe:
    """A frame number and its trimap (h, w) float32: 0 background, 0.5 unknown, 1 foreground.

    image: (h, w, 3) float32 RGB in [0, 1] where the trimap is of another picture than the shot's frame. The network
    then remembers that picture and its pass starts on the frame, but the trimap says nothing about the frame itself.
    """

    frame: int
    trimap: np.ndarray
    image: np.ndarray | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the frame number and with every pixel of the trimap and of an image of its own."""
        levels = (self.trimap * 2).round().astype(np.uint8)
        digest = hashlib.sha256(f"{self.frame} {levels.shape} ".encode() + levels.tobytes())
        if self.image is not None:
            digest.update(self.image.tobytes())
        return digest.hexdigest()[:16]


def checked(keyframes: Iterable[Keyframe], frames: range, size: tuple[int, int]) -> list[Keyframe]:
    """Keyframes in ascending order.

    Args:
        frames: the frames to be matted.
        size: (width, height) of the shot.

    Raises:
        KeyframeError: there are none, two share a frame, one lies outside `frames` or has another size.
    """
    ordered = sorted(keyframes, key=lambda k: k.frame)
    if not ordered:
        raise KeyframeError("There is no keyframe; give at least one frame a trimap.")
    require_agreeing([k.frame for k in ordered], frames[0], frames[-1])
    for keyframe in ordered:
        for what, picture in (("trimap", keyframe.trimap), ("image", keyframe.image)):
            if picture is not None and picture.shape[1::-1] != size:
                w, h = picture.shape[1::-1]
                raise KeyframeError(
                    f"The {what} of frame {keyframe.frame} is {w}x{h} but the shot is {size[0]}x{size[1]}; "
                    "make it the shot's size."
                )
    return ordered


def require_agreeing(numbers: Iterable[int], first: int | None, last: int | None) -> None:
    """Each frame has one keyframe, from `first` to `last`; None is the shot's own end. KeyframeError."""
    counted = Counter(numbers)
    if twice := [frame for frame, count in counted.items() if count > 1]:
        raise KeyframeError(f"Frame {twice[0]} has two trimaps; keep one.")
    low, high = -math.inf if first is None else first, math.inf if last is None else last
    if outside := [frame for frame in counted if not low <= frame <= high]:
        ends = f"{'the start' if first is None else first} to {'the end' if last is None else last}"
        raise KeyframeError(f"Keyframe {outside[0]} lies outside the range {ends}; move it or widen the range.")
