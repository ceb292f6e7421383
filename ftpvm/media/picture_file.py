# SPDX-License-Identifier: GPL-3.0-or-later
"""One image file as it is seen: the part and channels that are its picture, the whole display window, upright."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from ftpvm.errors import SourceError
from ftpvm.media.source import Image, turned

# EXIF orientation -> transpose, flip x, flip y
_TURNS = {
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


class PictureFile:
    """One open image file; every failure of OpenImageIO becomes a SourceError that names the file.

    size: (width, height) in pixels as displayed. greys: letters of the channels that are a grey picture where there are
    no colours, the best first. todo: what to do about a file that can't be read.
    """

    def __init__(self, path: Path, *, greys: str = "yil", todo: str = "render or copy it again") -> None:
        self.path, self._greys, self._todo = path, greys, todo
        self._file: Any
        options = oiio.ImageSpec()
        options.attribute("oiio:UnassociatedAlpha", 1)  # else colours come multiplied by alpha
        try:
            self._file = oiio.ImageInput.open(str(path), options)
        except (RuntimeError, MemoryError) as error:
            raise self._error(str(error)) from error
        if self._file is None:
            raise self._error(oiio.geterror())
        self._part, self._channels = self._picked()
        self._spec = self._file.spec(self._part)
        self._turn = _TURNS.get(self._spec.get_int_attribute("Orientation", 1), (False, False, False))
        self._window, self._offset = (self._spec.width, self._spec.height), (0, 0)
        if self._file.format_name() == "openexr":  # elsewhere offsets are noise
            self._window = (self._spec.full_width, self._spec.full_height)
            self._offset = (self._spec.x - self._spec.full_x, self._spec.y - self._spec.full_y)
        self.size = self._window[::-1] if self._turn[0] else self._window

    def __enter__(self) -> PictureFile:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def usual_colorspace(self) -> str:
        """What "auto" means for this file."""
        if self._spec.format.basetype in (oiio.HALF, oiio.FLOAT, oiio.DOUBLE):
            return "linear"
        log = self._spec.get_string_attribute("dpx:Transfer").lower() in ("logarithmic", "printing density")
        return "cineon" if log or self._file.format_name() == "cineon" else "srgb"

    def image(self) -> Image:
        """float32 (h, w, 3) in the file's colour space, the display window as displayed."""
        return self._read(self._channels)

    def image_and_alpha(self) -> tuple[Image, Image]:
        """`image` (h, w, 3), not multiplied by alpha, and its alpha (h, w), 1 where there is none."""
        names = [name.lower() for name in self._spec.channelnames]
        layer, dot, _ = names[self._channels[0]].rpartition(".")
        if (alpha := f"{layer}{dot}a") not in names:
            image = self._read(self._channels)
            return image, np.ones(image.shape[:2], np.float32)
        both = self._read([*self._channels, names.index(alpha)])
        return both[..., :3], both[..., 3]

    def _read(self, channels: Sequence[int]) -> Image:
        low, high = min(channels), max(channels) + 1
        try:
            pixels = self._file.read_image(self._part, 0, low, high, oiio.FLOAT)
        except (RuntimeError, MemoryError) as error:
            raise self._error(str(error)) from error
        complaint = self._file.geterror()
        # What a JPEG cut short lacks is given as grey.
        if pixels is None or "Premature end" in complaint:
            raise self._error(complaint)
        chosen = pixels.reshape(*pixels.shape[:2], -1)[..., [channel - low for channel in channels]]
        return turned(self._in_window(chosen), *self._turn)

    def _in_window(self, pixels: Image) -> Image:
        """The data window's pixels (h, w, c) in a black display window."""
        width, height = self._window
        left, top = self._offset
        if pixels.shape[:2] == (height, width) and (left, top) == (0, 0):
            return pixels
        canvas = np.zeros((height, width, pixels.shape[2]), np.float32)
        above, before = max(0, top), max(0, left)
        seen = pixels[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
        canvas[above : above + seen.shape[0], before : before + seen.shape[1]] = seen
        return canvas

    def _picked(self) -> tuple[int, list[int]]:
        """The part of the file and its three channels to show: R, G, B, else those of the first layer, else grey."""
        parts, number = [], 0
        while self._file.seek_subimage(number, 0):
            parts.append([str(name) for name in self._file.spec(number).channelnames])
            number += 1
        self._file.geterror()  # the failed seek past the last part
        for named in (_plain_rgb_or_none, _layer_rgb_or_none, partial(_grey_or_none, greys=self._greys)):
            for part, names in enumerate(parts):
                if channels := named(names):
                    return part, channels
        listed = ", ".join(name for names in parts for name in names)
        raise self._error(f"it has no R, G and B channels, only {listed or 'none'}")

    def _error(self, reason: str) -> SourceError:
        if not self.path.exists():
            return SourceError(f"{self.path} doesn't exist any more; put it back or change the range.")
        reason = (reason.strip() or "unknown reason").splitlines()[0].rstrip(".")
        return SourceError(f"{self.path.name} can't be read as an image ({reason}); {self._todo}.")


def _plain_rgb_or_none(names: Sequence[str]) -> list[int] | None:
    lower = [name.lower() for name in names]
    return [lower.index(c) for c in "rgb"] if set("rgb") <= set(lower) else None


def _layer_rgb_or_none(names: Sequence[str]) -> list[int] | None:
    """R, G, B of the first layer that has them; "Combined" is what Blender calls the picture among its passes."""
    lower = [name.lower() for name in names]
    layers = [name[:-2] for name in lower if name.endswith(".r")]
    whole = [layer for layer in layers if all(f"{layer}.{c}" in lower for c in "gb")]
    whole.sort(key=lambda layer: layer.split(".")[-1] != "combined")
    return [lower.index(f"{whole[0]}.{c}") for c in "rgb"] if whole else None


def _grey_or_none(names: Sequence[str], greys: str) -> list[int] | None:
    lower = [name.lower() for name in names]
    grey = next((lower.index(name) for name in greys if name in lower), 0 if len(names) in (1, 2) else None)
    return None if grey is None else [grey] * 3
