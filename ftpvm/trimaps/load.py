# SPDX-License-Identifier: GPL-3.0-or-later
"""From an image file to a trimap of the shot's size."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import SourceError, TrimapError, TrimapSizeError
from ftpvm.media.clamped import clamped
from ftpvm.media.picture_file import PictureFile
from ftpvm.media.resized import resized
from ftpvm.media.source import reading
from ftpvm.trimaps.bands import trimap_from_matte
from ftpvm.trimaps.levels import three_levels, trimap_from_levels

_COLOURFUL, _COLOURFUL_SHARE = 0.1, 0.005


def load_trimap(
    path: Path, size: tuple[int, int], *, band: tuple[int, int] | None = None, fit: bool = False
) -> NDArray[np.float32]:
    """The trimap float32 (h, w) of exactly 0, 0.5 and 1 in an image file, for a shot of `size` (width, height).

    Without `band` the image must have three levels (see levels.py). With `band`, (inner, outer) pixels of the shot, it
    is a mask or matte whose edge becomes unknown (see bands.py). `fit` scales an image of another size, without it that
    is an error. Raises TrimapError with what to do for every image that can't be used.
    """
    path = Path(path)
    grey = _grey(path)
    if not fit and grey.shape != (size[1], size[0]):
        raise TrimapSizeError(
            f"{path} is {grey.shape[1]}x{grey.shape[0]} but the shot is {size[0]}x{size[1]}: "
            "save it in the shot's size, or have it scaled to fit."
        )
    if band is None:
        return three_levels(resized(trimap_from_levels(grey, name=str(path)), size))
    return trimap_from_matte(resized(np.nan_to_num(grey, nan=0.5), size), inner=band[0], outer=band[1])


def _grey(path: Path) -> NDArray[np.float32]:
    """The one channel (h, w), in [0, 1], that the trimap or matte is in: a varying alpha if the colours say nothing."""
    try:
        with reading(path):
            is_there = path.is_file()
        if not is_there:
            raise TrimapError(f"{path} doesn't exist: check the keyframe's path.")
        with PictureFile(path, greys="yila", todo="save it again as PNG") as picture:
            colours, alpha = picture.image_and_alpha()
    except SourceError as error:
        raise TrimapError(str(error)) from error
    _refuse_colourful(colours, path)
    grey = colours[..., 0]
    return np.clip(alpha if np.ptp(grey) < 0.02 < np.ptp(alpha) else grey, 0, 1)


def _refuse_colourful(colours: NDArray[np.float32], path: Path) -> None:
    spread = np.ptp(clamped(colours), axis=-1)
    if np.mean(spread > _COLOURFUL) > _COLOURFUL_SHARE:
        raise TrimapError(f"{path} is in colour, it looks like a picture: choose a trimap of black, grey and white.")
