# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate compose-vm240k`: foregrounds over backgrounds that move, in the layout that vm240k reads."""

from pathlib import Path

import cv2
import evaluation_sets as sets
import numpy as np
import pytest
from evaluation_sets import Evaluate

from ftpvm.evaluation.testsets import open_set


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path]:
    """VideoMatte240K's test part with two clips of five frames, and backgrounds of three and of one."""
    for clip in ("0000", "0001"):
        for frame in range(5):
            sets.write(tmp_path / "vm" / "fgr" / clip / f"{frame:04d}.png", sets.image(frame, 2))
            sets.write(tmp_path / "vm" / "pha" / clip / f"{frame:04d}.png", sets.alpha(frame))
    for frame in range(3):
        sets.write(tmp_path / "bg" / "street" / f"{frame:03d}.png", np.full((64, 96, 3), 50 * frame, np.uint8))
    sets.write(tmp_path / "bg" / "tree" / "000.png", np.full((64, 96, 3), 200, np.uint8))
    return tmp_path / "vm", tmp_path / "bg"


def grey(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


def corners(out: Path, clip: str) -> list[int]:
    """The grey of the background in each frame."""
    return [int(grey(path)[0, 0, 0]) for path in sorted((out / clip / "com").iterdir())]


def test_clips_go_over_the_backgrounds_in_turn(tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate) -> None:
    out = tmp_path / "out"
    result = evaluate("compose-vm240k", *parts, out, "--size", "native", "--trimap-width", 9)
    assert result.code == 0, result.err
    assert corners(out, "0000") == [0, 50, 100, 50, 0]  # back and forth
    assert corners(out, "0001") == [200] * 5
    share = sets.alpha(3)[..., None] / 255
    wanted = sets.image(3, 2) * share + 50 * (1 - share)
    assert np.abs(grey(out / "0000" / "com" / "0003.png")[..., ::-1] - wanted).max() <= 1
    assert (grey(out / "0000" / "pha" / "0003.png") == sets.alpha(3)).all()
    soft = (sets.alpha(3) > 1) & (sets.alpha(3) < 254)
    trimap = grey(out / "0000" / "trimap" / "0003.png")
    assert set(np.unique(trimap)) == {0, 128, 255} and (trimap[soft] == 128).all()
    (clip, _) = open_set("vm240k", out)
    assert len(clip) == 5 and list(clip.annotated) == [0, 1, 2, 3, 4]


def test_a_list_says_what_goes_where(tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate) -> None:
    listing, out = tmp_path / "clips.txt", tmp_path / "out"
    listing.write_text("# clip background first\n0001 street 2\n")
    words = ("--clips", listing, "--frames", 3, "--size", "48x32", "--trimap_width", 3)
    assert evaluate("compose-vm240k", *parts, out, *words).code == 0
    assert [path.name for path in out.iterdir()] == ["0001"] and corners(out, "0001") == [100, 50, 0]
    assert grey(out / "0001" / "pha" / "0000.png").shape == (32, 48)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("0001", "Line 1 of"), ("0001 street now", "Line 1 of"), ("", "names no clip"),
        ("0007 street", "There is no 0007 in fgr"), ("0001 moon", "There is no moon in"),
        ("0001 street 3", "none to begin with at 3"), ("0001 'street", "Line 1 of"),
        ("0001 street\n0001 tree", "names 0001 2 times"),
    ],
)  # fmt: skip
def test_lists_that_mean_nothing_are_refused(
    tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate, line: str, found: str
) -> None:
    listing = tmp_path / "clips.txt"
    listing.write_text(line)
    refused = evaluate("compose-vm240k", *parts, tmp_path / "out", "--clips", listing)
    assert refused.code == 3 and found in refused.err


def test_a_clip_is_whole_or_not_there(tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate) -> None:
    out, words = tmp_path / "out", ("--size", "48x32")
    broken = parts[0] / "fgr" / "0001" / "0003.png"
    kept = broken.read_bytes()
    broken.write_text("half a picture")
    assert evaluate("compose-vm240k", *parts, out, *words).code == 3
    assert [path.name for path in out.iterdir()] == ["0000"]
    mark = (out / "0000" / "com" / "0000.png").stat().st_mtime_ns
    broken.write_bytes(kept)
    assert evaluate("compose-vm240k", *parts, out, *words).code == 0
    assert (out / "0000" / "com" / "0000.png").stat().st_mtime_ns == mark and len(corners(out, "0001")) == 5
    refused = evaluate("compose-vm240k", *parts, out, "--size", "96x64", "--frames", 3)
    assert refused.code == 3 and "made of something else" in refused.err and len(corners(out, "0000")) == 5


def test_names_may_have_spaces(tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate) -> None:
    (parts[1] / "street").rename(parts[1] / "my street")
    listing = tmp_path / "clips.txt"
    listing.write_text("0001 'my street' 2\n", "utf-8-sig")
    assert evaluate("compose-vm240k", *parts, tmp_path / "out", "--clips", listing, "--size", "48x32").code == 0
    assert corners(tmp_path / "out", "0001")[0] == 100


def test_parts_that_do_not_belong_together_are_named(
    tmp_path: Path, parts: tuple[Path, Path], evaluate: Evaluate
) -> None:
    (parts[0] / "pha" / "0001" / "0004.png").unlink()
    refused = evaluate("compose-vm240k", *parts, tmp_path / "out")
    assert refused.code == 3 and "differ in frames (5 and 4)" in refused.err and not (tmp_path / "out").exists()
    assert "there is no folder" in evaluate("compose-vm240k", parts[1], parts[1], tmp_path / "out").err
