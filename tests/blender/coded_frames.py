# SPDX-License-Identifier: GPL-3.0-or-later
"""Footage whose frames say their own number, so that a rendered frame tells which one it is."""

from pathlib import Path

import bpy
import numpy as np

WIDTH, HEIGHT, BITS = 64, 32, 6
_STRIPE = WIDTH // 8  # stripes 1 to 6 are the bits; 0 and 7 stay grey


def picture(number: int) -> np.ndarray:
    """H x W, 0..1: white stripes are the number's bits, lowest left."""
    grey = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    for bit in range(BITS):
        grey[:, (bit + 1) * _STRIPE : (bit + 2) * _STRIPE] = number >> bit & 1
    return grey


def number_in(grey: np.ndarray) -> int:
    """The number that a picture shows."""
    middle = grey[grey.shape[0] // 2, _STRIPE + _STRIPE // 2 :: _STRIPE][:BITS]
    assert np.all(np.abs(middle - 0.5) > 0.2), f"no number in this picture: {middle}"
    return int(sum(1 << bit for bit in range(BITS) if middle[bit] > 0.5))


def write_still(path: Path, number: int) -> Path:
    image = bpy.data.images.new("still", WIDTH, HEIGHT)
    image.pixels.foreach_set(np.repeat(picture(number)[..., None], 4, 2).ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path


def write_movie(scene, strips, path: Path, count: int) -> Path:
    """A movie of frames 0 to count - 1 at 24 frames/s, rendered by a scene whose sequencer stays empty."""
    first = write_still(path.with_name("coded.0000.png"), 0)
    strip = strips.new_image("frames", str(first), 1, 1)
    for number in range(1, count):
        strip.elements.append(write_still(path.with_name(f"coded.{number:04d}.png"), number).name)
    prepare(scene)
    scene.frame_start, scene.frame_end, settings = 1, count, scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    scene.render.ffmpeg.format, scene.render.ffmpeg.codec = "MPEG4", "H264"
    scene.render.ffmpeg.constant_rate_factor, scene.render.ffmpeg.gopsize = "HIGH", 6
    scene.render.filepath, scene.render.use_file_extension = str(path), False
    bpy.ops.render.render(animation=True)
    strips.remove(strip)
    prepare(scene)
    return path


def prepare(scene) -> None:
    """Render what the files hold: their size, their values, PNG."""
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.view_settings.view_transform = "Standard"
    scene.render.fps = 24
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "IMAGE"
    scene.render.image_settings.file_format = "PNG"


def shown_number(scene, frame: int, folder: Path) -> int:
    """The number in the frame that the sequencer renders."""
    return number_in(grey_of(rendered(scene, frame, folder / "shown.png")))


def rendered(scene, frame: int, path: Path) -> Path:
    scene.frame_set(frame)
    scene.render.filepath, scene.render.use_file_extension = str(path), False
    bpy.ops.render.render(write_still=True)
    return path


def grey_of(path: Path) -> np.ndarray:
    """H x W, 0..1, top row first: the first channel of an image file as it is stored."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    size = tuple(image.size)
    bpy.data.images.remove(image)
    return pixels.reshape(size[1], size[0], 4)[::-1, :, 0]
