# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm webcam`: a live window that mattes a camera's picture."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli.option_types import fps

if TYPE_CHECKING:
    from ftpvm.webcam.engine import LiveMatting
    from ftpvm.webcam.rate import RateHolder
    from ftpvm.webcam.recorder import RecordingSettings
    from ftpvm.webcam.session import Session

FASTEST = 30.0  # frames per second that are held unless asked for: beyond that, size is worth more

DESCRIPTION = """\
Matte a camera's picture, or a movie's as if it were one, in a window. Freeze a frame with Space, drag a box around
the object or paint it, and press Enter; the keys are shown in the window. Needs `pip install "ftpvm[webcam]"`."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "webcam", help="matte a camera live, in a window", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=run)
    add = parser.add_argument
    add(
        "--source", default="0", metavar="CAMERA_OR_FILE",
        help="a camera's number (default 0), or a movie or image sequence, which begins again at its end",
    )  # fmt: skip
    add("--background", default="checker", help="behind the foreground: #rrggbb, green, checker or a picture")
    add("--fps", type=fps, help="frame rate to hold by working at a lower size (default: the camera's, at most 30)")
    add(
        "--resolution", type=int, metavar="PX",
        help="long side at which the network works at most (default: what the weights are best at)",
    )  # fmt: skip
    add("--out", metavar="DIR", type=Path, default=Path(), help="folder for recordings (default: this one)")
    add("--record", choices=("cutout", "composite", "both"), default="both", help="which movies R makes")
    add("--format", choices=("prores", "ffv1"), default="prores", help="of cutouts; composites are H.264")
    add("--weights", default="default", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    add("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when the window is closed, 4 if a recording was lost; recordings are named on stdout."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # its warnings of a missing camera say less than we do
    from ftpvm.errors import OutputError
    from ftpvm.shots import require_writable
    from ftpvm.webcam.camera import open_camera
    from ftpvm.webcam.session import Session
    from ftpvm.webcam.views import Backgrounds
    from ftpvm.webcam.window import Window, require_pygame

    require_pygame()
    backgrounds, recordings = Backgrounds(args.background), _recordings(args)
    camera = open_camera(args.source)
    matting = _matting(args, max(camera.size), float(args.fps or min(camera.fps, FASTEST)))
    require_writable([args.out / "webcam"])  # last: a refused command leaves no empty folder
    with ExitStack() as ending:  # each of these happens, whatever the others raise
        window = Window(camera.size)
        ending.callback(window.close)
        session = Session(camera, matting, backgrounds, recordings)
        ending.callback(_report, session)
        ending.callback(session.close)
        window.run(session)
    return OutputError.exit_code if session.lost else 0


def _report(session: Session) -> None:
    """Movies on stdout, what went wrong with them on stderr."""
    for path in session.recorded:
        print(path)
    for problem in session.problems:
        print(f"ftpvm: {problem}", file=sys.stderr)


def _recordings(args: argparse.Namespace) -> RecordingSettings:
    from ftpvm.media.movie_writer import MovieCodec, require_encoder
    from ftpvm.webcam.recorder import KINDS, RecordingSettings

    wanted = KINDS if args.record == "both" else (args.record,)
    formats = {"cutout": MovieCodec(args.format), "composite": MovieCodec.H264}
    codecs = {kind: formats[kind] for kind in wanted}
    for codec in codecs.values():
        require_encoder(codec)
    return RecordingSettings(args.out, codecs)


def _matting(args: argparse.Namespace, long_side: int, rate: float) -> tuple[LiveMatting, RateHolder]:
    """The network, and what chooses its working size for frames with this long side in px."""
    from ftpvm.model.checkpoint import load_network
    from ftpvm.propagation import NetworkRunner, Settings, choose_device
    from ftpvm.propagation.span_runner import SMALLEST_RESOLUTION
    from ftpvm.shots import resolution_for
    from ftpvm.webcam.engine import LiveMatting
    from ftpvm.webcam.rate import RateHolder, resolutions

    largest = min(Settings(resolution=resolution_for(args.weights, args.resolution)).resolution, long_side)
    holder = RateHolder(resolutions(largest, min(SMALLEST_RESOLUTION, largest)), rate)
    device = choose_device(args.device)
    return LiveMatting(NetworkRunner(load_network(args.weights), device)), holder
