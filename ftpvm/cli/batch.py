# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm batch`: many shots in one go, from a folder or a list. What fails is told, and the rest goes on."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli import INTERRUPTED
from ftpvm.cli.batch_folder import shots_in_folder
from ftpvm.cli.batch_list import shots_in_list
from ftpvm.cli.batch_shot import BatchShot
from ftpvm.cli.one_shot import run_shot
from ftpvm.cli.option_types import positive
from ftpvm.cli.sentences import sentence_of
from ftpvm.errors import FtpvmError

if TYPE_CHECKING:
    from ftpvm.propagation import Propagator

DESCRIPTION = """\
Make mattes of many shots. Run the same command again to go on after a stop: what is up to date isn't run again.

From a folder: for each ROOT/NAME.mp4 with NAME_thumbnail.png and NAME_trimap*.png it writes OUT/NAME_*_com.mp4,
_fgr.mp4 and _pha.mp4, once for every trimap, and 16-bit mattes in OUT/mattes. The * is the same on both sides.
Where the thumbnail is a frame of the movie, that frame is the keyframe; else the network only remembers it.

From a list: SHOTS.toml holds [[shots]], each with a source, keyframes and any option of `ftpvm matte`; a table
[defaults] above them holds what they share. Paths in it are relative to its folder."""


@dataclass(frozen=True)
class Outcome:
    """How a shot ended, in values: an error would hold the shot's memory.

    exit_code: as of the command that makes this shot alone. sentence: the result for people, on one line.
    """

    name: str
    seconds: float
    exit_code: int
    sentence: str
    frames_run: int | None = None


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "batch", help="make mattes of many shots: a folder or a list", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("shots", metavar="ROOT|SHOTS.toml", type=Path, help="a folder in the published layout, or a list of shots")
    add("--out", metavar="OUT", type=Path, help="folder for what is made; needed unless the list says it")
    add(
        "--target-size", "--target_size", metavar="PX", type=int,
        help="long side at which the network works, as --resolution of `ftpvm matte`",
    )  # fmt: skip
    add("--seq-chunk", "--seq_chunk", metavar="N", type=positive, help="frames the network gets at a time")
    add("--composite", metavar="BACKGROUND", help="as of `ftpvm matte`; for a folder #78ff9b by default")
    add("--weights", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    add("--device", help="auto, cuda, cuda:1, mps or cpu")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, that of the first shot that failed, or 130 when stopped."""
    outcomes: list[Outcome] = []
    try:
        shots = _shots(args)
        propagator = _warm(args.seq_chunk)
        for number, shot in enumerate(shots, 1):
            print(f"[{number}/{len(shots)}] {shot.name}", flush=True)
            outcomes.append(_outcome(shot, propagator, debug="debug" in args))
            print(f"  {outcomes[-1].sentence}", flush=True)
    except KeyboardInterrupt:
        print("\n".join(["", *_table(outcomes), "Stopped; what is done is kept. Run the same command again to go on."]))
        return INTERRUPTED
    print("\n".join(["", *_table(outcomes)]))
    return next((outcome.exit_code for outcome in outcomes if outcome.exit_code), 0)


def _shots(args: argparse.Namespace) -> list[BatchShot]:
    options = {
        "out": args.out, "resolution": args.target_size, "composite": args.composite, "weights": args.weights,
        "device": args.device,
    }  # fmt: skip
    given = {key: str(value) for key, value in options.items() if value is not None}
    return (shots_in_list if args.shots.suffix.lower() == ".toml" else shots_in_folder)(args.shots, given)


def _warm(chunk: int | None) -> Callable[[str, str], Propagator]:
    """The same network for as long as shots ask for the same weights and device."""
    from ftpvm.propagation import choose_device
    from ftpvm.propagation.warm import WarmPropagator

    warm = WarmPropagator()

    def propagator(weights: str, name: str) -> Propagator:
        device = choose_device(name)
        return warm(weights, replace(device, chunk=chunk or device.chunk))

    return propagator


def _outcome(shot: BatchShot, propagator: Callable[[str, str], Propagator], *, debug: bool) -> Outcome:
    began = time.monotonic()
    try:
        made = run_shot(shot.wanted(), propagator)
    except BrokenPipeError:  # nobody reads our lines any more
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        return Outcome(shot.name, time.monotonic() - began, *_failed(error))
    return Outcome(shot.name, time.monotonic() - began, 0, "done", made.report.frames_run)


def _failed(error: Exception) -> tuple[int, str]:
    """Exit code and sentence."""
    words = sentence_of(error, of_shot=True)
    if isinstance(error, FtpvmError):
        return error.exit_code, f"FAILED: {words}"
    return 1, f"FAILED: unexpected {type(error).__name__}: {words} (--debug says more)"


def _table(outcomes: Iterable[Outcome]) -> list[str]:
    """A line a shot, in columns."""
    rows = [("shot", "frames run", "seconds", "result")]
    for outcome in outcomes:
        frames = "-" if outcome.frames_run is None else str(outcome.frames_run)
        rows.append((outcome.name, frames, f"{outcome.seconds:.1f}", outcome.sentence))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = ("<", ">", ">", "<")
    return [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    ]
