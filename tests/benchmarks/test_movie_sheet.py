# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet of a movie: matted first, then every so-manieth frame is on it."""

import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "movie_sheet.py"


def test_a_movie_is_matted_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plates").mkdir()
    trimap = np.zeros((48, 64), np.uint8)
    trimap[8:40, 16:48], trimap[16:32, 24:40] = 128, 255
    cv2.imwrite(str(tmp_path / "trimap.png"), trimap)
    for number in range(3):
        cv2.imwrite(str(tmp_path / "plates" / f"p.{number:04d}.png"), np.full((48, 64, 3), (250, 0, 0), np.uint8))
    words = [tmp_path / "plates", "--keyframe", f"0={tmp_path / 'trimap.png'}", "--mattes", tmp_path / "mattes"]
    words += ["--sheet", tmp_path / "sheet.png", "--every", 2, "--colour", "#00ff00"]
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, words)])
    runpy.run_path(str(SCRIPT), run_name="__main__")

    assert len(list((tmp_path / "mattes").glob("m.*.png"))) == 3
    sheet = cv2.imread(str(tmp_path / "sheet.png")).reshape(-1, 3)
    cell = 230 * 172
    assert (sheet == (250, 0, 0)).all(1).sum() >= 2 * cell  # two of the three frames
    assert (sheet == (0, 255, 0)).all(1).sum() > 0.1 * cell  # the keyframe's background, at least
