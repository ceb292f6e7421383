# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
import time
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
from ftpvm.webcam.recorder import Recording, RecordingSettings

BOTH = {"cutout": MovieCodec.FFV1, "composite": MovieCodec.H264}
TIMES = (100.0, 100.04, 100.05, 100.2, 100.4)  # seconds; at 25 frames per second the third is one too many
PLACES = [0, 1, 5, 10]


def matted(shift: int, seconds: float) -> Matted:
    return Matted(frame(shift, seconds=seconds), disc(shift=shift).astype(np.float32), disc(shift=shift) / 1)


def record(folder: Path, codecs: dict[str, MovieCodec] = BOTH, times: tuple[float, ...] = TIMES) -> Recording:
    """A recording of frames that came at these times."""
    results: Latest[Matted] = Latest()
    recording = Recording(results, 25, RecordingSettings(folder, codecs), lambda size: solid("#0000ff", size))
    for shift, seconds in enumerate(times):
        results.put(matted(shift, seconds))
        until(partial(took, recording, folder, round((seconds - times[0]) * 25)))
    return recording


def took(recording: Recording, folder: Path, place: int) -> bool:
    """Whether the frame of a place has been taken, or never will be."""
    begun = folder.is_dir() and list(folder.iterdir())
    return not recording.running or bool(begun and recording.seconds >= place / 25)


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
        for picture, shift in zip(pictures, (0, 1, 3, 4), strict=True):
            inside = disc(shift=shift)
            colours = picture[..., :3].astype(float)
            assert np.abs(colours - image(shift=shift))[inside].mean() < 10
            if path == cutout:
                assert np.array_equal(picture[..., 3] > 128, inside)
                assert np.abs(colours - image(shift=shift)).mean() < 1
            else:
                assert np.abs(colours - (0, 0, 255))[~inside].mean() < 12
    assert len(open_source(cutout).frames) == 4


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
    real, asked = shutil.disk_usage, []

    def nearly_full(path: Path) -> Any:
        asked.append(path)
        return real(path) if len(asked) < 3 else SimpleNamespace(free=10 * 2**20)

    monkeypatch.setattr("ftpvm.webcam.recorder.shutil.disk_usage", nearly_full)
    recording = record(tmp_path)
    until(lambda: not recording.running)
    assert "nearly full" in recording.problem and len(recording.paths) == 2
    assert all(len(seen(path)[0]) == 2 for path in recording.paths)
    recording.finish()


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recording = record(tmp_path / "file" / "folder")
    until(lambda: not recording.running)
    assert "folder" in recording.problem and recording.paths == []


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
    until(lambda: list(tmp_path.iterdir()))
    large = frame(size=(192, 128), seconds=2.0)
    results.put(Matted(large, disc((192, 128)).astype(np.float32), None))
    until(lambda: not recording.running)
    assert "another size" in recording.problem
    assert len(recording.paths) == 2
