# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture that shows a shot's result: a row per chosen frame, from the frame to its composite."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from ftpvm.errors import SettingsError
from ftpvm.media.clamped import clamped
from ftpvm.media.composite import checkerboard, composite
from ftpvm.media.resized import resized
from ftpvm.media.stills import StillFormat, write_still

Floats = NDArray[np.float32]

_CELL_WIDTH, _CELL_HEIGHT = 356, 420  # the largest a cell gets, in pixels
_MARGIN, _GAP, _GUTTER, _HEADER, _TITLE = 24, 10, 92, 34, 44
_PAPER, _EMPTY = 0.105, 0.14
_BRIGHT, _DIM, _ACCENT = (0.92, 0.92, 0.93), (0.58, 0.58, 0.60), (0.98, 0.69, 0.25)


@dataclass(frozen=True)
class SheetRow:
    """One frame of the shot: all arrays of one size, values sRGB or alpha in [0, 1].

    `image` (h, w, 3), `matte` (h, w), `trimap` (h, w) or None; `keyframe` marks a trimap that the artist gave.
    """

    frame: int
    image: NDArray[np.floating]
    matte: NDArray[np.floating]
    trimap: NDArray[np.floating] | None = None
    keyframe: bool = False


def write_contact_sheet(path: Path, rows: Sequence[SheetRow], *, title: str = "") -> None:
    """Write the PNG at `path`, at most 1600 pixels wide: a row per SheetRow, columns frame, trimap, matte, composite.

    The trimap column is left out when no row has one. Raises SettingsError without rows, DiskFullError or OutputError.
    """
    if not rows:
        raise SettingsError("A contact sheet needs at least one frame: choose a range that has some.")
    write_still(Path(path), _sheet(rows, title), StillFormat.PNG8, channels=("R", "G", "B"), colorspace="sRGB")


def _sheet(rows: Sequence[SheetRow], title: str) -> Floats:
    columns = ["Frame", "Trimap", "Matte", "Composite"]
    if all(row.trimap is None for row in rows):
        columns.remove("Trimap")
    width, height = _cell_size(rows[0].image.shape[1], rows[0].image.shape[0])
    top = _MARGIN + (_TITLE if title else 0) + _HEADER
    paper_width = 2 * _MARGIN + _GUTTER + len(columns) * (width + _GAP) - _GAP
    paper = np.full((top + len(rows) * (height + _GAP) - _GAP + _MARGIN, paper_width, 3), _PAPER, np.float32)
    for r, row in enumerate(rows):
        cells = _cells(row, (width, height))
        for c, column in enumerate(columns):
            y, x = top + r * (height + _GAP), _MARGIN + _GUTTER + c * (width + _GAP)
            paper[y : y + height, x : x + width] = cells[column]
    return _labelled(paper, rows, columns, title, (width, height), top)


def _cell_size(width: int, height: int) -> tuple[int, int]:
    scale = min(_CELL_WIDTH / width, _CELL_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cells(row: SheetRow, size: tuple[int, int]) -> dict[str, Floats]:
    """The row's pictures by column, each (h, w, 3) of `size` (width, height)."""
    image, matte = _scaled(row.image, size), _scaled(row.matte, size)
    blank = np.full((size[1], size[0]), _EMPTY, np.float32)
    return {
        "Frame": image,
        "Trimap": _grey(blank if row.trimap is None else _scaled(row.trimap, size)),
        "Matte": _grey(matte),
        "Composite": composite(image, matte, checkerboard(size, 15)),
    }


def _scaled(pixels: NDArray[np.floating], size: tuple[int, int]) -> Floats:
    return resized(clamped(pixels), size)


def _grey(channel: Floats) -> Floats:
    return np.repeat(channel[..., None], 3, axis=-1)


def _labelled(
    paper: Floats, rows: Sequence[SheetRow], columns: Sequence[str], title: str, cell: tuple[int, int], top: int
) -> Floats:
    """`paper` with its title, column heads and, left of every row, the frame number."""
    buffer = oiio.ImageBuf(paper)
    left = _MARGIN + _GUTTER
    if title:
        _text(buffer, _MARGIN, _MARGIN + 20, title, 22, _BRIGHT)
    for c, column in enumerate(columns):
        _text(buffer, left + c * (cell[0] + _GAP), top - 12, column, 17, _DIM)
    for r, row in enumerate(rows):
        y, middle = top + r * (cell[1] + _GAP), cell[1] // 2
        _text(buffer, _MARGIN, y + middle + 4, str(row.frame), 24, _BRIGHT)
        _text(
            buffer,
            _MARGIN,
            y + middle + 26,
            "keyframe" if row.keyframe else "frame",
            15,
            _ACCENT if row.keyframe else _DIM,
        )
        if row.trimap is None and "Trimap" in columns:
            _text(buffer, left + cell[0] + _GAP + cell[0] // 2, y + middle, "no trimap", 15, _DIM, centred=True)
    return np.asarray(buffer.get_pixels(oiio.FLOAT), np.float32)


def _text(
    buffer: oiio.ImageBuf,
    x: int,
    y: int,
    text: str,
    size: int,
    colour: tuple[float, float, float],
    *,
    centred: bool = False,
) -> None:
    """Draw with the font that OpenImageIO brings along; `y` is the baseline."""
    oiio.ImageBufAlgo.render_text(buffer, x, y, text, size, "", colour, alignx="center" if centred else "left")
