# SPDX-License-Identifier: GPL-3.0-or-later
"""Stopped, broken off or out of disk: finished frames are whole, and the next run goes on where this one was."""

import resource
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tiny_shots import a_propagator, a_shot, a_trimap, assert_same, followed_run, left_behind, mattes_of

from ftpvm.errors import DiskFullError, SourceError
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Keyframe, Progress, Shot, ledger
from ftpvm.propagation.shot import Frames

# Spans: 0-1 backward from 2, which is 3 network frames; 2-8 both ways, 7 + 7; 9-12 forward, 4.
FRAMES, KEYFRAMES, WORK = range(0, 13), [2, 9], 3 + 7 + 7 + 4
CHUNK = 2


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, network: FTPVM) -> dict[int, np.ndarray]:
    shot = a_shot(tmp_path_factory.mktemp("whole"), FRAMES, KEYFRAMES)
    assert followed_run(a_propagator(network), shot).frames_run == WORK
    return mattes_of(shot)


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    return a_shot(tmp_path, FRAMES, KEYFRAMES)


# In the first span, at its end, in the first and the second pass of the second and at their ends, in the third.
@pytest.mark.parametrize("stop_after", [1, 3, 4, 7, 10, 11, 14, 17, 19])
def test_stopped_and_run_again_it_is_as_if_never_stopped(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray], stop_after: int
) -> None:
    first = followed_run(a_propagator(network), shot, stop_after=stop_after)
    assert first.stopped and stop_after <= first.frames_run < stop_after + CHUNK
    assert all(shot.mattes.read(n).shape == (48, 64) for n in FRAMES if shot.mattes.path(n).exists())
    second = followed_run(a_propagator(network), shot)
    finished = [3, 14, 4][: first.spans_run]
    assert second.frames_resumed == first.frames_run - sum(finished)
    assert first.frames_run + second.frames_run == WORK
    assert first.spans_run + second.spans_run == 3
    assert_same(mattes_of(shot), uninterrupted)
    assert left_behind(shot) == []


def test_stopped_after_every_chunk_no_frame_is_run_twice(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray]
) -> None:
    propagator, ran = a_propagator(network), [0]
    while len(ran) < 30:
        report = followed_run(propagator, shot, stop_after=1)
        ran.append(report.frames_run)
        if not report.stopped:
            break
    assert max(ran) <= CHUNK and sum(ran) == WORK
    assert_same(mattes_of(shot), uninterrupted)
    assert left_behind(shot) == []


def test_a_stop_that_is_there_from_the_start_touches_nothing(shot: Shot, network: FTPVM) -> None:
    followed_run(a_propagator(network), shot)
    other = replace(shot, keyframes=[Keyframe(2, a_trimap(shift=2)), shot.keyframes[1]])
    report = followed_run(a_propagator(network), other, stop_after=0)
    assert report.stopped and report.frames_run == 0
    assert all(done for _, _, done in a_propagator(network).plan(shot))


def test_a_stopped_run_gives_the_memory_of_apples_gpus_back_too(
    shot: Shot, network: FTPVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[bool] = []
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: given_back.append(True))
    assert followed_run(a_propagator(network), shot, stop_after=1).stopped and given_back


def test_a_finished_shot_is_not_stopped(shot: Shot, network: FTPVM) -> None:
    followed_run(a_propagator(network), shot)
    assert not followed_run(a_propagator(network), shot, stop_after=0).stopped


def test_mattes_of_another_version_are_not_resumed_upon(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray]
) -> None:
    assert followed_run(a_propagator(network), shot, stop_after=19).stopped
    other = replace(shot, keyframes=[Keyframe(k.frame, a_trimap(shift=4)) for k in shot.keyframes])
    followed_run(a_propagator(network), other)
    assert left_behind(shot) == []
    report = followed_run(a_propagator(network), shot)
    assert (report.frames_run, report.frames_resumed) == (WORK, 0)
    assert_same(mattes_of(shot), uninterrupted)


def test_mattes_of_an_older_engine_are_neither_kept_nor_resumed_upon(
    shot: Shot, network: FTPVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(ledger, "ENGINE_VERSION", 1)
        assert followed_run(a_propagator(network), shot, stop_after=19).stopped
    report = followed_run(a_propagator(network), shot)
    assert (report.frames_run, report.frames_resumed, report.spans_kept) == (WORK, 0, 0)


@pytest.mark.parametrize(
    ("stop_after", "lost"),
    [(8, "m.0002.png"), (15, "m.0008.png"), (8, ".ftpvm/*/0000004.u16"), (8, ".ftpvm/*/recurrent.safetensors")],
)
def test_where_work_in_progress_got_lost_the_span_starts_over(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray], stop_after: int, lost: str
) -> None:
    assert followed_run(a_propagator(network), shot, stop_after=stop_after).stopped
    (path,) = shot.mattes.folder.glob(lost)
    path.write_bytes(path.read_bytes()[:-1])
    second = followed_run(a_propagator(network), shot)
    assert (second.frames_run, second.frames_resumed) == (WORK - 3, 0)
    assert_same(mattes_of(shot), uninterrupted)


def test_what_a_gpu_began_in_half_precision_goes_on_the_cpu(shot: Shot, network: FTPVM) -> None:
    first = followed_run(a_propagator(network), shot, stop_after=8)
    (path,) = shot.mattes.folder.glob(".ftpvm/*/recurrent.safetensors")
    with safe_open(path, "pt") as file:
        place, states = file.metadata(), {key: file.get_tensor(key).half() for key in file.keys()}  # noqa: SIM118
    save_file(states, path, place)
    second = followed_run(a_propagator(network), shot)
    assert second.frames_resumed == first.frames_run - 3
    assert all(map(shot.mattes.is_whole, FRAMES))


def test_two_sequences_in_one_folder_keep_their_own_work(shot: Shot, network: FTPVM) -> None:
    neighbour = replace(shot, mattes=MatteSequence(shot.mattes.folder, "m.2"))
    first = followed_run(a_propagator(network), shot, stop_after=6)
    followed_run(a_propagator(network), neighbour, stop_after=6)
    assert followed_run(a_propagator(network), shot).frames_run == WORK - first.frames_run
    assert followed_run(a_propagator(network), neighbour).frames_run == WORK - first.frames_run
    assert not (shot.mattes.folder / ".ftpvm").exists()


def test_while_it_goes_on_the_file_that_it_was_kept_in_can_be_replaced(shot: Shot, network: FTPVM) -> None:
    followed_run(a_propagator(network), shot, stop_after=8)
    (path,) = shot.mattes.folder.glob(".ftpvm/*/recurrent.safetensors")

    def refuse_as_windows_does(progress: Progress) -> None:
        assert str(path) not in Path("/proc/self/maps").read_text()

    a_propagator(network).run(shot, on_progress=refuse_as_windows_does)


@dataclass
class Broken:
    """Another source that breaks at a frame."""

    source: Frames
    at: int
    error: Exception

    def __post_init__(self) -> None:
        self.frames, self.size = self.source.frames, self.source.size

    def identity(self) -> str:
        return self.source.identity()

    def origin(self) -> str:
        return self.source.origin()

    def read(self, numbers: range) -> Iterator[tuple[int, np.ndarray]]:
        for number, image in self.source.read(numbers):
            if number == self.at and len(numbers) > 1:
                raise self.error
            yield number, image


@pytest.mark.parametrize(("at", "run_before"), [(1, 1), (6, 3 + 3), (12, 3 + 14 + 3)])
def test_a_damaged_frame_is_told_and_all_before_it_kept(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray], at: int, run_before: int
) -> None:
    seen: list[Progress] = []
    broken = replace(shot, source=Broken(shot.source, at, SourceError("frame is damaged")))
    with pytest.raises(SourceError, match="damaged"):
        a_propagator(network).run(broken, on_progress=seen.append)
    assert len(seen) == run_before
    report = followed_run(a_propagator(network), shot)
    assert report.frames_run == WORK - run_before
    assert_same(mattes_of(shot), uninterrupted)


@pytest.mark.parametrize("at", [1, 5, 12, 20])
def test_broken_off_by_the_keyboard(shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray], at: int) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        a_propagator(network).run(shot, on_progress=interrupt)
    report = followed_run(a_propagator(network), shot)
    assert WORK - at <= report.frames_run <= WORK - at + CHUNK
    assert_same(mattes_of(shot), uninterrupted)
    assert left_behind(shot) == []


@pytest.fixture
def disk() -> Iterator["Disk"]:
    disk = Disk()
    yield disk
    disk.fill(False)


class Disk:
    """When full, no file grows beyond half a kilobyte: the kernel refuses in the middle of a write, as disks do."""

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, full: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, self.limits[1]) if full else self.limits)


@pytest.mark.parametrize("at", [1, 8, 14, 20])
def test_a_disk_that_fills_up(
    shot: Shot, network: FTPVM, uninterrupted: dict[int, np.ndarray], disk: Disk, at: int
) -> None:
    seen: list[Progress] = []

    def follow(progress: Progress) -> None:
        seen.append(progress)
        disk.fill(progress.done >= at)

    with pytest.raises(DiskFullError, match="free some space"):
        a_propagator(network, snapshot_every=2).run(shot, on_progress=follow)
    disk.fill(False)
    # The writer lags behind by a full queue at most, and says so at the next frame.
    assert at <= len(seen) <= at + 2 * CHUNK + 5
    written = [n for n in FRAMES if shot.mattes.path(n).exists()]
    assert all(shot.mattes.read(n).shape == (48, 64) for n in written)
    assert not [path for path in shot.mattes.folder.rglob("*") if "partial" in path.name]
    report = followed_run(a_propagator(network), shot)
    assert report.frames_run <= WORK - (at - 2 * CHUNK - 5)
    assert_same(mattes_of(shot), uninterrupted)
    assert left_behind(shot) == []


def test_what_is_lost_reaches_back_to_the_last_snapshot(tmp_path: Path, network: FTPVM, disk: Disk) -> None:
    shot = a_shot(tmp_path, range(0, 24), [0])
    with pytest.raises(DiskFullError):
        a_propagator(network, snapshot_every=4).run(shot, on_progress=lambda p: disk.fill(p.done >= 20))
    disk.fill(False)
    report = followed_run(a_propagator(network), shot)
    waiting, since_the_snapshot = CHUNK, 4
    assert 20 - waiting - since_the_snapshot - CHUNK <= report.frames_resumed <= 20
    assert report.frames_run + report.frames_resumed == 24
