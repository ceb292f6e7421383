# SPDX-License-Identifier: GPL-3.0-or-later
import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from live_frames import SIZE, Flaky, image, movie, until

from ftpvm.errors import SourceError
from ftpvm.webcam import capture as capture_module
from ftpvm.webcam.camera import DeviceCamera, open_camera
from ftpvm.webcam.capture import Capture
from ftpvm.webcam.latest import Latest


def test_a_movie_plays_at_its_own_rate_and_begins_again_as_a_new_scene(tmp_path: Path) -> None:
    camera = open_camera(str(movie(tmp_path / "clip.mp4", 8, fps=50)))
    assert (camera.name, camera.size, camera.fps) == ("clip.mp4", SIZE, 50)
    began, frames = time.monotonic(), list(itertools.islice(camera.frames(), 20))
    assert time.monotonic() - began > 0.3
    assert [f.scene for f in frames] == [0] * 8 + [1] * 8 + [2] * 4
    for number, one in enumerate(frames):
        assert one.image.dtype == np.uint8
        assert np.abs(one.image.astype(float) - image(shift=number % 8)).mean() < 8
    steps = np.diff([f.seconds for f in frames])
    assert steps.min() > -1e-3


def test_a_camera_that_is_not_there_is_said_so() -> None:
    with pytest.raises(SourceError, match=r"Camera 63 isn't there.*--source"):
        open_camera("63")
    with pytest.raises(SourceError):
        open_camera("nowhere.mp4")


class FakeCapture:
    """What OpenCV gives for a camera that is pulled out after two frames and plugged in again."""

    opened, fps = 0, 0.0

    def __init__(self, number: int) -> None:
        FakeCapture.opened += 1
        self.left = 3  # one to see its size

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, image()[..., ::-1].copy()) if self.left >= 0 else (False, None)

    def get(self, what: int) -> float:
        return FakeCapture.fps

    def release(self) -> None:
        self.left = -1


def test_a_camera_pulled_out_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftpvm.webcam.camera.cv2.VideoCapture", FakeCapture)
    camera = DeviceCamera(0)
    assert camera.size == SIZE and camera.fps == 30
    for scene in (0, 1):
        frames = []
        with pytest.raises(SourceError, match="plug it in again"):
            for one in camera.frames():
                frames.append(one)
        assert len(frames) == 2 and {f.scene for f in frames} == {scene}
        assert np.array_equal(frames[0].image, image())
    assert FakeCapture.opened == 2


@pytest.mark.parametrize(("said", "taken"), [(-1.0, 30), (float("nan"), 30), (1e9, 30), (29.97, 29.97)])
def test_a_frame_rate_that_can_not_be_is_not_believed(
    said: float, taken: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftpvm.webcam.camera.cv2.VideoCapture", FakeCapture)
    monkeypatch.setattr(FakeCapture, "fps", said)
    assert DeviceCamera(0).fps == taken


def test_while_no_picture_comes_there_is_a_sentence_and_then_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "_RETRY", 0.3)
    reading = Capture(Flaky([SourceError("It was pulled out.")]))
    until(lambda: reading.problem == "It was pulled out.")
    until(lambda: not reading.problem)
    assert reading.frames.newest is not None
    monkeypatch.setattr(capture_module, "_SILENT", -1.0)
    assert "No picture has come from the camera" in reading.problem
    reading.stop()
    assert reading.error is None


def test_what_nobody_foresaw_is_handed_over_to_be_raised() -> None:
    reading = Capture(Flaky([ZeroDivisionError()]))
    until(lambda: reading.error is not None)
    assert isinstance(reading.error, ZeroDivisionError)
    reading.stop()


def test_whoever_is_slow_gets_the_newest_and_nobody_waits_for_him() -> None:
    latest: Latest[str] = Latest()
    assert latest.after(0, 0.01) == (0, None) and latest.newest is None
    for word in ("a", "b", "c"):
        latest.put(word)
    assert latest.after(0, 1) == (3, "c") and latest.after(3, 0.01) == (3, None) and latest.newest == "c"
