# SPDX-License-Identifier: GPL-3.0-or-later
"""The session as its keys and mouse drive it, over a real movie and network, without a window."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from live_frames import SIZE, Flaky, movie, runner, until

from ftpvm.errors import SourceError
from ftpvm.media.movie_writer import MovieCodec
from ftpvm.propagation import NetworkRunner
from ftpvm.propagation.device import OutOfMemoryError
from ftpvm.webcam.camera import Camera, open_camera
from ftpvm.webcam.engine import LiveMatting
from ftpvm.webcam.keys import LIVE, PAINTING, keys, press
from ftpvm.webcam.painting import Brush
from ftpvm.webcam.rate import RateHolder
from ftpvm.webcam.recorder import RecordingSettings
from ftpvm.webcam.session import Session
from ftpvm.webcam.views import Backgrounds


@pytest.fixture(scope="module")
def network() -> NetworkRunner:
    torch.set_num_threads(1)
    return runner()


def a_session(network: NetworkRunner, camera: Camera, out: Path) -> Session:
    matting = LiveMatting(network), RateHolder([96, 64], 1.0)
    return Session(camera, matting, Backgrounds("#0000ff"), RecordingSettings(out, {"cutout": MovieCodec.FFV1}))


@pytest.fixture
def session(network: NetworkRunner, tmp_path: Path) -> Iterator[Session]:
    before = set(threading.enumerate())
    session = a_session(network, open_camera(str(movie(tmp_path / "clip.mp4"))), tmp_path / "out")
    until(lambda: session.picture(SIZE) is not None)
    yield session
    session.close()
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert not [name for name in left if name.startswith("ftpvm-") and "foreground" not in name]


def drag(session: Session, *points: tuple[float, float]) -> None:
    session.press_at(points[0])
    for point in points[1:]:
        session.drag_to(point)
    session.release()


def mark(session: Session) -> None:
    """Freeze, drag a box around the disc wherever it is, and wait for the cut."""
    press(session, "space")
    drag(session, (25, 8), (50, 30), (85, 56))
    until(lambda: session.tick() or not session.message)


def picture(session: Session) -> np.ndarray:
    drawn = session.picture(SIZE)
    assert drawn is not None
    return drawn


def shown(session: Session) -> str:
    return " | ".join(session.status)


def test_from_the_camera_over_a_box_to_a_matte_and_back(session: Session) -> None:
    assert "Space" in session.message and shown(session) == "camera | 0 keyframes"
    mark(session)
    assert session.painting is not None and set(np.unique(session.painting.levels)) == {0, 0.5, 1}
    assert picture(session) is picture(session)  # frozen
    press(session, "return")
    assert shown(session) == "composite over #0000ff | 1 keyframe" and not session.message
    until(lambda: (picture(session)[..., 2] == 255).any())  # the background
    assert "at 96x64" in session.speed
    pictures = {key: (press(session, key), picture(session))[1] for key in "mta"}
    assert set(np.unique(pictures["t"])) <= {0, 128, 255} and len(np.unique(pictures["m"])) > 20
    assert (pictures["m"][..., 0] == pictures["m"][..., 2]).all()
    assert (pictures["a"][..., 0] != pictures["a"][..., 2]).any() and shown(session) == "all | 1 keyframe"


def test_keyframes_are_added_or_replaced_while_it_runs(session: Session) -> None:
    for key, count in (("return", 1), ("a", 2), ("a", 3), ("return", 1)):
        mark(session)
        press(session, key)
        assert session.painting is None and f"{count} keyframe" in shown(session)
    until(lambda: (picture(session)[..., 2] == 255).any())  # matted, over the background
    press(session, "space")
    assert session.painting is not None and not np.isnan(session.painting.levels).any()  # the prediction
    press(session, "escape")
    assert session.painting is None and "1 keyframe" in shown(session)


def test_brushes_paint_and_undo_takes_back(session: Session) -> None:
    press(session, "space")
    levels = lambda: session.painting.levels  # type: ignore[union-attr]  # noqa: E731
    for key, brush, x in (("f", Brush.FOREGROUND, 30), ("u", Brush.UNKNOWN, 50), ("b", Brush.BACKGROUND, 70)):
        press(session, key)
        assert brush.name.lower() in shown(session)
        drag(session, (x, 10), (x, 50))
        assert levels()[30, x] == brush.value
    press(session, "z")
    assert np.isnan(levels()[30, 70]) and levels()[30, 50] == 0.5
    wide = session.radius
    press(session, "up")
    assert session.radius > wide
    session.resize_brush(-200)
    assert session.radius == 1
    press(session, "backspace")
    assert np.isnan(levels()).all()
    press(session, "z")
    press(session, "z")
    press(session, "z")
    press(session, "z")
    assert "nothing to undo" in session.message


@pytest.mark.parametrize("key", ["z", "backspace"])
def test_a_stroke_taken_back_while_it_is_drawn_is_over(session: Session, key: str) -> None:
    press(session, "space")
    press(session, "f")
    session.press_at((20, 20))
    session.drag_to((30, 20))
    press(session, key)
    session.drag_to((60, 20))
    session.release()
    assert session.painting is not None and np.isnan(session.painting.levels).all()


def test_go_while_it_is_being_cut_out_is_done_then(session: Session) -> None:
    press(session, "space")
    drag(session, (10, 10), (11, 11))  # too small, so nothing comes of it
    press(session, "return")
    until(lambda: session.tick() or "too small" in session.message)
    assert session.painting is not None and "frozen" in shown(session)
    drag(session, (25, 8), (50, 30), (85, 56))
    press(session, "return")
    assert session.painting is not None
    until(lambda: session.tick() or session.painting is None)
    assert "1 keyframe" in shown(session)


def test_strokes_are_cut_out_by_grabcut(session: Session) -> None:
    press(session, "space")
    press(session, "f")
    drag(session, (50, 26), (54, 38))
    press(session, "g")
    until(lambda: session.tick() or "no background" in session.message)
    press(session, "b")
    drag(session, (8, 5), (8, 60))
    press(session, "g")
    until(lambda: session.tick() or not np.isnan(session.painting.levels).any())  # type: ignore[union-attr]
    press(session, "return")
    assert "1 keyframe" in shown(session)


def test_what_can_not_be_done_is_said_and_nothing_is_lost(session: Session) -> None:
    press(session, "r")
    assert "nothing to record" in session.message and not session.recording
    press(session, "space")
    press(session, "return")
    assert "Nothing is marked" in session.message and session.painting is not None
    drag(session, (10, 10), (11, 11))
    until(lambda: session.tick() or "too small" in session.message)
    press(session, "f")
    drag(session, (30, 30), (50, 30))
    press(session, "return")
    assert "No edge is unknown" in session.message and session.painting is not None
    press(session, "F13")
    press(session, "c")  # live keys do nothing here
    assert session.painting is not None


def test_a_recording_goes_on_while_one_paints_and_is_finished_at_the_end(session: Session, tmp_path: Path) -> None:
    mark(session)
    press(session, "return")
    press(session, "r")
    assert session.recording and "recording 0:00" in shown(session)
    until(lambda: (tmp_path / "out").is_dir())
    press(session, "space")
    assert "frozen" in shown(session) and "recording" in shown(session)
    press(session, "escape")
    press(session, "r")
    assert "saving 0:" in shown(session) and not session.recorded
    until(lambda: session.tick() or not session.recording)
    assert "Recorded webcam_" in session.message and len(session.recorded) == 1
    press(session, "r")
    until(lambda: len(list((tmp_path / "out").iterdir())) == 2)
    session.close()
    assert len(session.recorded) == 2 and all(path.stat().st_size > 1000 for path in session.recorded)
    assert session.problems == [] and not session.lost


def test_a_disk_that_fills_up_is_said_on_the_window(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(session)
    press(session, "return")
    monkeypatch.setattr("ftpvm.webcam.recorder._ROOM", 1 << 62)
    press(session, "r")
    until(lambda: session.tick() or not session.recording)
    assert "nearly full" in session.message and session.problems and "1 keyframe" in shown(session)
    assert session.lost


def test_a_device_without_memory_works_smaller_and_then_says_so(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = NetworkRunner.run

    def too_large(self: NetworkRunner, images: list[np.ndarray], *rest: object) -> object:
        if images[0].shape[1] > limit[0]:
            raise OutOfMemoryError
        return run(self, images, *rest)  # type: ignore[arg-type]

    limit = [64]
    monkeypatch.setattr(NetworkRunner, "run", too_large)
    mark(session)
    press(session, "return")
    until(lambda: "at 64x43" in session.speed and not session.message)
    limit[0] = 0
    until(lambda: "too little memory" in session.message)
    limit[0] = 64
    until(lambda: not session.message)


def test_a_camera_that_goes_away_is_said_and_what_nobody_foresaw_ends_it(
    network: NetworkRunner, tmp_path: Path
) -> None:
    session = a_session(network, Flaky([SourceError("It was pulled out."), ZeroDivisionError()]), tmp_path)
    until(lambda: session.message == "It was pulled out.")
    until(lambda: session.picture(SIZE) is not None)  # the frames before are shown, however late the matting is
    with pytest.raises(ZeroDivisionError):
        until(lambda: session.tick())
    session.close()


def test_every_key_is_explained_once() -> None:
    for table in (LIVE, PAINTING):
        assert len({key.name for key in table}) == len(table) and all(key.says for key in table)
    assert {"r", "space", "h", "q"} <= {key.name for key in LIVE}


def test_help_can_be_hidden_and_the_keys_follow_what_goes_on(session: Session) -> None:
    assert session.help and keys(session) == LIVE
    press(session, "h")
    press(session, "space")
    assert not session.help and keys(session) == PAINTING and not session.closed
    press(session, "q")
    assert session.closed
