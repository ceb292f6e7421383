# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes that are planes, from the worker's own writer: under any framing their value at a pixel is known exactly."""

import subprocess
from pathlib import Path

import bpy
import numpy as np

CLIP, WIDTH, HEIGHT, COUNT = "examples/clip/clip.mp4", 512, 288, 48
EDGE = 3  # pixels around the picture's edge where filtering mixes both

_WRITE = """
import sys; from pathlib import Path; import numpy as np; from ftpvm.media.matte_sequence import MatteSequence
folder, format, height, width, *frames = sys.argv[1:]
files = MatteSequence(Path(folder), "shot_matte", format, channel="Y")
y, x = np.mgrid[: int(height), : int(width)] + 0.5
for frame in map(int, frames):
    files.write(frame, 0.5 * x / int(width) + 0.3 * y / int(height) + 0.02 * (frame % 10))
"""


def value(frame: int, x: np.ndarray, y: np.ndarray, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """The matte of a source frame, in pixels from the top left corner of the picture."""
    return 0.5 * x / width + 0.3 * y / height + 0.02 * (frame % 10)


def write(python: str, folder: Path, format: str, frames: range, size=(WIDTH, HEIGHT)) -> Path:
    words = [str(folder), format, str(size[1]), str(size[0]), *map(str, frames)]
    subprocess.run([python, "-c", _WRITE, *words], check=True)
    return folder


def prepare(scene, width: int = WIDTH, height: int = HEIGHT, fps: int = 24) -> None:
    """Render straight 16-bit RGBA of the stored values."""
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage, render.fps = width, height, 100, fps
    render.film_transparent, scene.view_settings.view_transform = True, "Standard"
    if hasattr(render, "compositor_device"):
        render.compositor_device = "CPU"
    settings = render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth, settings.compression = "PNG", "RGBA", "16", 0


def rendered(scene, frame: int, path: Path) -> np.ndarray:
    """H x W x 4, 0..1, top row first, of a rendered frame."""
    scene.frame_set(frame)
    scene.render.filepath, scene.render.use_file_extension = str(path), False
    bpy.ops.render.render(write_still=True)
    return stored(path)


def stored(path: Path) -> np.ndarray:
    """H x W x 4, top row first: an image file's values as they are."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name, image.alpha_mode = "Non-Color", "CHANNEL_PACKED"
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    width, height = image.size
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1]


def framed(frame: int, strip, width: int, height: int, size=(WIDTH, HEIGHT)) -> tuple[np.ndarray, np.ndarray]:
    """The alpha that a strip's framing makes of the plane, and where it's sure: not on the picture's edge."""
    transform, crop = strip.transform, strip.crop
    row, column = np.mgrid[:height, :width] + 0.5
    # A flip turns the whole frame, after everything else.
    row, column = height - row if strip.use_flip_y else row, width - column if strip.use_flip_x else column
    right, up = column - width / 2 - transform.offset_x, height / 2 - row - transform.offset_y
    cos, sin = np.cos(transform.rotation), np.sin(transform.rotation)
    across, along = (cos * right + sin * up) / transform.scale_x, (cos * up - sin * right) / transform.scale_y
    x, y = size[0] / 2 + across, size[1] / 2 - along
    inset = np.minimum.reduce([x - crop.min_x, size[0] - crop.max_x - x, y - crop.max_y, size[1] - crop.min_y - y])
    alpha = np.where(inset > 0, value(frame, x, y, *size), 0)
    frame = np.minimum.reduce([row, height - row, column, width - column])
    return alpha, (np.abs(inset) > EDGE) & (frame > EDGE)
