# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture sheets: every picture is there, where its row and column are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ftpvm.errors import SettingsError
from ftpvm.evaluation import write_picture_sheet


def test_rows_go_down_the_first_block_and_on_in_the_second(tmp_path: Path) -> None:
    levels = np.linspace(0.2, 1, 6)
    rows = [
        (str(i), [np.full((20, 40), a), np.full((20, 40, 3), (b, 0, 0))])
        for i, (a, b) in enumerate(levels.reshape(3, 2))
    ]
    write_picture_sheet(tmp_path / "sheet.png", ["grey", "red"], rows, width=40, blocks=2)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1]
    inks = [(round(255 * a),) * 3 for a in levels[::2]] + [(round(255 * b), 0, 0) for b in levels[1::2]]
    spots = [np.argwhere((sheet == ink).all(-1)) for ink in inks]
    assert all(len(spot) >= 20 * 40 for spot in spots)  # labels may be antialiased to a level by chance
    top, left = np.transpose([np.median(spot, axis=0) for spot in spots])
    assert top[0] < top[1] and abs(top[2] - top[0]) < 2
    assert abs(left[0] - left[1]) < 2 and left[1] + 40 < left[3] < left[2] - 40
    assert [x.name for x in tmp_path.iterdir()] == ["sheet.png"]


def test_a_sheet_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least one frame"):
        write_picture_sheet(tmp_path / "sheet.jpg", ["frame"], [])
