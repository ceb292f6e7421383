# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality benchmark on one tiny clip: both sides are measured, and the baseline only once."""

import json
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "quality.py"
FRAMES, SIZE = 3, (96, 64)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disc that wanders over noise."""
    folder, noise = tmp_path_factory.mktemp("clips"), np.random.default_rng(1).integers(0, 90, (64, 96, 3), np.uint8)
    for part in ("clip", "alpha"):
        (folder / "disc" / part).mkdir(parents=True)
    for number in range(FRAMES):
        alpha = np.zeros(SIZE[::-1], np.uint8)
        cv2.circle(alpha, (44 + 4 * number, 32), 18, 255, -1, cv2.LINE_AA)
        share = alpha[..., None] / 255
        picture = (noise * (1 - share) + np.array([60, 200, 240]) * share).astype(np.uint8)
        cv2.imwrite(str(folder / f"disc/clip/f.{number:04d}.png"), picture)
        cv2.imwrite(str(folder / f"disc/alpha/a.{number:04d}.png"), alpha)
    return folder


def run(clips: Path, out: Path, patch: pytest.MonkeyPatch, *options: object) -> dict:
    patch.syspath_prepend(str(BENCHMARK.parent))
    arguments = ["--clips", clips, "--composed", 0, "--out", out / "out", "--baseline", out / "baseline", *options]
    patch.setattr(sys, "argv", [str(BENCHMARK), *map(str, arguments)])
    runpy.run_path(str(BENCHMARK), run_name="__main__")
    return json.loads((out / "out" / "quality.json").read_text())["clips"]["disc"]


def test_both_sides_are_measured_and_the_baseline_is_kept(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = run(clips, tmp_path, monkeypatch, "--rounds", 1)
    for count in ("1", "3"):
        assert measured[count]["baseline"]["whole"]["mad"] < 60  # of 166 for an empty matte
        assert 0 < measured[count]["ours"]["whole"]["mad"] < 60
        assert measured[count]["seconds"]["ours"] > 0 < measured[count]["seconds"]["baseline"]
    assert 0 < measured["iou"]["background"] <= 1
    report = (tmp_path / "out" / "quality.md").read_text()
    assert report.count("| disc |") == 4 and report.count("keyframe(s)") == 10
    assert (tmp_path / "out" / "disc.jpg").stat().st_size > 5000

    solved = {path: path.stat().st_mtime_ns for path in (tmp_path / "baseline").rglob("*.png")}
    assert len(solved) == FRAMES * 2
    adapted = run(clips, tmp_path, monkeypatch, "--rounds", 0, "--adapt")
    assert adapted["1"]["baseline"] == measured["1"]["baseline"]
    assert adapted["1"]["ours"] != measured["1"]["ours"]
    report = (tmp_path / "out" / "quality.md").read_text()
    assert ", adapted" in report and "faster" not in report and report.count("keyframe(s)") == 6
    assert all(path.stat().st_mtime_ns == time for path, time in solved.items())


def test_the_error_is_split_into_matting_and_following(
    clips: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = BENCHMARK.with_name("error_split.py")
    monkeypatch.syspath_prepend(str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "--clips", str(clips)])
    runpy.run_path(str(script), run_name="__main__")
    header, _, row = capsys.readouterr().out.strip().splitlines()
    columns, (name, *errors) = ([cell.strip() for cell in line.strip("|").split("|")] for line in (header, row))
    assert name == "disc"
    measured = dict(zip(columns[1:], map(float, errors), strict=True))
    assert 0 < measured["every frame"] < measured["1 keyframe(s)"] < 60
    assert 0 < measured["every frame, closed form"] < 20
