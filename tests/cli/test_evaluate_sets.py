# SPDX-License-Identifier: GPL-3.0-or-later
"""Test sets in each published layout, from their own files to results."""

import json
import shutil
from pathlib import Path

import cv2
import evaluation_sets as sets
import numpy as np
import pytest
from evaluation_sets import SIZE, Evaluate, grey, rows

from ftpvm.errors import DatasetError
from ftpvm.evaluation import mad
from ftpvm.evaluation.testsets import SETS as OPENED


def test_vm108_composites_its_validation_clips(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    result = evaluate("vm108", sets.vm108(tmp_path), "--out_root", tmp_path, "--size", "48x32", "--disable_video")
    assert result.code == 0, result.err
    results = tmp_path / "vm108_48x32" / model
    assert [row["clip"] for row in rows(results / "clips.csv")] == ["rope", "smoke"]
    assert grey(results / "rope" / "pha" / "matte.0002.png").shape == (32, 48)
    assert not (results / "rope" / "preview.mp4").exists()
    (clip, *_) = OPENED["vm108"](tmp_path / "VideoMatting108")  # the set's own folder will do
    (frame,) = clip.read(range(1, 2))
    share = sets.alpha(1)[..., None] / 255
    background = cv2.imread(str(tmp_path / "VideoMatting108" / "BG_done" / "street" / "0008.jpg"))
    assert background is not None
    behind = cv2.resize(background[..., ::-1] / 255, SIZE)
    wanted = sets.image(1, 2) / 255 * share + behind * (1 - share)
    assert frame.image is not None and np.abs(frame.image - wanted).max() < 1e-3


@pytest.mark.parametrize("images", ["com", "fgr"])
def test_vm240k_takes_the_set_s_own_trimaps(tmp_path: Path, evaluate: Evaluate, model: str, images: str) -> None:
    root = sets.vm240k(tmp_path, images)
    solid = np.full(SIZE[::-1], 255, np.uint8)
    solid[:8], solid[8:16] = 0, 128  # no kernel would make this of the alpha
    sets.write(root / "VideoMatte240K" / "0000" / "trimap" / "0001.png", solid)
    assert evaluate("vm240k", root, "--out", tmp_path, "--size", "native", "--disable-video").code == 0
    row = rows(tmp_path / "vm240k_native" / model / "frames.csv")[1]
    matte = grey(tmp_path / "vm240k_native" / model / "0000" / "pha" / "matte.0001.png")
    wanted = mad(matte, sets.alpha(1) / 255, solid == 0)
    assert float(row["background_mad"]) == pytest.approx(wanted, abs=0.02)


def test_realhuman_is_scored_where_it_is_annotated(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    result = evaluate("realhuman", sets.realhuman(tmp_path), "--out", tmp_path, "--size", "native")
    assert result.code == 0, result.err
    results = tmp_path / "realhuman_native" / model
    assert [row["frame"] for row in rows(results / "frames.csv")] == ["10", "12", "14"]
    mattes = sorted(path.name for path in (results / "walk" / "pha").iterdir())
    assert mattes == [f"matte.{number:04d}.png" for number in range(10, 15)]


def test_all_runs_the_published_sets_that_are_not_disabled(tmp_path: Path, evaluate: Evaluate) -> None:
    sets.vm240k(tmp_path)
    sets.realhuman(tmp_path)
    result = evaluate("all", tmp_path, "--out", tmp_path / "o", "--size", "48x32", "--disable_vm108", "--disable-video")
    assert result.code == 0, result.err
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["realhuman_48x32", "vm240k_48x32"]
    refused = evaluate("all", tmp_path, "--out", tmp_path / "p")
    assert refused.code == 3 and "VideoMatting108 should be" in refused.err and not (tmp_path / "p").exists()


def test_frames_go_by_their_numbers_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    root = tmp_path / "VideoMatte240K"
    for frame in range(8, 12):
        for part, picture in (("com", sets.image(frame)), ("pha", sets.alpha(frame)), ("trimap", sets.trimap(frame))):
            sets.write(root / "0000" / part / f"{frame}.png", picture)
    (root / "0000" / "com" / "._8.png").write_bytes(b"x")
    (root / ".cache").mkdir()
    (root / "vm240k_1024" / "FTPVM").mkdir(parents=True)  # results beside the clips
    (clip,) = OPENED["vm240k"](tmp_path)
    assert list(clip.numbers) == [8, 9, 10, 11]
    (root / "0000" / "com" / "9.png").unlink()
    with pytest.raises(DatasetError, match="frame 9 is missing"):
        OPENED["vm240k"](tmp_path)
    content = json.loads((sets.vm108(tmp_path) / "VideoMatting108" / "frame_corr.json").read_text())
    assert len(content) == 6
    base = tmp_path / "VideoMatting108"
    for front in list(content):
        if front.startswith("rope"):
            shutil.copy(base / "FG_done" / front, base / "FG_done" / "rope" / f"{int(front[5:10]) + 8}.png")
            content[f"rope/{int(front[5:10]) + 8}.png"] = content.pop(front)
    (base / "frame_corr.json").write_text(json.dumps(content))
    (base / "val_videos.txt").write_text("rope\n", "utf-8-sig")
    (rope,) = OPENED["vm108"](tmp_path)
    assert list(rope.numbers) == [8, 9, 10]
