# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ftpvm evaluate` refuses, and with which words."""

import shutil
from pathlib import Path

import evaluation_sets as sets
import numpy as np
import pytest
from evaluation_sets import Evaluate


@pytest.mark.parametrize("package", ["openpyxl", "matplotlib", "jinja2"])
def test_a_missing_package_is_told_before_anything_is_run(
    tmp_path: Path, evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    refused = evaluate("folder", sets.folder(tmp_path / "data", frames=1), "--out", tmp_path / "out")
    assert refused.code == 5 and package in refused.err and 'pip install "ftpvm[evaluation]"' in refused.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--size", "8k"), ("--size", "4x4"), ("--clips", "nobody")])
def test_words_that_mean_nothing_are_refused(tmp_path: Path, evaluate: Evaluate, words: tuple[str, ...]) -> None:
    refused = evaluate("folder", sets.folder(tmp_path / "data", frames=1), "--out", tmp_path, *words)
    assert refused.code == 3 and words[1] in refused.err


WRITERS = {"vm108": sets.vm108, "vm240k": sets.vm240k, "realhuman": sets.realhuman, "folder": sets.folder}


@pytest.mark.parametrize(
    ("name", "lost", "expected", "found"),
    [
        ("vm108", "VideoMatting108/val_videos.txt", "VideoMatting108/{FG_done", "val_videos.txt doesn't exist"),
        ("vm108", "VideoMatting108/frame_corr.json", "frame_corr.json}", "frame_corr.json doesn't exist"),
        ("vm108", "VideoMatting108/FG_done/rope", "FG_done/CLIP", "rope doesn't exist"),
        (
            "vm108",
            "VideoMatting108/BG_done/street/0008.jpg",
            "BG_done/VIDEO",
            "BG_done/street/0008.jpg",
        ),
        ("vm240k", "VideoMatte240K/0000", "CLIP/{com|fgr,pha,trimap}", "there are no folders"),
        ("vm240k", "VideoMatte240K/0000/com", "CLIP/{com|fgr,pha,trimap}", "0000/com doesn't exist"),
        ("vm240k", "VideoMatte240K/0000/pha/0001.png", "{com|fgr,pha,trimap}", "has no picture of its name in pha"),
        ("vm240k", "VideoMatte240K/0000/com/0001.png", "{com|fgr,pha,trimap}", "no frame of the name of"),
        ("realhuman", "RealHuman/alpha", "{image,alpha,trimap,image_allframe}/CLIP", "alpha doesn't exist"),
        ("realhuman", "RealHuman/image_allframe/walk", "image_allframe}", "walk doesn't exist"),
        ("realhuman", "RealHuman/trimap/walk/00012.png", "trimap", "has no picture of its name in trimap"),
        ("realhuman", "RealHuman/image_allframe/walk/00012.jpg", "image_allframe}", "frame 12 is missing"),
        ("folder", "ball/alpha", "CLIP/{frames,alpha[,trimap]}", "alpha doesn't exist"),
        ("folder", "ball", "CLIP/{frames,alpha[,trimap]}", "there are no folders"),
    ],
)
def test_what_a_set_lacks_is_named(
    tmp_path: Path, evaluate: Evaluate, name: str, lost: str, expected: str, found: str
) -> None:
    path = WRITERS[name](tmp_path / "data") / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused = evaluate(name, tmp_path / "data", "--out", tmp_path / "out")
    assert refused.code == 3 and expected in refused.err and found in refused.err
    assert "should be" in refused.err and not (tmp_path / "out").exists()


def test_results_do_not_come_among_a_set_s_clips(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", frames=1)
    refused = evaluate("folder", root, "--out", root)
    assert refused.code == 3 and "--out-root" in refused.err and [path.name for path in root.iterdir()] == ["ball"]


def test_broken_pictures_are_named(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data")
    for path, picture, found in (
        ("frames/plate.0002.png", None, "plate.0002.png can't be decoded"),
        ("alpha/alpha.0001.png", np.zeros((8, 8), np.uint8), "differ in size (96x64 and 8x8)"),
        ("frames/plate.0001.png", np.zeros((8, 8, 3), np.uint8), "frames of"),
        ("alpha/matte.0001.png", sets.alpha(0), "are both frame 1"),
        ("frames/poster.png", sets.image(0), "poster.png has no frame number"),
        ("trimap/t.0000.png", sets.image(0)[..., 0], "is a soft matte"),
    ):
        file, kept = root / "ball" / path, tmp_path / "kept"
        if file.exists():
            shutil.copy(file, kept)
        sets.write(file, picture) if picture is not None else file.write_text("no picture")
        refused = evaluate("folder", root, "--out", tmp_path / "out", "--disable-video")
        assert refused.code == 3 and found in refused.err, refused.err
        shutil.move(kept, file) if kept.exists() else file.unlink()
        if file.parent.name == "trimap":
            file.parent.rmdir()
