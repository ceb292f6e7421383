# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate` from tiny sets in each layout to results."""

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import av
import cv2
import evaluation_sets as sets
import numpy as np
import openpyxl
import pytest
from evaluation_sets import SIZE, Evaluate

from ftpvm.cli import build_parser
from ftpvm.cli.evaluate_options import SETS
from ftpvm.errors import DatasetError
from ftpvm.evaluation import METRICS, REGIONS, mad
from ftpvm.evaluation.published import PUBLISHED
from ftpvm.evaluation.report import write_report
from ftpvm.evaluation.results import Evaluated
from ftpvm.evaluation.scoring import ClipScores
from ftpvm.evaluation.testsets import SETS as OPENED


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def grey(path: Path) -> np.ndarray:
    """A matte or alpha (h, w) in [0, 1]."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture / np.iinfo(picture.dtype).max


@pytest.fixture
def model(weights: Path) -> str:
    """What results of the tests' weights are called."""
    return weights.stem


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


def test_changed_settings_are_named(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", frames=1)
    words = ("folder", root, "--out", tmp_path, "--disable-video")
    assert evaluate(*words).code == 0
    refused = evaluate(*words, "--downsample-ratio", 0.5)
    assert refused.code == 3 and "downsample_ratio 1.0, not 0.5" in refused.err and "--out-root" in refused.err


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


def test_earlier_results_stand_beside_new_ones(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"), frames=2)
    assert evaluate("folder", root, "--out", tmp_path / "old", "--clips", "box", "--disable-video").code == 0
    old = tmp_path / "old" / "folder_native"
    words = ("folder", root, "--out", tmp_path / "new", "--memory-freq", 1, "--disable-video", "--against", old)
    result = evaluate(*words)
    assert result.code == 0 and "memory_freq is 1 here and 0 there" in result.err
    (table,) = (tmp_path / "new" / "folder_native").glob("*_against_*.csv")
    assert [row["clip"] for row in rows(table)] == ["box", "all clips"]
    report = (tmp_path / "new" / "folder_native" / "report.html").read_text()
    assert "No fair comparison" in report and str(old) in report
    assert "holds no results" in evaluate(*words[:-1], root).err
    other = sets.folder(tmp_path / "other", ("tree",), frames=1)
    result = evaluate("folder", other, "--out", tmp_path / "else", "--disable-video", "--against", old)
    assert result.code == 0 and "no clip in common" in result.err
    assert (tmp_path / "else" / "folder_native" / "report.html").is_file()


def test_results_of_one_name_keep_their_own_numbers(tmp_path: Path) -> None:
    def result(mad: float) -> Evaluated:
        scores = dict.fromkeys(REGIONS, dict.fromkeys(METRICS, mad))
        return Evaluated("tiny", AS_PUBLISHED, [ClipScores("rope", {0: scores}, None)])

    page = write_report(tmp_path, [result(11.25)], [result(33.75)]).read_text()
    words = Page(page).words
    assert words.index("11.25") < words.index("33.75")
    assert page.count('class="elsewhere"') == len(PUBLISHED)  # this is one clip of 28


AS_PUBLISHED = {"set": "vm108", "size": "1024", "trimap_width": 25, "memory_freq": 0, "downsample_ratio": 1.0}


@pytest.mark.parametrize(
    ("settings", "clips", "alike"),
    [
        ({}, 28, 2), ({"size": "1024x576"}, 28, 2), ({}, 27, 0), ({"size": "hd"}, 28, 0), ({"trimap_width": 9}, 28, 0),
        ({"downsample_ratio": 0.5}, 28, 0), ({"memory_freq": 30}, 28, 0), ({"set": "vm240k", "size": "hd"}, 5, 0),
    ],
)  # fmt: skip
def test_published_figures_are_beside_what_was_measured_alike(
    settings: dict[str, object], clips: int, alike: int
) -> None:
    assert sum(figures.are_like(AS_PUBLISHED | settings, clips) for figures in PUBLISHED) == alike


class Page(HTMLParser):
    """What a page shows and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_report_stands_alone(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "<b>& box"), frames=3)
    assert evaluate("folder", root, "--out", tmp_path, "--disable-video").code == 0
    page = Page((tmp_path / "folder_native" / "report.html").read_text())
    assert all(re.match("data:image/jpeg;base64,|#", source) for source in page.loaded)
    assert page.tags.count("svg") == 2 and page.tags.count("img") == 2 and "b" not in page.tags
    assert "<b>& box" in page.words
    assert {"20.74", "6.13", "6.57", "MatAnyone, table 1"} <= set(page.words)
    mean = json.loads((tmp_path / "folder_native" / model / "results.json").read_text())["means"]["clip-wise"]
    assert f"{mean['whole']['mad']:.2f}" in page.words and f"{mean['unknown']['dtssd']:.2f}" in page.words


@pytest.mark.parametrize("package", ["openpyxl", "matplotlib", "jinja2"])
def test_a_missing_package_is_told_before_anything_is_run(
    tmp_path: Path, evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    refused = evaluate("folder", sets.folder(tmp_path / "data", frames=1), "--out", tmp_path / "out")
    assert refused.code == 5 and package in refused.err and 'pip install "ftpvm[evaluation]"' in refused.err
    assert not (tmp_path / "out").exists()


def test_defaults_are_the_published_ones(tmp_path: Path) -> None:
    args = build_parser().parse_args(["evaluate", "vm108", str(tmp_path)])
    assert (args.size, args.batch_size, args.trimap_width, args.downsample_ratio) == ("1024", 8, 25, 1)
    assert (args.memory_freq, args.out_root, args.disable_video) == ([0], Path(), False)
    assert SETS.keys() == OPENED.keys()


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
