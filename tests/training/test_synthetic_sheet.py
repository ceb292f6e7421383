# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture sheet of training clips, through its command."""

import sys
from pathlib import Path

import cv2
import pytest
from packs import write_acts, write_pack

from ftpvm.training.synthetic import sheet


def test_the_command_writes_a_picture_of_as_many_clips_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["sheet", str(tmp_path / "s.jpg"), "--clips", "1"])
    sheet.main()
    picture = cv2.imread(str(tmp_path / "s.jpg"))
    tile = (2 * 128 + sheet.GAP, 4 * 160 + sheet.GAP)
    assert picture.shape == (tile[0], sheet.COLUMNS * tile[1], 3)
    # The rest of the row isn't there.
    assert picture[:, tile[1] + 8 :].max() < 8 < picture[:, : tile[1]].std()


def test_the_command_takes_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packs = [write_pack(tmp_path / "stills.zip", 9), write_acts(tmp_path / "acts.zip", 9, 2)]
    monkeypatch.setattr(sys, "argv", ["sheet", str(tmp_path / "s.png"), "--clips", "3"])
    sheet.main()
    without = cv2.imread(str(tmp_path / "s.png"))
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--sprite_pack", *map(str, packs)])
    sheet.main()
    assert (cv2.imread(str(tmp_path / "s.png")) != without).any()
