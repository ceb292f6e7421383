# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. Each command is a module here with `add_parser(subparsers)` and `run(args) -> exit code`.

Command modules import torch, OpenCV, PyAV and NumPy inside their functions, so that `ftpvm --help` answers at once.
"""

import argparse
import io
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import FtpvmError
from .sentences import sentence_of

COMMANDS = ("matte", "batch", "webcam", "bench", "train", "evaluate", "weights", "package", "doctor")

INTERRUPTED, UNHEARD = 130, 141
EPILOG = """exit codes:
  0    done
  1    an error inside ftpvm (run again with --debug and report it)
  2    the command line is wrong
  3    something you handed in can't be used: a clip, trimap, keyframe, setting or checkpoint
  4    results can't be written: folder, disk or format
  5    this machine lacks something: an optional package or the compute device
  130  stopped with Ctrl-C
  141  whoever read our output left (what is done is kept)"""


class _Parser(argparse.ArgumentParser):
    """Every command understands --debug too, so that it can stand before or after the command."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
        )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; `args.run` is the chosen command's function."""
    parser = _Parser(
        prog="ftpvm",
        description="Video matting by trimap propagation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ftpvm {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f".{name}", __name__).add_parser(subparsers)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    args = argparse.Namespace()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path that the terminal can't spell must not end a finished job
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        build_parser().parse_args(argv, args)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # --help, --version and usage errors
        return stop.code if isinstance(stop.code, int) else 0
    except BrokenPipeError:  # the reader of our output left; nobody is there to be told
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 -- for Python's own flush at exit
        return UNHEARD
    except KeyboardInterrupt:
        print("ftpvm: stopped", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if "debug" in args:
            traceback.print_exc()
        return _report(error, sentence_of(error, of_shot="keyframe" in args))


def _report(error: Exception, sentence: str) -> int:
    if isinstance(error, FtpvmError):
        print(f"ftpvm: {sentence}", file=sys.stderr)
        return error.exit_code
    print(
        f"ftpvm: unexpected error {type(error).__name__}: {sentence} -- run again with --debug and report it",
        file=sys.stderr,
    )
    return 1
