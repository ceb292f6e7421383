# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview picture: its size, what is in its cells, and that its labels are there."""

from pathlib import Path

import numpy as np
import pytest

from ftpvm.errors import OutputError, SettingsError
from ftpvm.media.contact_sheet import SheetRow, write_contact_sheet
from ftpvm.media.stills import read_still

PAPER = 0.105


def a_row(frame: int, width: int = 640, height: int = 360, trimap: bool = True, keyframe: bool = False) -> SheetRow:
    """A red frame whose left half is foreground."""
    image = np.broadcast_to(np.float32([0.8, 0.1, 0.1]), (height, width, 3))
    matte = np.zeros((height, width), np.float32)
    matte[:, : width // 2] = 1
    return SheetRow(
        frame, image, matte, np.full((height, width), 0.5, np.float32) if trimap else None, keyframe=keyframe
    )


def sheet(path: Path, rows: list[SheetRow], title: str = "") -> np.ndarray:
    write_contact_sheet(path, rows, title=title)
    return read_still(path)


def columns_of(picture: np.ndarray) -> list[tuple[int, int]]:
    """Start and end of the cells across, found by looking for paper between them in the lowest row."""
    line = np.abs(picture[-30] - PAPER).max(axis=-1) > 0.01
    edges = np.flatnonzero(np.diff(line.astype(int))) + 1
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_cells_show_frame_trimap_matte_and_composite(tmp_path: Path) -> None:
    picture = sheet(tmp_path / "Vorschau ü.png", [a_row(0, keyframe=True), a_row(120)], "a shot")
    assert picture.shape[1] <= 1600
    cells = columns_of(picture)
    assert len(cells) == 4
    y = -100
    left, right = ([picture[y, start + round((end - start) * at)] for start, end in cells] for at in (0.25, 0.75))
    np.testing.assert_allclose(left[0], [0.8, 0.1, 0.1], atol=0.01)
    np.testing.assert_allclose(right[0], [0.8, 0.1, 0.1], atol=0.01)
    np.testing.assert_allclose([left[1], right[1]], 0.5, atol=0.01)
    np.testing.assert_allclose(left[2], 1, atol=0.01)
    np.testing.assert_allclose(right[2], 0, atol=0.01)
    np.testing.assert_allclose(left[3], [0.8, 0.1, 0.1], atol=0.01)
    assert min(abs(right[3] - 0.62).max(), abs(right[3] - 0.42).max()) < 0.01


@pytest.mark.parametrize("size", [(64, 36), (3840, 1606), (360, 640), (33, 500)])
def test_any_size_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = sheet(tmp_path / "s.png", [a_row(7, *size)])
    assert picture.shape[1] <= 1600 and picture.shape[0] <= 600
    start, end = columns_of(picture)[0]
    height = (np.abs(picture[:, start + 1] - [0.8, 0.1, 0.1]).max(axis=-1) < 0.01).sum()
    assert (end - start) / height == pytest.approx(size[0] / size[1], rel=0.1)


def test_without_any_trimap_the_column_is_left_out(tmp_path: Path) -> None:
    none = sheet(tmp_path / "a.png", [a_row(0, trimap=False), a_row(1, trimap=False)])
    some = sheet(tmp_path / "b.png", [a_row(0, trimap=False), a_row(1)])
    assert len(columns_of(none)) == 3 and len(columns_of(some)) == 4


def test_every_row_is_labelled_with_its_number(tmp_path: Path) -> None:
    def gutter(frame: int, **options: bool) -> np.ndarray:
        picture = sheet(tmp_path / "s.png", [a_row(frame, **options)])
        return picture[:, : columns_of(picture)[0][0]]

    seven, eight, key = gutter(7), gutter(8), gutter(7, keyframe=True)
    assert seven.max() > 0.8  # bright text
    assert np.abs(seven - eight).max() > 0.3 and np.abs(seven - key).max() > 0.3
    wide = gutter(123456)
    assert wide[:, -8:].max() < 0.2  # six digits end before the pictures begin


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least one frame"):
        write_contact_sheet(tmp_path / "s.png", [])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another output folder"):
        write_contact_sheet(tmp_path / "file" / "s.png", [a_row(0)])
