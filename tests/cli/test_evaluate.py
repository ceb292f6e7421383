# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate` from a folder of clips to tables, mattes and previews."""

import json
from pathlib import Path

import av
import evaluation_sets as sets
import numpy as np
import openpyxl
import pytest
from evaluation_sets import SIZE, Evaluate, grey, rows

from ftpvm.cli import build_parser
from ftpvm.cli.evaluate_options import SETS
from ftpvm.evaluation import METRICS, mad
from ftpvm.evaluation.testsets import SETS as OPENED


def test_a_folder_is_evaluated_to_tables_mattes_and_pictures(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "balloon"), frames=3, first=1001)
    result = evaluate("folder", root, "--out-root", tmp_path)
    assert result.code == 0, result.err
    out = tmp_path / "folder_native"
    frames, clips = rows(out / model / "frames.csv"), rows(out / model / "clips.csv")
    assert [(row["clip"], row["frame"]) for row in frames] == [
        (clip, str(number)) for clip in ("ball", "balloon") for number in (1001, 1002, 1003)
    ]
    for row in frames:
        matte = grey(out / model / row["clip"] / "pha" / f"matte.{row['frame']}.png")
        truth = grey(root / row["clip"] / "alpha" / f"alpha.{row['frame']}.png")
        assert float(row["whole_mad"]) == pytest.approx(mad(matte, truth), abs=0.02)  # of a 16-bit PNG
        assert (row["whole_dtssd"] == "") == (row["frame"] == "1001")
    mine = [float(row["unknown_sad"]) for row in frames if row["clip"] == "ball"]
    assert float(clips[0]["unknown_sad"]) == pytest.approx(sum(mine) / 3, abs=1e-6)
    assert int(clips[0]["worst_frame"]) in (1001, 1002, 1003) and 0 <= float(clips[0]["iou_background"]) <= 1
    assert all((out / model / clip / "worst.jpg").is_file() for clip in ("ball", "balloon"))
    content = json.loads((out / model / "results.json").read_text())
    assert content["clips"]["ball"]["frames"]["1002"]["whole"]["mad"] == pytest.approx(float(frames[1]["whole_mad"]))
    assert "frame-wise" in result.out and f"{content['means']['frame-wise']['whole']['mad']:.3f}" in result.out


def test_the_workbook_holds_the_same_numbers(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("=long", "short"), frames=3)
    (root / "short" / "frames" / "plate.0002.png").unlink()
    (root / "short" / "alpha" / "alpha.0002.png").unlink()
    assert evaluate("folder", root, "--out-root", tmp_path, "--disable-video").code == 0
    out = tmp_path / "folder_native"
    book = openpyxl.load_workbook(out / f"{model}.xlsx")
    assert book.sheetnames == ["means", "clips", "frames"]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    for name in ("clips", "frames"):
        (head, *lines), wanted = book[name].iter_rows(values_only=True), rows(out / model / f"{name}.csv")
        assert [dict(zip(head, map(known, line), strict=True)) for line in lines] == [
            {column: known(cell) for column, cell in row.items()} for row in wanted
        ]
    means = {line[0]: line for line in book["means"].iter_rows(values_only=True)}
    column = means["mean"].index("whole_mse")
    frames = [float(row["whole_mse"]) for row in rows(out / model / "frames.csv")]
    clips = [float(row["whole_mse"]) for row in rows(out / model / "clips.csv")]
    assert means["frame-wise"][column] == pytest.approx(sum(frames) / 5, abs=1e-5)
    assert means["clip-wise"][column] == pytest.approx(sum(clips) / 2, abs=1e-5)


def known(cell: object) -> object:
    """A workbook says 12 where a CSV says 12.0, and nothing where it holds an empty word."""
    try:
        return float(str(cell))
    except ValueError:
        return cell or None


def test_the_preview_shows_frame_truth_and_matte_side_by_side(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", frames=2)
    assert evaluate("folder", root, "--out-root", tmp_path).code == 0
    clip = tmp_path / "folder_native" / model / "ball"
    with av.open(str(clip / "preview.mp4")) as movie:
        shown = [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]
    assert len(shown) == 2 and shown[0].shape[1] == 4 * SIZE[0]
    frame, truth, matte, _ = np.split(shown[1][: SIZE[1]].astype(float) / 255, 4, axis=1)
    assert np.abs(frame - sets.image(1, len("ball")) / 255).mean() < 0.03
    assert np.abs(truth[..., 0] - sets.alpha(1) / 255).mean() < 0.02
    assert np.abs(matte[..., 0] - grey(clip / "pha" / "matte.0001.png")).mean() < 0.02


def test_the_memory_update_test_has_a_result_for_each_frequency(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", frames=4)
    result = evaluate("folder", root, "--out", tmp_path, "--memory-freq", 2, 1, "--disable-video")
    assert result.code == 0, result.err
    out = tmp_path / "folder_native"
    seldom, each = (rows(out / f"{model}_memory{every}" / "frames.csv") for every in (2, 1))
    mads = [[float(row["whole_mad"]) for row in table] for table in (seldom, each)]
    assert mads[0][0] == pytest.approx(mads[1][0]) and mads[0][1] != pytest.approx(mads[1][1])
    book = openpyxl.load_workbook(out / f"{model}.xlsx")
    assert book.sheetnames[::3] == ["means memory 2", "means memory 1"]
    assert "Memory update test" in (out / "report.html").read_text()


def test_the_baseline_runs_beside_it(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", frames=2)
    result = evaluate("folder", root, "--out", tmp_path, "--against", "flow", "--disable-video")
    assert result.code == 0, result.err
    out = tmp_path / "folder_native"
    assert f"{model} against flow" in result.out
    ours, theirs = (rows(out / name / "clips.csv")[0] for name in (model, "flow"))
    (table,) = out.glob("*_against_flow.csv")
    clip, mean = rows(table)
    for metric in METRICS:
        assert (clip[metric], clip[f"{metric} of the other"]) == (ours[f"whole_{metric}"], theirs[f"whole_{metric}"])
    change = 100 * (float(ours["whole_mad"]) / float(theirs["whole_mad"]) - 1)
    assert float(clip["mad %"]) == pytest.approx(change, abs=0.06) and mean["clip"] == "all clips"


def test_defaults_are_the_published_ones(tmp_path: Path) -> None:
    args = build_parser().parse_args(["evaluate", "vm108", str(tmp_path)])
    assert (args.size, args.batch_size, args.trimap_width, args.downsample_ratio) == ("1024", 8, 25, 1)
    assert (args.memory_freq, args.out_root, args.disable_video) == ([0], Path(), False)
    assert SETS.keys() == OPENED.keys()
