# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps painted in the Image editor, over the picture that they belong to.

The image holds the picture, all but opaque; paint makes it fully so. That is how paint is told from picture: white is
foreground, grey unknown, black background, and what isn't painted is background too.
"""

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import png
from .errors import UserError
from .scratch_scene import render_still, scratch_scene
from .strips import Footage

_OVER_PICTURE = "ftpvm_over_picture"  # marks images whose unpainted pixels are the picture
_PICTURE_ALPHA = 254 / 255
_LEVELS = {"FOREGROUND": 1.0, "UNKNOWN": 0.5, "BACKGROUND": 0.0}


class TrimapError(UserError):
    """A trimap that can't be taken. `str(error)` is one sentence the artist can act on."""


def trimap_or_none(strip: Any, frame: int) -> bpy.types.Image | None:
    """The painted trimap of a source frame."""
    return next((item.image for item in strip.ftpvm.painted if item.frame == frame), None)


def new_trimap(strip: Any, footage: Footage, frame: int, picture: Path) -> bpy.types.Image:
    """An unpainted trimap over the picture (a file) of a source frame, noted in `strip.ftpvm.painted`."""
    image = bpy.data.images.new(f"{strip.name} trimap {frame}", *footage.size, alpha=True)
    image[_OVER_PICTURE] = True
    pixels = _stored(picture)
    pixels[..., 3] = _PICTURE_ALPHA
    _set_pixels(image, pixels)
    image.use_fake_user = True
    items = strip.ftpvm.painted
    item = items.add()
    item.frame, item.image = frame, image
    items.move(len(items) - 1, sum(other.frame < frame for other in items))
    return image


def forget_trimap(strip: Any, frame: int) -> None:
    """Take the trimap of a source frame from the strip; the file keeps it only as long as something else uses it."""
    for index in reversed([number for number, item in enumerate(strip.ftpvm.painted) if item.frame == frame]):
        image = strip.ftpvm.painted[index].image
        if image and image.get(_OVER_PICTURE):  # or else it isn't ours
            image.use_fake_user = False
        strip.ftpvm.painted.remove(index)


def picture_of(footage: Footage, frame: int, path: Path) -> None:
    """Write a source frame, read from the strip's own files, as Blender shows it. Blocks. Raises BusyError."""
    with scratch_scene(footage.size) as (scene, strips):
        scene.render.image_settings.file_format = "PNG"
        if isinstance(footage.source, str):
            strips.new_movie("movie", footage.source, 1, 0, fit_method="ORIGINAL")
            render_still(scene, frame, path)
        else:
            strips.new_image("still", footage.source[frame], 1, 0, fit_method="ORIGINAL")
            render_still(scene, 0, path)


def write_trimap(image: bpy.types.Image, path: Path) -> Path:
    """Write a trimap as an 8-bit grey PNG: 255 foreground, 128 unknown, 0 background."""
    _write_levels(image, path, unpainted=_LEVELS["BACKGROUND"])
    return path


def write_strokes(image: bpy.types.Image, path: Path) -> Path:
    """Write what is painted as hints for GrabCut: 255 foreground, 0 background, 128 wherever it is to find out."""
    _write_levels(image, path, unpainted=_LEVELS["UNKNOWN"])
    return path


def paint_from(image: bpy.types.Image, path: Path) -> None:
    """Paint what a trimap file of the same size says; background stays picture where nothing was painted before.

    Raises TrimapError.
    """
    if not path.is_file():
        raise TrimapError("The worker left no trimap: try again.")
    levels, pixels = _snapped(_stored(path)[..., 0]), _pixels(image)
    if levels.shape != pixels.shape[:2]:
        raise TrimapError(
            f"The footage is no longer as large as “{image.name}”: remove this keyframe and make a new trimap."
        )
    painted = (levels > 0) | _is_painted(image, pixels)
    pixels[painted] = np.repeat(levels[painted][:, None], 4, axis=1)
    pixels[painted, 3] = 1.0
    _set_pixels(image, pixels)


def cut_request(
    footage: Footage,
    frame: int,
    out: Path,
    *,
    box: tuple[int, int, int, int] | None = None,
    strokes: Path | None = None,
) -> dict[str, Any]:
    """The worker's "trimap" request: GrabCut finds the object in a box or from strokes on a source frame.

    box: x, y, width, height in pixels from the top left. strokes: see `write_strokes`. Exactly one of them.
    """
    if (box is None) == (strokes is None):
        raise ValueError("GrabCut needs a box or strokes, and not both.")
    hint = {"box": list(box)} if box else {"strokes": str(strokes)}
    return {"source": footage.source, "frame": frame, "out": str(out), **hint}


def painted_box(image: bpy.types.Image) -> tuple[int, int, int, int] | None:
    """x, y, width, height of all that is painted foreground, from the top left; None where nothing is."""
    rows, columns = np.nonzero(_levels(image, unpainted=0.0) == 1)
    if not len(rows):
        return None
    left, right, low, high = (int(edge) for edge in (columns.min(), columns.max(), rows.min(), rows.max()))
    return left, image.size[1] - 1 - high, right - left + 1, high - low + 1


def _write_levels(image: bpy.types.Image, path: Path, *, unpainted: float) -> None:
    grey = np.round(_levels(image, unpainted=unpainted) * 255).astype(np.uint8)
    png.write_grey(path, tuple(image.size), np.where(grey == 127, 128, grey).astype(np.uint8).tobytes())


def _levels(image: bpy.types.Image, *, unpainted: float) -> np.ndarray:
    """H x W of 0, 0.5 and 1, bottom row first."""
    pixels = _pixels(image)
    levels = _snapped(pixels[..., :3].mean(axis=2))
    levels[~_is_painted(image, pixels)] = unpainted
    return levels


def _is_painted(image: bpy.types.Image, pixels: np.ndarray) -> np.ndarray:
    """H x W; an image that didn't begin as a picture is a trimap all over."""
    over_picture = bool(image.get(_OVER_PICTURE))
    return (pixels[..., 3] > (_PICTURE_ALPHA + 1) / 2) | (not over_picture)


def _snapped(grey: np.ndarray) -> np.ndarray:
    """The nearest level, wide for unknown: its grey is another number in each colour space."""
    return np.select([grey < 0.1, grey > 0.9], [0.0, 1.0], 0.5).astype(np.float32)


def _pixels(image: bpy.types.Image) -> np.ndarray:
    """H x W x RGBA float32, bottom row first."""
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], 4)


def _stored(path: Path) -> np.ndarray:
    """`_pixels` of a file, as they are stored."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = _pixels(image)
    bpy.data.images.remove(image)
    return pixels


def _set_pixels(image: bpy.types.Image, pixels: np.ndarray) -> None:
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()  # or else it is lost with the file


@bpy.app.handlers.persistent
def _keep_paint(_: Any) -> None:
    """Blender saves no paint with the file unless it is packed into it anew."""
    for image in bpy.data.images:
        if image.get(_OVER_PICTURE) and image.is_dirty:
            image.pack()


def register() -> None:
    bpy.app.handlers.save_pre.append(_keep_paint)


def unregister() -> None:
    bpy.app.handlers.save_pre.remove(_keep_paint)
