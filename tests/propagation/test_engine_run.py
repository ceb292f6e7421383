# SPDX-License-Identifier: GPL-3.0-or-later
"""From keyframes to mattes: what the engine writes is what the network says, frame by frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import write_movie
from tiny_shots import (
    STEP,
    a_clip,
    a_propagator,
    a_shot,
    a_trimap,
    assert_same,
    by_hand,
    followed_run,
    left_behind,
    mattes_of,
    picture,
)

from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.source import open_source
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Keyframe, Settings, Shot
from ftpvm.propagation.refine import impose


def assert_obeys(matte: np.ndarray, trimap: np.ndarray) -> None:
    assert (matte[trimap == 1] == 1).all() and (matte[trimap == 0] == 0).all()


def test_after_the_only_keyframe_it_is_the_network_forward(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(3, 10), [3])
    report = followed_run(a_propagator(network), shot)
    after = by_hand(network, shot, range(3, 10), 3)
    _, _, boundary = next(after)
    expected = {3: impose(boundary, shot.keyframes[0].trimap), **{n: full for n, full, _ in after}}
    assert_same(mattes_of(shot), expected)
    assert (report.spans_run, report.spans_kept, report.frames_run, report.frames_resumed) == (1, 0, 7, 0)
    assert not report.stopped and report.resolution == 64 and report.warnings == []
    assert left_behind(shot) == []


def test_before_the_only_keyframe_it_is_the_network_backward(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(0, 6), [5])
    followed_run(a_propagator(network), shot)
    expected = {n: full for n, full, _ in by_hand(network, shot, range(5, -1, -1), 5) if n != 5}
    assert_same({n: matte for n, matte in mattes_of(shot).items() if n != 5}, expected)


def test_between_two_keyframes_both_directions_are_blended_by_distance(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(0, 7), [6, 0])  # in any order
    report = followed_run(a_propagator(network), shot)
    forward = {n: full for n, full, _ in by_hand(network, shot, range(0, 6), 0, 6)}
    backward = {n: full for n, full, _ in by_hand(network, shot, range(6, 0, -1), 0, 6)}
    expected = {n: (1 - n / 6) * forward[n] + n / 6 * backward[n] for n in range(1, 6)}
    assert_same({n: matte for n, matte in mattes_of(shot).items() if 0 < n < 6}, expected)
    assert (report.spans_run, report.frames_run) == (2, 6 + 6 + 1)
    assert left_behind(shot) == []


@pytest.mark.parametrize(("direction", "order"), [("forward", range(0, 6)), ("backward", range(5, 0, -1))])
def test_one_direction_by_choice(tmp_path: Path, network: FTPVM, direction: str, order: range) -> None:
    shot = a_shot(tmp_path, range(0, 6), [0, 5], direction=direction)
    followed_run(a_propagator(network), shot)
    expected = {n: full for n, full, _ in by_hand(network, shot, order, 0, 5) if 0 < n < 5}
    assert_same({n: matte for n, matte in mattes_of(shot).items() if 0 < n < 5}, expected)


@pytest.mark.parametrize(("direction", "written"), [("forward", range(3, 8)), ("backward", range(0, 4))])
def test_frames_a_forced_direction_cannot_reach_are_told(
    tmp_path: Path, network: FTPVM, direction: str, written: range
) -> None:
    shot = a_shot(tmp_path, range(0, 8), [3], direction=direction)
    report = followed_run(a_propagator(network), shot)
    assert [n for n in shot.frames if shot.mattes.is_whole(n)] == list(written)
    assert len(report.warnings) == 1 and report.warnings[0].startswith(f"{8 - len(written)} frame(s)")


def test_on_every_keyframe_the_artist_wins(tmp_path: Path, network: FTPVM) -> None:
    source = a_clip(tmp_path / "plate", range(0, 6))
    keyframes = [Keyframe(n, a_trimap(shift=n)) for n in source.frames]
    shot = Shot(source, keyframes, source.frames, MatteSequence(tmp_path / "out", "m"))
    report = followed_run(a_propagator(network), shot)
    for keyframe in keyframes:
        matte = shot.mattes.read(keyframe.frame)
        assert_obeys(matte, keyframe.trimap)
        (_, _, boundary), = by_hand(network, shot, range(keyframe.frame, keyframe.frame + 1), *(
            n for n in (keyframe.frame, keyframe.frame + 1) if n in source.frames
        ))  # fmt: skip
        assert np.abs(matte - boundary)[keyframe.trimap == 0.5].max() < 2 * STEP
    assert report.frames_run == 6


def test_where_the_object_is_not_there_the_matte_is_empty(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(0, 5), [0, 2])
    nothing = Keyframe(2, np.zeros((48, 64), np.float32))
    shot = replace(shot, keyframes=[shot.keyframes[0], nothing])
    followed_run(a_propagator(network), shot)
    mattes = mattes_of(shot)
    assert mattes[2].max() == 0
    assert_obeys(mattes[0], shot.keyframes[0].trimap)


@pytest.mark.parametrize("size", [(48, 64), (33, 17), (63, 49), (5, 3), (1, 1)])
def test_any_size(tmp_path: Path, network: FTPVM, size: tuple[int, int]) -> None:
    shot = a_shot(tmp_path, range(0, 3), [1], size=size)
    followed_run(a_propagator(network), shot)
    mattes = mattes_of(shot)
    assert {matte.shape[::-1] for matte in mattes.values()} == {size}
    assert_obeys(mattes[1], a_trimap(size))


@pytest.mark.parametrize("size", [(101, 75), (75, 101)])
def test_below_the_frame_size(tmp_path: Path, network: FTPVM, size: tuple[int, int]) -> None:
    shot = a_shot(tmp_path, range(0, 4), [0, 3], size=size, resolution=64)
    report = followed_run(a_propagator(network), shot)
    mattes = mattes_of(shot)
    assert report.resolution == 64
    assert {matte.shape[::-1] for matte in mattes.values()} == {size}
    assert_obeys(mattes[0], a_trimap(size))
    assert_obeys(mattes[3], a_trimap(size))


def test_a_picture_from_elsewhere_is_remembered_and_decides_on_no_frame(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(0, 5), [0])
    elsewhere = Keyframe(0, a_trimap(), image=picture(40).astype(np.float32) / 255)
    shot = replace(shot, keyframes=[elsewhere])
    followed_run(a_propagator(network), shot)
    expected = {n: full for n, full, _ in by_hand(network, shot, range(5), 0)}
    assert_same(mattes_of(shot), expected)
    assert np.abs(a_propagator(network).preview(shot, 0) - expected[0]).max() < 1e-4


def test_a_shot_of_one_frame(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(1001, 1002), [1001])
    assert followed_run(a_propagator(network), shot).frames_run == 1
    assert_obeys(shot.mattes.read(1001), a_trimap())


def test_a_range_inside_a_movie_with_long_gops(tmp_path: Path, network: FTPVM) -> None:
    path = write_movie(tmp_path / "clip.mp4", 24, size=(160, 96), options={"g": "24", "bf": "2"})
    keyframes = [Keyframe(n, a_trimap((160, 96))) for n in (11, 15)]
    shot = Shot(open_source(path), keyframes, range(9, 18), MatteSequence(tmp_path / "out", "m"), Settings())
    report = followed_run(a_propagator(network), shot)
    forward = {n: full for n, full, _ in by_hand(network, shot, range(11, 15), 11, 15)}
    backward = {n: full for n, full, _ in by_hand(network, shot, range(15, 11, -1), 11, 15)}
    mattes = mattes_of(shot)
    assert_same({13: mattes[13]}, {13: (forward[13] + backward[13]) / 2})
    assert report.frames_run == 3 + 8 + 3
    assert not shot.mattes.is_whole(8) and not shot.mattes.is_whole(18)
