# SPDX-License-Identifier: GPL-3.0-or-later
"""Small movies and stills for the tests of what goes in; frames carry their number as black and white squares."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio

SIZE = (160, 96)  # width, height
CELL = 16
BITS = 10


def numbered(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """uint8 (h, w, 3): mid grey, with the number's bits as squares along the top."""
    width, height = size
    image = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        image[:CELL, bit * CELL : (bit + 1) * CELL] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: np.ndarray) -> int:
    """The number that `numbered` drew, from a float image in [0, 1]."""
    middles = image[CELL // 2, CELL // 2 : BITS * CELL : CELL, 1]
    assert not np.any((middles > 0.3) & (middles < 0.7)), "neither black nor white"
    return sum(1 << bit for bit, value in enumerate(middles) if value > 0.5)


def write_movie(
    path: Path,
    count: int,
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    times: list[int] | None = None,
    rotation: int | None = None,
    size: tuple[int, int] = SIZE,
) -> Path:
    """A movie of `numbered` frames at 25 fps; `times` are presentation times in 1/1000 s."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(numbered(number, size))
            if times:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_still(path: Path, image: np.ndarray, kind: str = "uint8", **attributes: object) -> Path:
    """An image file of `image` (h, w, c); attributes are set on the ImageSpec, names with '__' for ':'."""
    spec = oiio.ImageSpec(image.shape[1], image.shape[0], image.shape[2], kind)
    for name, value in attributes.items():
        if hasattr(type(spec), name):
            setattr(spec, name, value)
        else:
            spec.attribute(name.replace("__", ":"), value)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(image), out.geterror()
    out.close()
    return path
