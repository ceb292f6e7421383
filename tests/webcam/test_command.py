# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ftpvm webcam` says where it can't begin, and its window without a screen to look at."""

import sys
from pathlib import Path

import pytest
from live_frames import SIZE, image, movie, runner, until

from ftpvm.cli import main
from ftpvm.webcam.camera import open_camera
from ftpvm.webcam.engine import LiveMatting
from ftpvm.webcam.painting import Brush
from ftpvm.webcam.rate import RateHolder
from ftpvm.webcam.recorder import RecordingSettings
from ftpvm.webcam.session import Session
from ftpvm.webcam.views import Backgrounds


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return movie(tmp_path / "clip.mp4")


def refused(capsys: pytest.CaptureFixture[str], *options: object) -> tuple[int, str]:
    code = main(["webcam", *map(str, options)])
    out, errors = capsys.readouterr()
    assert out == "" and "Traceback" not in errors
    return code, errors


def test_without_pygame_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pygame", None)
    code, said = refused(capsys, "--source", "nowhere.mp4")
    assert code == 5 and 'pip install "ftpvm[webcam]"' in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--source", "63"], 3, "Camera 63 isn't there"),
        (["--source", "nowhere.mp4"], 3, "nowhere.mp4"),
        (["--background", "nowhere.png"], 3, "no background"),
        (["--weights", "nothing"], 3, "nothing"),
        (["--resolution", "12"], 3, "too small"),
        (["--out", "clip.mp4/folder"], 4, "folder"),
        (["--fps", "fast"], 2, "not a frame rate"),
    ],
)
def test_what_can_not_be_used_is_refused_before_a_window_opens(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: list[str], code: int, word: str,
) -> None:  # fmt: skip
    pytest.importorskip("pygame")
    monkeypatch.chdir(clip.parent)
    monkeypatch.setattr("ftpvm.webcam.window.Window", None)
    given, said = refused(capsys, "--source", clip, "--device", "cpu", *options)
    assert given == code and word in said


def test_without_a_screen_it_says_so(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.setenv("DISPLAY", ":9999")
    code, said = refused(capsys, "--source", clip, "--device", "cpu", "--out", clip.parent)
    assert code == 5 and "no screen" in said and list(clip.parent.iterdir()) == [clip]


def test_a_lost_recording_is_an_error_and_the_window_is_closed(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pygame")
    closed = []

    class Lossy:
        """A window in which a recording went wrong."""

        def __init__(self, size: tuple[int, int]) -> None: ...

        def run(self, session: Session) -> None:
            session.lost, session.problems, session.recorded = True, ["It is gone."], [clip]

        def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr("ftpvm.webcam.window.Window", Lossy)
    monkeypatch.setattr("ftpvm.cli.webcam._matting", lambda *_: (LiveMatting(runner()), RateHolder([96], 25)))
    assert main(["webcam", "--source", str(clip), "--out", str(clip.parent)]) == 4
    assert capsys.readouterr() == (f"{clip}\n", "ftpvm: It is gone.\n") and closed


@pytest.mark.parametrize(
    ("options", "codecs"),
    [
        ([], {"cutout": "prores", "composite": "h264"}),
        (["--record", "cutout", "--format", "ffv1"], {"cutout": "ffv1"}),
        (["--record", "composite"], {"composite": "h264"}),
    ],
)
def test_which_movies_are_recorded(
    clip: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], codecs: dict[str, str]
) -> None:
    pytest.importorskip("pygame")
    asked = []

    class Closed:
        """A window that is closed at once, and its session."""

        lost, problems, recorded = False, (), ()

        def __init__(self, *given: object) -> None:
            asked.extend(thing for thing in given if isinstance(thing, RecordingSettings))

        def run(self, session: object) -> None: ...

        def close(self) -> None: ...

    monkeypatch.setattr("ftpvm.webcam.window.Window", Closed)
    monkeypatch.setattr("ftpvm.webcam.session.Session", Closed)
    monkeypatch.setattr("ftpvm.cli.webcam._matting", lambda *_: None)
    assert main(["webcam", "--source", str(clip), "--out", str(clip.parent), *options]) == 0
    (recordings,) = asked
    assert recordings.codecs == codecs


def test_events_of_the_window_reach_the_session(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posted ones, in SDL's dummy of a screen: this runs where there is no X server for test_window.py."""
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    from ftpvm.webcam.window import Window

    window, matting = Window(SIZE), (LiveMatting(runner()), RateHolder([96], 25))
    session = Session(open_camera(str(clip)), matting, Backgrounds("checker"), RecordingSettings(clip.parent, {}))
    until(lambda: session.picture(SIZE) is not None)
    left = {"button": 1, "touch": False}
    for kind, facts in (
        (pygame.KEYDOWN, {"key": pygame.K_SPACE}),
        (pygame.KEYDOWN, {"key": pygame.K_u}),
        (pygame.MOUSEBUTTONDOWN, {"pos": (300, 200), **left}),
        (pygame.MOUSEMOTION, {"pos": (600, 200), "buttons": (1, 0, 0), "rel": (300, 0), "touch": False}),
        (pygame.MOUSEBUTTONUP, {"pos": (600, 200), **left}),
        (pygame.MOUSEWHEEL, {"x": 0, "y": -1, "flipped": False}),
        (pygame.QUIT, {}),
    ):
        pygame.event.post(pygame.event.Event(kind, facts))
    window.run(session)
    drawn = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    session.close()
    window.close()
    assert drawn.shape == (640, 960, 3) and session.brush is Brush.UNKNOWN and session.radius < 2.4
    assert session.painting is not None and (session.painting.levels[20, 30:60] == 0.5).all()
    plain = drawn[300:320, 800:].reshape(2, 10, 16, 10, 3).mean((1, 3))
    assert abs(plain - image()[30:32, 80:]).mean() < 12
    assert (drawn[198:202, 320:580, 0].astype(int) - drawn[198:202, 320:580, 2] > 20).all()
