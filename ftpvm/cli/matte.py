# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte`: from a clip and keyframed trimaps to mattes."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from ftpvm.cli import INTERRUPTED
from ftpvm.cli.matte_options import add_options
from ftpvm.cli.one_shot import Made, as_asked, run_shot
from ftpvm.errors import FtpvmError

if TYPE_CHECKING:
    from ftpvm.propagation import Propagator

DESCRIPTION = """\
Propagate the trimaps of a few frames through a clip and write its mattes as numbered stills.
Run the same command again to go on after a stop, or after correcting a keyframe: only what changed is run.
Frame numbers are those of the file names for sequences, and start at 0 for movies."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "matte", help="make mattes from a clip and a few trimaps", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=run)
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 130 when stopped. With --json the last line says how it ended, whatever happens."""
    try:
        _run(args)
    except KeyboardInterrupt:
        words = "Stopped; what is done is kept. Run the same command again to go on."
        _say(args, words, event="stopped", message=words)
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads our lines any more
        raise
    except Exception as error:
        if args.json:
            code = error.code if isinstance(error, FtpvmError) else "unexpected"
            _say(args, "", event="error", code=code, message=str(error))
        raise
    return 0


def _run(args: argparse.Namespace) -> None:
    from ftpvm.shots import KeyframeImage

    keyframes = [KeyframeImage(number, path, args.band, args.fit) for number, path in args.keyframe]
    _finish(args, run_shot(as_asked(args, keyframes), _propagator, as_json=args.json))


def _propagator(weights: str, device: str) -> Propagator:
    from ftpvm.propagation import choose_device
    from ftpvm.propagation.warm import WarmPropagator

    return WarmPropagator()(weights, choose_device(device))


def _finish(args: argparse.Namespace, made: Made) -> None:
    report = made.report
    words = [f"Mattes: {made.mattes} ({report.frames_run} frames run, {report.spans_kept} spans were up to date)"]
    _say(
        args, "\n  ".join([*words, *made.files]), event="done", mattes=made.mattes, files=made.files,
        frames_run=report.frames_run, frames_resumed=report.frames_resumed, spans_run=report.spans_run,
        spans_kept=report.spans_kept, resolution=report.resolution, seconds=round(report.seconds, 3),
        warnings=report.warnings,
    )  # fmt: skip


def _say(args: argparse.Namespace, words: str, **facts: Any) -> None:
    """`words` for people, `facts` for machines."""
    print(json.dumps(facts) if args.json else words, flush=True)
