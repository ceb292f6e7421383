# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate score`: mattes made elsewhere, in the forms that other tools leave them in."""

import json
import shutil
from pathlib import Path

import evaluation_sets as sets
import numpy as np
import pytest
from evaluation_sets import SIZE, Evaluate

from ftpvm.evaluation import mad, sad
from ftpvm.media.movie_writer import MovieWriter


def wrong(frame: int) -> np.ndarray:
    """A matte uint8 (h, w) that is too bright by 20 of 255 where it can be."""
    return np.minimum(sets.alpha(frame).astype(int) + 20, 255).astype(np.uint8)


def mattes(folder: Path, frames: int = 3, first: int = 0) -> Path:
    for frame in range(frames):
        sets.write(folder / f"m{first + frame}.png", wrong(frame))
    return folder


def truths(folder: Path, frames: int = 3, every: int = 1) -> Path:
    for frame in range(0, frames, every):
        sets.write(folder / f"t.{frame:03d}.png", sets.alpha(frame))
    return folder


def printed_mad(out: str) -> float:
    (line,) = (line for line in out.splitlines() if "frame-wise" in line)
    return float(line.split("frame-wise")[1].split()[0])


def mean_mad(frames: range) -> float:
    return float(np.mean([mad(wrong(n) / 255, sets.alpha(n) / 255) for n in frames]))


def test_one_clip_is_scored_by_frame_numbers(tmp_path: Path, evaluate: Evaluate) -> None:
    result = evaluate("score", mattes(tmp_path / "pred", 5), truths(tmp_path / "true", 5, every=2))
    assert result.code == 0, result.err
    wanted = np.mean([mad(wrong(n) / 255, sets.alpha(n) / 255) for n in (0, 2, 4)])
    assert printed_mad(result.out) == pytest.approx(wanted, abs=2e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pred", "true"]  # nothing is written


def test_as_many_with_other_numbers_go_together_in_order(tmp_path: Path, evaluate: Evaluate) -> None:
    result = evaluate("score", mattes(tmp_path / "pred", first=98), truths(tmp_path / "true"))
    assert result.code == 0 and printed_mad(result.out) == pytest.approx(mean_mad(range(3)), abs=2e-3)


def plates(root: Path, frames: int, every: int) -> Path:
    """A folder set whose frames are numbered from 1, one in `every` annotated."""
    for frame in range(frames):
        sets.write(root / "ball" / "frames" / f"p.{frame + 1:04d}.png", sets.image(frame))
        if frame % every == 0:
            sets.write(root / "ball" / "alpha" / f"p.{frame + 1:04d}.png", sets.alpha(frame))
    return root


def test_numbers_that_only_overlap_say_nothing(tmp_path: Path, evaluate: Evaluate) -> None:
    root, movies = plates(tmp_path / "true", 6, 2), tmp_path / "movies"
    movies.mkdir()
    with MovieWriter(movies / "ball.mkv", SIZE, 24, "ffv1") as movie:
        for frame in range(6):
            movie.write(wrong(frame) / 255)
    wanted = np.mean([mad(wrong(n) / 255, sets.alpha(n) / 255) for n in (0, 2, 4)])
    for pred in (mattes(tmp_path / "from0", 6), mattes(tmp_path / "from1", 6, first=1), movies):
        result = evaluate("score", pred, root, "--trimap-width", 9)
        assert result.code == 0 and printed_mad(result.out) == pytest.approx(wanted, abs=2e-3), result.err
    assert "isn't known which belong together" in evaluate("score", mattes(tmp_path / "few", 5), root).err


def test_mattes_may_be_in_an_alpha_channel(tmp_path: Path, evaluate: Evaluate) -> None:
    for frame in range(3):
        sets.write(tmp_path / "rgba" / f"{frame}.png", np.dstack([sets.image(frame), wrong(frame)]))
        sets.write(tmp_path / "rgb" / f"{frame}.png", sets.image(frame))
    true = truths(tmp_path / "true")
    result = evaluate("score", tmp_path / "rgba", true)
    assert result.code == 0 and printed_mad(result.out) == pytest.approx(mean_mad(range(3)), abs=2e-3)
    refused = evaluate("score", tmp_path / "rgb", true)
    assert refused.code == 3 and "0.png is in colour" in refused.err
    root = sets.folder(tmp_path / "data")
    for frame in range(3):
        sets.write(
            root / "ball" / "alpha" / f"alpha.{frame:04d}.png", np.dstack([sets.image(frame), sets.alpha(frame)])
        )
    result = evaluate("score", mattes(tmp_path / "pred"), root)
    assert result.code == 0 and printed_mad(result.out) == pytest.approx(mean_mad(range(3)), abs=2e-3)
    sets.write(root / "ball" / "alpha" / "alpha.0001.png", sets.image(1))
    assert "alpha.0001.png is a picture in colour" in evaluate("score", tmp_path / "pred", root).err


def test_versions_of_mattes_are_told_apart(tmp_path: Path, evaluate: Evaluate) -> None:
    true, out = truths(tmp_path / "true"), tmp_path / "out"
    for name in ("v_1.0", "v_1.1"):
        assert evaluate("score", mattes(tmp_path / name), true, "--out", out).code == 0
    assert {path.parent.name for path in out.glob("*/settings.json")} == {"v_1.0", "v_1.1"}
    assert (out / "report.html").read_text().count("v_1.0</td>") >= 2  # the report is of all results there
    mark = (out / "v_1.0" / "true" / "scores.json").stat().st_mtime_ns
    sets.write(tmp_path / "v_1.0" / "m1.png", sets.alpha(1))
    assert evaluate("score", tmp_path / "v_1.0", true, "--out", out).code == 0
    assert (out / "v_1.0" / "true" / "scores.json").stat().st_mtime_ns > mark
    assert "--name" in evaluate("score", tmp_path / "v_1.0", true, "--out", out, "--name", "../esc").err
    refused = evaluate("score", tmp_path / "v_1.0", true, "--out", tmp_path)  # would come among the mattes
    assert refused.code == 3 and len(list((tmp_path / "v_1.0").glob("m*.png"))) == 3


def test_a_movie_is_scored_against_a_folder_set(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"))
    for clip in ("ball", "box"):
        (tmp_path / "pred").mkdir(exist_ok=True)
        with MovieWriter(tmp_path / "pred" / f"{clip}.mkv", SIZE, 24, "ffv1") as movie:
            for frame in range(3):
                movie.write(wrong(frame) / 255)
    out = tmp_path / "out"
    result = evaluate("score", tmp_path / "pred", root, "--out", out, "--name", "theirs", "--trimap-width", 9)
    assert result.code == 0, result.err
    content = json.loads((out / "theirs" / "results.json").read_text())
    assert set(content["clips"]) == {"ball", "box"} and content["settings"]["set"] == "folder"
    assert content["means"]["clip-wise"]["whole"]["mad"] == pytest.approx(mean_mad(range(3)), abs=2e-3)
    ring = (sets.alpha(0) > 1) & (sets.alpha(0) < 254)
    unknown = content["clips"]["ball"]["frames"]["0"]["unknown"]
    assert unknown["sad"] > sad(wrong(0) / 255, sets.alpha(0) / 255, ring)
    assert (out / "theirs.xlsx").is_file() and (out / "report.html").is_file()
    again = evaluate("score", tmp_path / "pred", root, "--against", out, "--trimap-width", 9)
    assert again.code == 0 and "pred against" in again.out and "+0.0" in again.out


def test_the_folders_that_evaluate_writes_can_be_scored(tmp_path: Path, evaluate: Evaluate, weights: Path) -> None:
    root = sets.realhuman(tmp_path)
    assert evaluate("realhuman", root, "--out", tmp_path / "out", "--size", "48x32", "--disable-video").code == 0
    made = tmp_path / "out" / "realhuman_48x32"
    words = ("--set", "realhuman", "--size", "48x32", "--trimap-width", 9, "--against", made)
    result = evaluate("score", made / weights.stem, root, *words)
    assert result.code == 0, result.err
    clip = evaluate("score", made / weights.stem / "walk", root, *words)  # beside its mattes lies worst.jpg
    assert clip.code == 0 and printed_mad(clip.out) == printed_mad(result.out)
    last = next(line for line in result.out.splitlines() if line.startswith("all clips"))
    changes = [float(cell) for cell in last.split()[4::3]]
    assert len(changes) == 6 and max(map(abs, changes)) <= 0.1  # what 16 bits make of it


def test_what_can_not_be_scored_is_named(tmp_path: Path, evaluate: Evaluate) -> None:
    pred, true = mattes(tmp_path / "pred", 3, first=7), truths(tmp_path / "true", 5)
    assert "has 3 mattes and true 5 frames, 0 to 4" in evaluate("score", pred, true).err
    small = tmp_path / "small"
    for frame in range(5):
        sets.write(small / f"{frame}.png", wrong(frame)[:32])
    refused = evaluate("score", small, true)
    assert refused.code == 3 and "is 96x32, its true alpha 96x64" in refused.err
    assert "doesn't exist" in evaluate("score", tmp_path / "nowhere", true).err
    (tmp_path / "empty").mkdir()
    assert "holds no mattes" in evaluate("score", tmp_path / "empty", true).err
    shutil.copy(small / "0.png", small / "a0.png")
    assert "are both frame 0" in evaluate("score", small, true).err
    two = sets.folder(tmp_path / "data", ("ball", "box"))
    assert "has no mattes of ball, but of pred" in evaluate("score", pred, two).err
