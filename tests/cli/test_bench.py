# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm bench`: every case is measured in a process of its own and reported as table, JSON and picture."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
import pytest
import torch
from command_shots import names

from ftpvm.benchmark.alone import alone
from ftpvm.benchmark.case import Case, Job, Measured, Row
from ftpvm.benchmark.gauges import Stopwatch
from ftpvm.benchmark.measure import row_of
from ftpvm.benchmark.plot import write_plot
from ftpvm.benchmark.report import HEAD, line
from ftpvm.cli import main
from ftpvm.errors import SourceError
from ftpvm.propagation.device import OutOfMemoryError


def test_a_small_bench(tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "Messung"
    options = ["--sizes", "96x64", "--resolution", "64", "--keyframes", "2", "--frames", "3", "--repeats", "1"]
    code = main(
        ["bench", *options, "--devices", "cpu", "--precisions", "fp32", "--weights", str(weights), "--out", str(out)]
    )
    assert code == 0
    assert names(out) == ["bench.json", "bench.png"]
    content = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert content["machine"]["torch"] == torch.__version__
    (row,) = content["rows"]
    assert (row["case"]["size"], row["case"]["keyframes"], row["error"]) == ([96, 64], 2, "")
    found = row["measured"]
    assert all(found[rate] > 0.1 for rate in ("eager", "network", "end_to_end"))
    assert found["first_frame"] > 0
    assert 100 < found["ram"] < 20_000 and found["vram"] is None
    table = capsys.readouterr().out
    assert f"| cpu | fp32 | 96x64 | 64x43 | 2 | {found['eager']:.2f} |" in table
    picture = oiio.ImageInput.open(str(out / "bench.png")).read_image("float")
    assert np.ptp(picture[..., :3]) > 0.5


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """What would be measured."""
    cases: list[Case] = []

    def pretend(job: Job) -> Row:
        cases.append(job.case)
        return Row(job.case, Measured(2.0, 3.0, 1.0, 0.5, 100.0, 50.0))

    monkeypatch.setattr("ftpvm.benchmark.measure.measured", pretend)
    monkeypatch.setattr("ftpvm.benchmark.clips.make_movie", lambda path, size, frames: path)
    monkeypatch.setattr("ftpvm.benchmark.gauges.has_precision", lambda device, precision: precision != "fp16")
    return cases


def test_the_defaults_are_all_that_the_device_has(asked: list[Case], tmp_path: Path) -> None:
    assert main(["bench", "--devices", "cpu", "--no-plot", "--out", str(tmp_path)]) == 0
    assert {case.precision for case in asked} == {"fp32", "bf16"}
    assert {case.size for case in asked} == {(512, 288), (1024, 576), (1920, 1080), (3840, 2160)}
    assert {case.work_size for case in asked} == {(512, 288), (1024, 576)}
    assert [case.keyframe_numbers for case in asked[:2]] == [[0], [0, 8, 15, 23]]
    assert {(case.frames, case.repeats) for case in asked} == {(24, 2)}
    assert names(tmp_path) == ["bench.json"]


def test_a_quick_bench(asked: list[Case], tmp_path: Path) -> None:
    assert main(["bench", "--quick", "--devices", "cpu", "--no-plot", "--out", str(tmp_path)]) == 0
    assert {case.size for case in asked} == {(512, 288), (1024, 576)}
    assert {(case.frames, case.repeats, *case.keyframe_numbers) for case in asked} == {(6, 1, 0)}


def test_ctrl_c_keeps_what_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def pretend(job: Job) -> Row:
        if job.case.keyframes == 2:
            raise KeyboardInterrupt
        return Row(job.case, Measured(2.0, 3.0, 1.0, 0.5, 100.0, 50.0))

    monkeypatch.setattr("ftpvm.benchmark.measure.measured", pretend)
    monkeypatch.setattr("ftpvm.benchmark.clips.make_movie", lambda path, size, frames: path)
    options = ["--devices", "cpu", "--precisions", "fp32", "--sizes", "64x64", "--keyframes", "1", "2", "3"]
    assert main(["bench", *options, "--out", str(tmp_path)]) == 130
    assert names(tmp_path) == ["bench.json", "bench.png"]
    assert len(json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["rows"]) == 1
    assert "Stopped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SourceError("The clip is gone."), "The clip is gone."), (MemoryError(), "too little memory"),
        (OutOfMemoryError(), "device has too little"), (BrokenProcessPool(), "killed"),
        (av.error.InvalidDataError(1, "no\nmovie"), "InvalidDataError: [Errno 1] no movie"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_told_in_its_row(error: Exception, words: str) -> None:
    def fail() -> Measured:
        raise error

    row = row_of(Case("cpu", "fp32", (64, 64), 1, 3, 64, "w", 1), fail)
    assert row.measured is None and words in row.error
    assert words in line(row) and line(row).count("|") == HEAD.splitlines()[0].count("|")


def test_a_process_of_its_own_that_is_killed() -> None:
    assert alone(os.getpid) != os.getpid()
    with pytest.raises(BrokenProcessPool):
        alone(os._exit, 9)


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_ends_a_process_of_its_own_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    threading.Timer(1, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        alone(time.sleep, 60)
    assert time.monotonic() - began < 30 and not active_children()
    assert alone(signal.getsignal, signal.SIGINT) == signal.SIG_IGN
    assert capfd.readouterr().err == ""


def test_a_stopwatch_waits_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftpvm.benchmark.gauges.wait_for", lambda device: time.sleep(0.05))  # it is still at work
    with Stopwatch(torch.device("cpu")) as watch:
        pass
    assert watch.seconds > 0.04


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_picture_of_rows_of_which_one_failed(tmp_path: Path, ending: str) -> None:
    cases = [Case("cuda", p, s, 1, 9, 1024, "w", 1) for p in ("fp32", "fp16") for s in ((512, 288), (1024, 576))]
    rows = [Row(case, Measured(5.0 + n, 9.0, 8.0, 0.1, 900.0, 400.0)) for n, case in enumerate(cases)]
    write_plot(tmp_path / f"p.{ending}", [*rows[:-1], Row(cases[-1], None, "too little memory")], "a machine")
    content = (tmp_path / f"p.{ending}").read_bytes()
    assert content[:4] == (b"\x89PNG" if ending == "png" else b"<?xm")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--sizes", "wide"], 2, "1920x1080"), (["--sizes", "65x64"], 2, "odd"), (["--frames", "0"], 2, "above 0"),
        (["--devices", "abacus"], 5, "abacus"), (["--weights", "nobody's"], 3, "nobody's"),
        (["--keyframes", "9", "--frames", "3"], 3, "--frames"), (["--resolution", "9"], 3, "64"),
    ],
)  # fmt: skip
def test_wrong_options(
    tmp_path: Path, options: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--out", str(tmp_path / "out"), *options]) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
