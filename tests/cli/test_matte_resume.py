# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte` again: what is done is never done twice, and however it was stopped, the same command goes on."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import numpy as np
import pytest
from command_shots import SIZE, Matte, arguments, movie, names, sequence, start, trimap

from ftpvm.cli import main
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.movie_writer import MovieWriter


def mattes(folder: Path) -> dict[str, np.ndarray]:
    """Every matte in a folder by file name; a truncated one fails to be read."""
    files = [name for name in names(folder) if name.endswith(".png")]
    return {name: MatteSequence(folder, "clip_matte").read(int(name.split(".")[1])) for name in files}


def test_again_and_after_a_correction(matte: Matte, tmp_path: Path, clip: Path) -> None:
    keyframes = {number: trimap(tmp_path / f"key {number}.png", x=40 + number) for number in (0, 2, 4)}
    first = matte(clip, keyframes, tmp_path / "out", "--json").last
    assert (first["event"], first["spans_run"], first["spans_kept"]) == ("done", 3, 0)

    again = matte(clip, keyframes, tmp_path / "out", "--json")
    assert len(again.events) == 1
    assert (again.last["frames_run"], again.last["spans_run"], again.last["spans_kept"]) == (0, 0, 3)
    assert "0 frames run, 3 spans were up to date" in matte(clip, keyframes, tmp_path / "out").out

    before = mattes(tmp_path / "out")
    trimap(tmp_path / "key 0.png", x=60)
    corrected = matte(clip, keyframes, tmp_path / "out", "--json")
    assert (corrected.last["spans_run"], corrected.last["spans_kept"]) == (1, 2)
    assert {tuple(e["span"]) for e in corrected.events[:-1]} == {(0, 1)}
    after = mattes(tmp_path / "out")
    assert [name for name in before if not np.array_equal(before[name], after[name])] == [
        "clip_matte.0000.png", "clip_matte.0001.png",
    ]  # fmt: skip


def test_a_deleted_matte_is_made_again(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    matte(clip, {1: key}, tmp_path / "out")
    (tmp_path / "out" / "clip_matte.0004.png").unlink()
    assert matte(clip, {1: key}, tmp_path / "out", "--json").last["spans_run"] == 1
    assert len(mattes(tmp_path / "out")) == 6


def test_another_source_of_the_same_name(matte: Matte, tmp_path: Path, key: Path) -> None:
    one, other = (sequence(tmp_path / folder, "shot.%04d.png", range(count)) for folder, count in (("a", 2), ("b", 3)))
    assert matte(one, {1: key}, tmp_path / "out").code == 0
    refused = matte(other, {1: key}, tmp_path / "out")
    assert refused.code == 3 and "a/shot.#.png" in refused.err and "folder or name" in refused.err
    assert matte(other, {1: key}, tmp_path / "out", "--name", "other").code == 0

    sequence(tmp_path / "a", "shot.%04d.png", range(3))  # the same source, rendered again
    assert matte(tmp_path / "a", {1: key}, tmp_path / "out", "--name", "shot_matte", "--json").last["frames_run"] > 0
    (tmp_path / "a").rename(tmp_path / "moved")
    assert matte(tmp_path / "moved", {1: key}, tmp_path / "out", "--name", "shot_matte").code == 0


def test_another_movie_of_the_same_folder(matte: Matte, tmp_path: Path, key: Path) -> None:
    one, other = movie(tmp_path / "sh010.mp4", 2), movie(tmp_path / "sh020.mp4", 3)
    assert matte(one, {1: key}, tmp_path / "out", "--name", "hero").code == 0
    refused = matte(other, {1: key}, tmp_path / "out", "--name", "hero")
    assert refused.code == 3 and "sh010.mp4" in refused.err

    movie(one, 3)  # the same movie, exported again
    assert matte(one, {1: key}, tmp_path / "out", "--name", "hero").code == 0


def test_a_movie_format_takes_over_the_stills(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    matte(clip, {1: key}, tmp_path / "out")
    assert matte(clip, {1: key}, tmp_path / "out", "--format", "ffv1", "--json").last["frames_run"] == 0
    assert (tmp_path / "out" / "clip_matte.mkv").is_file()


def test_a_movie_is_made_again_only_when_something_changed(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    out, options = tmp_path / "out", ["--range", "0:1", "--format", "ffv1"]
    assert matte(clip, {0: key}, out, *options).code == 0
    made = (out / "clip_matte.mkv").stat().st_mtime_ns
    again = matte(clip, {0: key}, out, *options, "--json")
    assert (out / "clip_matte.mkv").stat().st_mtime_ns == made
    assert again.last["files"] == [str(out / "clip_matte.mkv")]
    MatteSequence(out, "clip_matte").write(1, np.ones(SIZE[::-1]))  # retouched by hand
    assert matte(clip, {0: key}, out, *options).code == 0
    assert (out / "clip_matte.mkv").stat().st_mtime_ns > made


def test_no_other_run_changes_the_mattes_that_a_movie_is_made_of(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, codes = MovieWriter.write, []

    def write_while_another_run_corrects(self: MovieWriter, frame: np.ndarray) -> None:
        codes.append(main(arguments(clip, {1: key}, tmp_path / "out", weights, "--range", "0:1")))
        write(self, frame)

    monkeypatch.setattr(MovieWriter, "write", write_while_another_run_corrects)
    result = matte(clip, {0: key}, tmp_path / "out", "--range", "0:1", "--format", "ffv1")
    assert result.code == 0 and codes == [4, 4] and "Another run is writing" in result.err


def test_foreground_stills_are_made_again_only_when_one_is_gone(
    matte: Matte, tmp_path: Path, clip: Path, key: Path
) -> None:
    out, options = tmp_path / "out", ["--range", "0:1", "--foreground"]
    assert matte(clip, {0: key}, out, *options).code == 0
    stills = sorted(out.glob("clip_foreground.*.png"))
    made = [still.stat().st_mtime_ns for still in stills]
    assert len(stills) == 2 and matte(clip, {0: key}, out, *options).code == 0
    assert [still.stat().st_mtime_ns for still in stills] == made
    stills[1].unlink()
    assert matte(clip, {0: key}, out, *options).code == 0
    assert stills[1].is_file()
    assert matte(clip, {0: key}, out, *options, "--premultiplied").code == 0
    assert stills[0].stat().st_mtime_ns > made[0]


def read_progress(process: "subprocess.Popen[str]", share: float) -> None:
    """Read JSON lines until that share of the frames is done."""
    assert process.stdout is not None
    for line in process.stdout:
        progress = json.loads(line)
        assert progress["event"] == "progress", progress
        if progress["done"] >= share * progress["total"]:
            return
    raise AssertionError(process.communicate()[1])


def test_stopped_and_killed(matte: Matte, tmp_path: Path, weights: Path) -> None:
    clip, out = movie(tmp_path / "ein Clip" / "clip.mp4", 32), tmp_path / "Ausgabe 出力"
    keyframes = {0: trimap(tmp_path / "a.png", x=30), 31: trimap(tmp_path / "b.png", x=60)}
    words = arguments(clip, keyframes, out, weights, "--json")

    process = start(words)
    read_progress(process, 0)
    process.send_signal(signal.SIGINT)
    printed, complained = process.communicate(timeout=100)
    assert process.returncode == 130, complained
    stopped = json.loads(printed.splitlines()[-1])
    assert stopped["event"] == "stopped"
    assert "Run the same command again" in stopped["message"]
    assert "Traceback" not in complained

    process = start(words)
    read_progress(process, 0.75)
    process.kill()
    process.communicate(timeout=100)
    assert process.returncode == -signal.SIGKILL
    assert 0 < len(mattes(out)) < 32

    finished = matte(clip, keyframes, out, "--json").last
    assert finished["event"] == "done"
    assert finished["frames_resumed"] > 0
    whole = matte(clip, keyframes, tmp_path / "whole", "--json").last
    assert (whole["frames_run"], whole["frames_resumed"]) == (63, 0)
    resumed, uninterrupted = mattes(out), mattes(tmp_path / "whole")
    assert list(resumed.keys()) == list(uninterrupted.keys())
    assert len(resumed) == 32
    for name in resumed:
        # Processes with other numbers of threads round differently.
        assert np.mean(np.abs(resumed[name] - uninterrupted[name]) > 1e-4) < 1e-3, name
    assert names(out) == names(tmp_path / "whole")


def test_when_the_reader_of_its_lines_leaves_it_ends_and_goes_on_next_time(
    matte: Matte, tmp_path: Path, key: Path, weights: Path
) -> None:
    clip, out = movie(tmp_path / "clip.mp4", 32), tmp_path / "out"
    process = start(arguments(clip, {0: key}, out, weights, "--json"))
    assert process.stdout is not None and process.stdout.readline()
    process.stdout.close()
    assert process.wait(100) == 141
    assert process.stderr is not None and process.stderr.read() == ""
    process.stderr.close()
    assert matte(clip, {0: key}, out, "--json").last["frames_resumed"] > 0


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["ftpvm.model.checkpoint.load_network", "ftpvm.media.movie_writer.MovieWriter.write"])
def test_stopped_before_and_after_the_network(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(where, interrupt)
        result = matte(clip, {0: key}, tmp_path / "out", "--format", "prores")
    assert result.code == 130
    assert "Run the same command again to go on." in result.out
    assert result.err == ""
    if "network" not in where:
        assert len(mattes(tmp_path / "out")) == 6
        assert not [f for f in (tmp_path / "out").iterdir() if f.suffix == ".mov"]
    assert matte(clip, {0: key}, tmp_path / "out", "--format", "prores").code == 0
    assert (tmp_path / "out" / "clip_matte.mov").is_file()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 100 bytes: the kernel refuses in the middle of a file, as a full disk does."""
    limits = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_disk_that_fills_up(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = MatteSequence.write

    def write_until_full(self: MatteSequence, frame: int, matte: np.ndarray) -> None:
        if frame < 3:
            return write(self, frame, matte)
        with full_disk():
            return write(self, frame, matte)

    with monkeypatch.context() as patch:
        patch.setattr(MatteSequence, "write", write_until_full)
        result = matte(clip, {0: key}, tmp_path / "out", *options)
    assert result.code == 4
    assert result.err.startswith("ftpvm: The disk is full")
    assert "run it again" in result.err
    assert len(result.err.splitlines()) == 1
    if options:
        assert (result.last["event"], result.last["code"]) == ("error", "disk_full")
    assert sorted(mattes(tmp_path / "out")) == [f"clip_matte.{n:04d}.png" for n in range(3)]
    assert not list((tmp_path / "out").glob("*partial*"))

    assert matte(clip, {0: key}, tmp_path / "out").code == 0
    assert len(mattes(tmp_path / "out")) == 6


def test_a_movie_for_which_there_is_no_room(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert matte(clip, {0: key}, tmp_path / "out").code == 0
    with monkeypatch.context() as patch, full_disk():
        patch.setattr("ftpvm.shots.require_writable", lambda paths: None)
        result = matte(clip, {0: key}, tmp_path / "out", "--format", "prores")
    assert result.code == 4
    assert "disk is full" in result.err
    assert names(tmp_path / "out") == [*sorted(mattes(tmp_path / "out")), "clip_matte.ftpvm.json"]
    assert not list((tmp_path / "out").glob("*partial*"))
