# SPDX-License-Identifier: GPL-3.0-or-later
"""A second `ftpvm evaluate` into the same folder runs what isn't finished, and nothing else."""

from pathlib import Path

import evaluation_sets as sets
from evaluation_sets import Evaluate, rows


def test_a_finished_clip_is_not_run_again(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"), frames=2)
    words = ("folder", root, "--out", tmp_path, "--size", "48x32", "--disable-video")
    assert evaluate(*words).code == 0
    results = tmp_path / "folder_48x32" / model
    first = (results / "clips.csv").read_text()
    marks = {clip: (results / clip / "scores.json").stat().st_mtime_ns for clip in ("ball", "box")}
    for matte in results.glob("*/pha/*.png"):
        matte.unlink()
    assert evaluate(*words).code == 0
    assert (results / "clips.csv").read_text() == first and not any(results.glob("*/pha/*.png"))
    sets.write(root / "box" / "alpha" / "alpha.0001.png", sets.alpha(30))  # changed, so run again
    assert evaluate(*words).code == 0
    changed = {clip: (results / clip / "scores.json").stat().st_mtime_ns for clip in marks}
    assert changed["ball"] == marks["ball"] and changed["box"] > marks["box"]
    assert (results / "clips.csv").read_text() != first


def test_a_run_that_broke_off_goes_on_with_the_clip_it_was_at(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"), frames=2)
    broken = root / "box" / "frames" / "plate.0001.png"
    broken.write_text("half a pict")
    words = ("folder", root, "--out", tmp_path, "--size", "48x32")
    stopped = evaluate(*words)
    assert stopped.code == 3 and "plate.0001.png can't be decoded" in stopped.err
    results = tmp_path / "folder_48x32" / model
    assert not (results / "box" / "preview.mp4").exists() and not list(results.glob("box/scores.json"))
    mark = (results / "ball" / "scores.json").stat().st_mtime_ns
    sets.write(broken, sets.image(1))
    assert evaluate(*words).code == 0
    assert (results / "ball" / "scores.json").stat().st_mtime_ns == mark
    assert [row["clip"] for row in rows(results / "clips.csv")] == ["ball", "box"]


def test_what_a_clip_was_made_of_before_does_not_stay(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"), frames=3)
    words = ("folder", root, "--out", tmp_path, "--size", "48x32", "--disable-video")
    assert evaluate(*words, "--disable-mattes").code == 0
    results = tmp_path / "folder_48x32" / model
    assert not any(results.glob("*/pha"))
    assert evaluate(*words, "--clips", "box").code == 0
    assert len(list(results.glob("box/pha/*"))) == 3 and not (results / "ball" / "pha").exists()
    assert [row["clip"] for row in rows(results / "clips.csv")] == ["ball", "box"]  # all that is finished
    for part in ("frames/plate", "alpha/alpha"):
        (root / "box" / f"{part}.0002.png").unlink()
    assert evaluate(*words, "--clips", "ball").code == 0
    assert [row["clip"] for row in rows(results / "clips.csv")] == ["ball"]  # box isn't what was scored any more
    assert evaluate(*words).code == 0
    assert sorted(path.name for path in (results / "box" / "pha").iterdir()) == ["matte.0000.png", "matte.0001.png"]


def test_changed_settings_are_named(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", frames=1)
    words = ("folder", root, "--out", tmp_path, "--disable-video")
    assert evaluate(*words).code == 0
    refused = evaluate(*words, "--downsample-ratio", 0.5)
    assert refused.code == 3 and "downsample_ratio 1.0, not 0.5" in refused.err and "--out-root" in refused.err
