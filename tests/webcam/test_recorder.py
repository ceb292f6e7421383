# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
import threading
import time
from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from live_frames import disc, frame, image, until

from ftpvm.media import open_source
from ftpvm.media.composite import solid
from ftpvm.media.movie_writer import MovieCodec
from ftpvm.webcam.engine import Matted
from ftpvm.webcam.latest import Latest
from ftpvm.webcam.recorder import Places, Recording, RecordingSettings

BOTH = {"cutout": MovieCodec.FFV1, "composite": MovieCodec.H264}
TIMES = (100.0, 100.04, 100.05, 100.2, 100.4)  # seconds, at 25 frames per second
PLACES = [0, 1, 2, 5, 10]


def matted(shift: int, seconds: float) -> Matted:
    return Matted(frame(shift, seconds=seconds), disc(shift=shift).astype(np.float32), disc(shift=shift) / 1)


def record(folder: Path, codecs: dict[str, MovieCodec] = BOTH, times: tuple[float, ...] = TIMES) -> Recording:
    """A recording of frames that came at these times, and of none before."""
    results: Latest[Matted] = Latest()
    results.put(matted(9, 50.0))
    recording = Recording(results, 25, RecordingSettings(folder, codecs), lambda size: solid("#0000ff", size))
    for shift, (seconds, place) in enumerate(zip(times, PLACES, strict=False)):
        results.put(matted(shift, seconds))
        until(partial(took, recording, folder, place))
    return recording


def took(recording: Recording, folder: Path, place: int) -> bool:
    """Whether both movies have taken the frame of a place, or never will."""
    begun = folder.is_dir() and len(list(folder.iterdir())) == 2
    return not recording.running or (begun and recording.seconds >= place / 25)


def seen(path: Path) -> tuple[list[float], list[np.ndarray]]:
    """When the frames of a movie are shown, in seconds, and their planes as RGBA."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [float(f.pts * f.time_base) for f in frames], [f.to_ndarray(format="rgba") for f in frames]


def test_frames_stand_where_the_clock_had_them_in_both_movies(tmp_path: Path) -> None:
    recording = record(tmp_path)
    recording.finish()
    assert recording.problem == "" and not recording.running
    cutout, composite = sorted(recording.paths, reverse=True)
    assert cutout.name.startswith("webcam_20") and cutout.name.endswith("_cutout.mkv")
    assert composite.name == cutout.name.replace("_cutout.mkv", "_composite.mp4")
    for path in (cutout, composite):
        times, pictures = seen(path)
        assert times == pytest.approx([place / 25 for place in PLACES], abs=2e-3)
        for shift, picture in enumerate(pictures):
            inside = disc(shift=shift)
            colours = picture[..., :3].astype(float)
            assert np.abs(colours - image(shift=shift))[inside].mean() < 10
            if path == cutout:
                assert np.array_equal(picture[..., 3] > 128, inside)
                assert np.abs(colours - image(shift=shift)).mean() < 1
            else:
                assert np.abs(colours - (0, 0, 255))[~inside].mean() < 12
    assert len(open_source(cutout).frames) == 5 and recording.left_out == 0


def test_what_comes_while_a_movie_is_still_being_written_is_counted(tmp_path: Path) -> None:
    busy, free, results = threading.Event(), threading.Event(), Latest[Matted]()

    def background(size: tuple[int, int]) -> np.ndarray:
        busy.set()
        assert free.wait(60)
        return solid("#0000ff", size)

    recording = Recording(results, 25, RecordingSettings(tmp_path, {"composite": MovieCodec.H264}), background)
    results.put(matted(0, 1.0))
    assert busy.wait(60)
    for number in (1, 2, 3):
        results.put(matted(number, 1 + number / 25))
    free.set()
    until(lambda: recording.seconds == 3 / 25)
    recording.finish()
    assert recording.left_out == 2 and len(seen(recording.paths[0])[0]) == 2


@pytest.mark.parametrize(
    ("came", "places"),
    [
        ([0, 1.4, 1.6, 3.4, 3.6, 4.6, 6.4, 6.6], [0, 1, 2, 3, 4, 5, 6, 7]),  # steady, with jitter: all are there
        ([0, 1.6, 2.0, 3.0, 4.1], [0, 2, 3, 4, 5]),  # one that was late
        ([0, 1.9, 4.1, 6.0, 12.2], [0, 2, 4, 6, 12]),  # gaps stay
        ([0, 0.55, 1, 1.55, 2, 2.55, 3, 3.55], [0, 1, 2, 3, None, 4, None, 5]),  # twice as fast as the camera said
    ],
)
def test_every_frame_has_a_place_near_its_time(came: list[float], places: list[int | None]) -> None:
    movie = Places(25)
    assert [movie.of(100 + steps / 25) for steps in came] == places


def test_recordings_never_replace_each_other(tmp_path: Path) -> None:
    settings, now = RecordingSettings(tmp_path, BOTH), datetime(2026, 1, 2, 3, 4, 5)
    first = settings.paths(now)
    assert first["cutout"] == tmp_path / "webcam_2026-01-02_03-04-05_cutout.mkv"
    first["composite"].touch()
    second = settings.paths(now)
    assert {p.name for p in second.values()} == {
        "webcam_2026-01-02_03-04-05_2_cutout.mkv", "webcam_2026-01-02_03-04-05_2_composite.mp4"
    }  # fmt: skip


def test_before_the_disk_is_full_the_recording_ends_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = shutil.disk_usage, Counter[int]()

    def nearly_full(path: Path) -> Any:
        asked[threading.get_ident()] += 1  # each movie looks for itself
        return real(path) if asked[threading.get_ident()] < 3 else SimpleNamespace(free=10 * 2**20)

    monkeypatch.setattr("ftpvm.webcam.recorder.shutil.disk_usage", nearly_full)
    recording = record(tmp_path)
    until(lambda: not recording.running)
    assert "nearly full" in recording.problem and len(recording.paths) == 2 and not recording.lost
    assert all(len(seen(path)[0]) == 2 for path in recording.paths)
    recording.finish()


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recording = record(tmp_path / "file" / "folder")
    until(lambda: not recording.running)
    assert "folder" in recording.problem and recording.paths == [] and recording.lost


def test_a_recording_of_nothing_leaves_nothing(tmp_path: Path) -> None:
    recording = record(tmp_path, times=())
    time.sleep(0.05)
    assert recording.running and recording.seconds == 0
    recording.finish()
    assert recording.paths == [] and recording.problem == "" and not list(tmp_path.iterdir())


def test_a_camera_that_changes_its_size_ends_it_and_what_was_before_is_kept(tmp_path: Path) -> None:
    results: Latest[Matted] = Latest()
    recording = Recording(results, 25, RecordingSettings(tmp_path, BOTH), lambda size: solid("#0000ff", size))
    results.put(matted(0, 1.0))
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    large = frame(size=(192, 128), seconds=2.0)
    results.put(Matted(large, disc((192, 128)).astype(np.float32), None))
    until(lambda: not recording.running)
    assert "another size" in recording.problem
    assert len(recording.paths) == 2
