# SPDX-License-Identifier: GPL-3.0-or-later
"""Only what changed is run again."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import write_still
from tiny_shots import (
    STEP,
    a_clip,
    a_network,
    a_propagator,
    a_shot,
    a_trimap,
    assert_same,
    followed_run,
    left_behind,
    mattes_of,
    picture,
)

from ftpvm.atomic import temporary_beside
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.source import open_source
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Keyframe, Settings, Shot

FRAMES, KEYFRAMES = range(0, 12), [2, 5, 8]  # spans of 0-1, 2-4, 5-7, 8-11


def stale(network: FTPVM, shot: Shot) -> list[int]:
    """The first frame of every span that a run would run."""
    return [span.frames[0] for span, _, done in a_propagator(network).plan(shot) if not done]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, network: FTPVM) -> Shot:
    shot = a_shot(tmp_path_factory.mktemp("done"), FRAMES, KEYFRAMES)
    assert stale(network, shot) == [0, 2, 5, 8]
    report = followed_run(a_propagator(network), shot)
    assert (report.spans_run, report.spans_kept) == (4, 0)
    return shot


@pytest.fixture
def done(tmp_path: Path, finished: Shot) -> Shot:
    """A shot that was run, moved to a folder of its own."""
    shutil.copytree(finished.mattes.folder.parent, tmp_path, dirs_exist_ok=True)
    source = open_source(tmp_path / "plate" / "plate.%04d.png")
    return replace(finished, source=source, mattes=MatteSequence(tmp_path / "out", "m"))


def test_nothing_changed_nothing_run(done: Shot, network: FTPVM) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.mattes.folder.iterdir()}
    report = followed_run(a_propagator(network), done)
    assert (report.frames_run, report.spans_run, report.spans_kept) == (0, 0, 4)
    assert {path: path.stat().st_mtime_ns for path in done.mattes.folder.iterdir()} == before


def test_a_corrected_keyframe_reruns_its_two_neighbouring_spans(done: Shot, network: FTPVM, tmp_path: Path) -> None:
    kept = {n: done.mattes.path(n).read_bytes() for n in (0, 1, 8, 9, 10, 11)}
    corrected = [k if k.frame != 5 else Keyframe(5, a_trimap(shift=3)) for k in done.keyframes]
    shot = replace(done, keyframes=corrected)
    assert stale(network, shot) == [2, 5]
    assert followed_run(a_propagator(network), shot).spans_run == 2
    assert {n: shot.mattes.path(n).read_bytes() for n in kept} == kept
    fresh = replace(shot, mattes=MatteSequence(tmp_path / "fresh", "m"))
    followed_run(a_propagator(network), fresh)
    assert_same(mattes_of(shot), mattes_of(fresh))


def test_a_corrected_pixel_is_a_correction(done: Shot, network: FTPVM) -> None:
    trimap = a_trimap()
    trimap[0, 0] = 0.5
    shot = replace(done, keyframes=[Keyframe(2, trimap), *done.keyframes[1:]])
    assert stale(network, shot) == [0, 2]


def test_another_picture_from_elsewhere_is_a_correction(done: Shot, network: FTPVM) -> None:
    image = picture(40).astype(np.float32) / 255
    given, brighter = (Keyframe(2, a_trimap(), image=i) for i in (image, image + STEP))
    assert stale(network, replace(done, keyframes=[given, *done.keyframes[1:]])) == [0, 2]
    assert given.fingerprint != brighter.fingerprint


def test_a_new_keyframe_splits_only_its_span(done: Shot, network: FTPVM) -> None:
    shot = replace(done, keyframes=[*done.keyframes, Keyframe(10, a_trimap())])
    assert stale(network, shot) == [8, 10]


@pytest.mark.parametrize(
    "harm",
    [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-20]), lambda path: path.write_bytes(b"")],
    ids=["deleted", "truncated", "emptied"],
)
def test_a_lost_matte_is_made_again(done: Shot, network: FTPVM, harm: Callable[[Path], object]) -> None:
    before = mattes_of(done)
    harm(done.mattes.path(6))
    assert stale(network, done) == [5]
    followed_run(a_propagator(network), done)
    assert_same(mattes_of(done), before)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text("{"), lambda path: path.write_text("[]")])
def test_a_lost_manifest_counts_as_nothing_done(done: Shot, network: FTPVM, harm: Callable[[Path], object]) -> None:
    harm(done.mattes.folder / "m.ftpvm.json")
    assert stale(network, done) == [0, 2, 5, 8]


def test_other_weights_redo_everything(done: Shot) -> None:
    assert stale(a_network(seed=2), done) == [0, 2, 5, 8]


def test_another_working_size_redoes_everything(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(0, 3), [1], size=(80, 60), resolution=64)
    followed_run(a_propagator(network), shot)
    assert stale(network, replace(shot, settings=Settings(resolution=70))) == [0, 1]
    assert stale(network, replace(shot, settings=Settings(resolution=64))) == []


def test_a_resolution_above_the_frame_size_changes_nothing(done: Shot, network: FTPVM) -> None:
    assert stale(network, replace(done, settings=Settings(resolution=2048))) == []


def test_a_changed_source_redoes_everything(done: Shot, network: FTPVM, tmp_path: Path) -> None:
    write_still(tmp_path / "plate" / "plate.0003.png", picture(40))
    assert stale(network, replace(done, source=a_clip(tmp_path / "plate", range(0)))) == [0, 2, 5, 8]


def test_another_format_redoes_everything(done: Shot, network: FTPVM) -> None:
    exr = replace(done, mattes=MatteSequence(done.mattes.folder, "m", "exr"))
    assert stale(network, exr) == [0, 2, 5, 8]


def test_another_direction_redoes_what_differs(done: Shot, network: FTPVM) -> None:
    forward = replace(done, settings=Settings(direction="forward"))
    assert stale(network, forward) == [2, 5]
    followed_run(a_propagator(network), forward)
    assert stale(network, forward) == []
    assert stale(network, done) == [2, 5]


def test_a_wider_range_redoes_only_the_end_that_grew(tmp_path: Path, network: FTPVM) -> None:
    whole = a_shot(tmp_path, range(0, 9), [2, 5])
    followed_run(a_propagator(network), replace(whole, frames=range(0, 7)))
    assert stale(network, whole) == [5]


def test_a_warm_propagator_gives_what_a_new_one_gives(done: Shot, network: FTPVM, tmp_path: Path) -> None:
    warm = a_propagator(network)
    followed_run(warm, replace(done, mattes=MatteSequence(tmp_path / "before", "m")))
    corrected = replace(done, keyframes=[Keyframe(k.frame, a_trimap(shift=3)) for k in done.keyframes])
    mattes = []
    for propagator in (warm, a_propagator(network)):
        shot = replace(corrected, mattes=MatteSequence(tmp_path / f"after {len(mattes)}", "m"))
        followed_run(propagator, shot)
        mattes.append(mattes_of(shot))
    assert_same(*mattes)


def test_what_killed_runs_left_is_removed(done: Shot, network: FTPVM) -> None:
    abandoned = temporary_beside(done.mattes.path(3))
    abandoned.write_bytes(b"half a png")
    os.utime(abandoned, (0, 0))
    orphan = done.mattes.folder / ".ftpvm" / "m.0123456789-64x48"
    orphan.mkdir(parents=True)
    (orphan / "0000003.u16").write_bytes(b"old")
    followed_run(a_propagator(network), done)
    assert left_behind(done) == []
