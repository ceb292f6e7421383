# SPDX-License-Identifier: GPL-3.0-or-later
"""The foreground over something else: a colour, a checkerboard or a picture.

Composited on display values, as video editors do and as the foreground is estimated.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import SettingsError
from ftpvm.media.colour import SrgbView
from ftpvm.media.picture_file import PictureFile

COLOURS = {"black": "#000000", "white": "#ffffff", "grey": "#808080", "gray": "#808080", "green": "#00b140"}


def composite(
    foreground: NDArray[np.floating], matte: NDArray[np.floating], background: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Straight `foreground` (h, w, 3) over `background` (h, w, 3) by `matte` (h, w); all sRGB in [0, 1]."""
    alpha = np.clip(matte, 0, 1)[..., None]
    return np.asarray(np.clip(foreground * alpha + background * (1 - alpha), 0, 1), np.float32)


def background_of(word: str) -> Callable[[tuple[int, int]], NDArray[np.float32]]:
    """What makes the background that `word` asks for, sRGB float32 (h, w, 3) in [0, 1], of any size (width, height).

    `word` is "#rrggbb", a name in COLOURS, "checker", or the path of a picture, which is read here and not again.
    SettingsError if it is none of them, SourceError if the picture can't be read.
    """
    if word == "checker":
        return checkerboard
    if re.fullmatch(r"#[0-9a-fA-F]{6}", hexadecimal := COLOURS.get(word, word)):
        return partial(solid, hexadecimal)
    if Path(word).is_file():
        return partial(cover, picture(Path(word)))
    names = ", ".join(sorted(COLOURS))
    raise SettingsError(f"'{word}' is no background: use #rrggbb, one of {names}, checker, or the path of a picture.")


def solid(hexadecimal: str, size: tuple[int, int]) -> NDArray[np.float32]:
    """One colour "#rrggbb" everywhere."""
    width, height = size
    rgb = [level / 255 for level in bytes.fromhex(hexadecimal[1:])]
    return np.full((height, width, 3), rgb, np.float32)


def checkerboard(size: tuple[int, int], cell: int | None = None) -> NDArray[np.float32]:
    """Grey squares of `cell` pixels; by default about 24 of them across the longer side."""
    width, height = size
    cell = cell or max(4, round(max(size) / 24))
    rows, columns = np.arange(height)[:, None] // cell, np.arange(width)[None] // cell
    grey = np.asarray(np.where((rows + columns) % 2, 0.62, 0.42), np.float32)
    return np.repeat(grey[..., None], 3, axis=-1)


def picture(path: Path) -> NDArray[np.float32]:
    """The picture (h, w, 3) at `path` as plates are seen, sRGB in [0, 1]. SourceError."""
    with PictureFile(path, todo="save it again as PNG or EXR, or choose another background") as file:
        return SrgbView(file.usual_colorspace())(file.image())


def cover(rgb: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A picture (h, w, 3) in [0, 1] scaled to cover `size` (width, height) and cropped around its centre."""
    width, height = size
    scale = max(width / rgb.shape[1], height / rgb.shape[0])
    scaled_size = max(width, round(rgb.shape[1] * scale)), max(height, round(rgb.shape[0] * scale))
    scaled = cv2.resize(rgb, scaled_size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (scaled_size[0] - width) // 2, (scaled_size[1] - height) // 2
    return np.clip(scaled[top : top + height, left : left + width], 0, 1).astype(np.float32)
