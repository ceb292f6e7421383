# SPDX-License-Identifier: GPL-3.0-or-later
"""One still picture: written whole or not at all, read back, and told apart from a truncated one.

OpenImageIO reports success for a PNG even when the disk filled up half-way, so no file gets its name unchecked.
"""

import os
from enum import StrEnum
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from ftpvm.atomic import atomic_path, why_writing_failed
from ftpvm.errors import OutputError, SettingsError, SourceError

EXR_COMPRESSIONS = ("none", "rle", "zip", "zips", "piz", "pxr24", "dwaa", "dwab")
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"


class StillFormat(StrEnum):
    """What a still is stored as; the value is the word the command line uses."""

    PNG16 = "png16"
    PNG8 = "png8"
    EXR = "exr"

    @property
    def suffix(self) -> str:
        return ".exr" if self is StillFormat.EXR else ".png"


def still_format(word: str) -> StillFormat:
    """The format called `word`; SettingsError with the known words otherwise."""
    try:
        return StillFormat(word)
    except ValueError:
        known = ", ".join(StillFormat)
        raise SettingsError(f"'{word}' is not a still format that ftpvm writes: use one of {known}.") from None


def write_still(
    path: Path,
    pixels: NDArray[np.float32],
    format: StillFormat,
    *,
    channels: tuple[str, ...],
    colorspace: str,
    compression: str = "zip",
) -> None:
    """Write `pixels` (h, w, c) to `path`, as they are: nothing is converted or multiplied by alpha.

    `channels` are c names; `colorspace` is OpenImageIO's word for the values ("data" keeps gAMA and sRGB out of a PNG);
    `compression`, of EXR_COMPRESSIONS, is used by EXR. Raises DiskFullError or OutputError, and then leaves what was at
    `path` untouched.
    """
    spec = _spec(pixels.shape, format, channels, colorspace, compression)
    with atomic_path(path) as temporary:
        message = _write(temporary, pixels, spec)
        if message or not is_whole_still(temporary):
            if cause := why_writing_failed(path, pixels.size * 2 + 4096):
                raise cause
            raise OutputError(f"{path} can't be written ({message or 'the file came out truncated'}): run it again.")


def _spec(
    shape: tuple[int, ...], format: StillFormat, channels: tuple[str, ...], colorspace: str, compression: str
) -> oiio.ImageSpec:
    height, width, count = shape
    type_ = {StillFormat.PNG16: "uint16", StillFormat.PNG8: "uint8", StillFormat.EXR: "half"}[format]
    spec = oiio.ImageSpec(width, height, count, type_)
    spec.channelnames = channels
    spec.alpha_channel = channels.index("A") if "A" in channels else -1
    spec.attribute("oiio:ColorSpace", colorspace)
    if format is StillFormat.EXR:
        spec.attribute("compression", compression)
    else:
        spec.attribute("oiio:UnassociatedAlpha", 1)  # or OpenImageIO divides the colours by alpha
    return spec


def _write(path: Path, pixels: NDArray[np.float32], spec: oiio.ImageSpec) -> str:
    """Write, and return OpenImageIO's complaint, empty if it has none."""
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        return str(oiio.geterror())
    whole = output.open(str(path), spec) and output.write_image(np.ascontiguousarray(pixels, np.float32))
    whole = output.close() and whole
    if whole:
        return ""
    return str(output.geterror() or "unknown reason").splitlines()[0]


def read_still(path: Path) -> NDArray[np.float32]:
    """The stored values of a still of ours as float32 (h, w, c), alpha not multiplied in. SourceError."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    picture = oiio.ImageInput.open(str(path), config)
    pixels = None if picture is None else picture.read_image("float")
    if pixels is None:
        reason = (oiio.geterror() if picture is None else picture.geterror()) or "unknown reason"
        raise SourceError(f"{path} can't be read ({reason.splitlines()[0]}): delete it and run it again.")
    return np.asarray(pixels, np.float32)


def is_whole_still(path: Path) -> bool:
    """Whether `path` is a PNG or EXR that was written to its end; looks at the file's ends only, so it is cheap."""
    try:
        return _is_whole_exr(path) if path.suffix.lower() == ".exr" else _is_whole_png(path)
    except OSError:
        return False


def _is_whole_png(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(len(_PNG_START))
        if file.seek(0, os.SEEK_END) < len(_PNG_START) + len(_PNG_END):
            return False
        file.seek(-len(_PNG_END), os.SEEK_END)
        return start == _PNG_START and file.read() == _PNG_END


def _is_whole_exr(path: Path) -> bool:
    """The last lines can be decoded: a truncated file has lost them or the table that points at them."""
    if not path.stat().st_size:
        return False
    picture = oiio.ImageInput.open(str(path))
    if picture is None:
        oiio.geterror()  # cleared, or it would turn up in somebody else's message
        return False
    spec = picture.spec()
    bottom = spec.y + spec.height
    return picture.read_scanlines(0, 0, bottom - 1, bottom, 0, 0, spec.nchannels, "half") is not None
