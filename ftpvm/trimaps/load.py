# SPDX-License-Identifier: GPL-3.0-or-later
"""From an image file to a trimap of the shot's size."""

from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from ftpvm.errors import TrimapError, TrimapSizeError
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
    grey = _grey(_read(path), path)
    if not fit and grey.shape != (size[1], size[0]):
        raise TrimapSizeError(
            f"{path} is {grey.shape[1]}x{grey.shape[0]} but the shot is {size[0]}x{size[1]}: "
            "save it in the shot's size, or have it scaled to fit."
        )
    if band is None:
        return _fitted_levels(trimap_from_levels(grey, name=str(path)), size)
    return trimap_from_matte(_resized(np.nan_to_num(grey, nan=0.5), size), inner=band[0], outer=band[1])


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    """The channels (h, w) of the image by name, colours not multiplied by alpha, over the whole display window."""
    if not path.is_file():
        raise TrimapError(f"{path} doesn't exist: check the keyframe's path.")
    if path.suffix.lower() in (".jpg", ".jpeg") and not path.read_bytes().rstrip(b"\0\r\n ").endswith(b"\xff\xd9"):
        # OpenImageIO fills what is missing of a JPEG with grey, which would read as unknown
        raise TrimapError(f"{path} can't be read as an image (it is truncated): save it again as PNG.")
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    picture = oiio.ImageInput.open(str(path), config)
    pixels = None if picture is None else picture.read_image("float")
    if picture is None or pixels is None:
        reason = (oiio.geterror() if picture is None else picture.geterror()) or "unknown reason"
        raise TrimapError(f"{path} can't be read as an image ({reason.splitlines()[0]}): save it again as PNG.")
    spec = picture.spec()
    return {name: _display_window(pixels[..., c], spec) for c, name in enumerate(spec.channelnames)}


def _display_window(channel: NDArray[np.float32], spec: oiio.ImageSpec) -> NDArray[np.float32]:
    """Compositors crop EXRs to what isn't black: put the crop back where it was."""
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    if (left, top) == (0, 0) and channel.shape == (spec.full_height, spec.full_width):
        return channel
    whole = np.zeros((spec.full_height, spec.full_width), np.float32)
    bottom, right = top + channel.shape[0], left + channel.shape[1]
    inside = channel[max(0, -top) : max(0, spec.full_height - top), max(0, -left) : max(0, spec.full_width - left)]
    whole[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = inside
    return whole


def _grey(channels: dict[str, NDArray[np.float32]], path: Path) -> NDArray[np.float32]:
    """The one channel (h, w), in [0, 1], that the trimap or matte is in: a varying alpha if the colours say nothing."""
    colours = [channels[name] for name in "RGB" if name in channels]
    grey = channels.get("Y", colours[0] if colours else None)
    alpha = channels.get("A", next(iter(channels.values())) if grey is None else None)
    if len(colours) == 3:
        _refuse_colourful(colours, path)
    if grey is None or (alpha is not None and np.ptp(grey) < 0.02 and np.ptp(alpha) > 0.02):
        assert alpha is not None
        grey = alpha
    return np.clip(grey, 0, 1)


def _refuse_colourful(colours: list[NDArray[np.float32]], path: Path) -> None:
    stack = np.clip(np.nan_to_num(np.stack(colours)), 0, 1)
    if np.mean(np.ptp(stack, axis=0) > _COLOURFUL) > _COLOURFUL_SHARE:
        raise TrimapError(f"{path} is in colour, it looks like a picture: choose a trimap of black, grey and white.")


def _fitted_levels(trimap: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return three_levels(_resized(trimap, size))


def _resized(grey: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    if grey.shape == (size[1], size[0]):
        return grey
    shrinks = size[0] < grey.shape[1] or size[1] < grey.shape[0]
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))
