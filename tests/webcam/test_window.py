# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole program on a virtual screen, with a movie as the camera and real keys and mouse."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live_frames import movie, until
from virtual_screen import Screen

from ftpvm.media import open_source

pytest.importorskip("pygame", reason="pygame isn't installed")

ROOT = Path(__file__).parents[2]
SIZE = (192, 128)  # of the movie; its window is 960x640
SCALE = 5
FEW = 12  # levels of 255 by which a matte may miss 0: how well the default weights are is not this test's matter


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with Screen(960, 640) as screen:
        yield screen


def start(screen: Screen, source: Path, *options: object) -> "subprocess.Popen[str]":
    words = ["webcam", "--source", str(source), "--device", "cpu", "--resolution", "96", "--fps", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "DISPLAY": screen.name}
    environment.pop("SDL_VIDEODRIVER", None)
    command, pipe = [sys.executable, "-m", "ftpvm.cli", *words, *map(str, options)], subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)


def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Points of the frame on the screen."""
    return [(x * SCALE, y * SCALE) for x, y in points]


def corner(screen: Screen) -> np.ndarray:
    """A part of the picture that no words cover: right of the disc."""
    return screen.picture()[250:400, 750:950].astype(int)


def blue(screen: Screen) -> bool:
    return bool(np.abs(np.median(corner(screen), axis=(0, 1)) - (0, 0, 255)).max() <= FEW)


def amber(picture: np.ndarray) -> bool:
    """Unknown everywhere: more red and less blue than it was."""
    return bool((picture[..., 0].astype(int) - picture[..., 2] > 40).all())


def test_from_a_frozen_frame_to_a_recording_and_out_by_hand(screen: Screen, tmp_path: Path) -> None:
    program = start(screen, movie(tmp_path / "clip.mp4", 25, SIZE), "--out", tmp_path, "--format", "ffv1",
                    "--background", "#0000ff")  # fmt: skip
    screen.wait("camera | 0 keyframes", program)
    before = screen.picture()
    until(lambda: np.abs(screen.picture().astype(int) - before)[250:400].max() > 50)  # it plays

    screen.press("space")
    screen.wait("frozen | box", program)
    screen.drag(*at((40, 15), (90, 60), (175, 115)))
    until(lambda: corner(screen).mean() < 60)  # cut out: outside of the box is dimmed
    screen.press("f")
    screen.wait("foreground brush 10 px", program)
    screen.scroll_up()
    screen.wait("foreground brush 12 px", program)
    screen.press("Down")
    screen.press("b")
    screen.wait("background brush 10 px", program)
    screen.drag(*at((20, 60), (20, 90)))
    screen.press("Return")
    screen.wait("composite over #0000ff | 1 keyframe", program)
    until(lambda: blue(screen))

    screen.press("m")
    screen.wait("matte", program)
    until(lambda: np.median(corner(screen)) <= FEW)
    middle = screen.picture()[200:450, 300:700]
    assert (middle[..., 0] == middle[..., 2]).all() and middle.max() > 128
    screen.press("t")
    screen.wait("trimap", program)
    screen.press("a")
    screen.wait("all", program)
    screen.press("c")
    screen.press("b")
    screen.wait("over checker", program)
    until(lambda: 100 < corner(screen).mean() < 170 and np.median(np.ptp(corner(screen), axis=2)) <= FEW)

    screen.press("r")
    screen.wait("recording 0:01", program)
    screen.press("space")
    screen.wait("frozen", program)
    screen.press("a")
    screen.wait("2 keyframes | recording", program)
    screen.press("r")
    screen.wait(lambda title: title.endswith("2 keyframes"), program)
    screen.resize(480, 320)
    until(lambda: screen.picture()[100:150, 400:480].mean() > 40 and screen.picture()[330:].max() == 0)
    screen.press("space")
    screen.wait("frozen", program)
    screen.press("u")
    screen.press("h")
    screen.drag((20, 200), (460, 200))
    until(lambda: amber(screen.picture()[196:204, 30:450]))
    screen.close_window()
    out, errors = program.communicate(timeout=60)
    assert program.returncode == 0 and errors == ""
    cutout, composite = map(Path, out.split())
    assert (cutout.suffix, composite.suffix) == (".mkv", ".mp4")
    for path in (cutout, composite):
        with open_source(path) as recorded:
            assert recorded.size == SIZE and len(recorded.frames) >= 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["clip.mp4", cutout.name, composite.name])
