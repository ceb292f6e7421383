# SPDX-License-Identifier: GPL-3.0-or-later
"""Many small pictures on one sheet: a row per frame, a column per kind, several such blocks side by side."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.atomic import atomic_path
from ftpvm.errors import OutputError, SettingsError

_GAP, _HEAD, _GUTTER = 4, 22, 46
_PAPER, _INK = 24, (225, 225, 225)
_QUALITY = 88

Picture = NDArray[np.floating]


def write_picture_sheet(
    path: Path,
    heads: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Picture]]],
    *,
    width: int = 240,
    blocks: int = 1,
) -> None:
    """Write the sheet at `path` (.jpg or .png).

    Args:
        heads: what the columns show.
        rows: a label, a few letters, and a picture per column: (h, w) or (h, w, 3) in [0, 1], all of one size.
        width: of a picture on the sheet, px.
        blocks: how many columns of rows; the first is filled first.

    Raises:
        SettingsError: there are no rows. OutputError, DiskFullError: it can't be written.
    """
    if not rows:
        raise SettingsError("A sheet needs at least one frame: choose a range that has some.")
    height = round(width * rows[0][1][0].shape[0] / rows[0][1][0].shape[1])
    deep = -(-len(rows) // blocks)
    block_width = _GUTTER + len(heads) * (width + _GAP)
    paper = np.full((_HEAD + deep * (height + _GAP), blocks * block_width, 3), _PAPER, np.uint8)
    for block in range(blocks):
        for column, head in enumerate(heads):
            _write_text(paper, head, block * block_width + _GUTTER + column * (width + _GAP), _HEAD - 7)
    for index, (label, pictures) in enumerate(rows):
        left, top = index // deep * block_width, _HEAD + index % deep * (height + _GAP)
        _write_text(paper, label, left + 6, top + height // 2)
        for column, picture in enumerate(pictures):
            x = left + _GUTTER + column * (width + _GAP)
            paper[top : top + height, x : x + width] = _bytes(picture, (width, height))
    _save(path, paper)


def _bytes(picture: Picture, size: tuple[int, int]) -> NDArray[np.uint8]:
    small = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    levels = np.rint(small.clip(0, 1) * 255).astype(np.uint8)
    return levels if levels.ndim == 3 else np.repeat(levels[..., None], 3, axis=-1)


def _write_text(paper: NDArray[np.uint8], text: str, x: int, y: int) -> None:
    cv2.putText(paper, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)


def _save(path: Path, rgb: NDArray[np.uint8]) -> None:
    with atomic_path(path) as temporary:
        quality = [] if path.suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        if not cv2.imwrite(str(temporary), rgb[..., ::-1], quality):
            raise OutputError(f"{path} can't be written: choose another folder for the sheet.")
