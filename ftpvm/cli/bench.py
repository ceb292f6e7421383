# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm bench`: how fast the network and the whole job are on this machine, and how much memory they take."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli import INTERRUPTED
from ftpvm.cli.option_types import positive
from ftpvm.errors import SettingsError

if TYPE_CHECKING:
    from ftpvm.benchmark.case import Case, Row

DESCRIPTION = """\
Measure frames/s of the plain network (eager, fp32: the 1.0), of the network as ftpvm runs it and of the whole job, the
time to the first frame and peaks of memory. Each case runs in a process of its own. Prints a Markdown table and writes
OUT/bench.json and OUT/bench.png."""

SIZES = ((512, 288), (1024, 576), (1920, 1080), (3840, 2160))
QUICK_SIZES = SIZES[:2]
RESOLUTION = 1024


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "bench", help="measure speed and memory on this machine", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("--quick", action="store_true", help="two small sizes, one keyframe, 6 frames, once: a minute on a laptop")
    add("--sizes", metavar="WxH", nargs="+", type=_size, help="of the clip; default: 512x288 to 3840x2160")
    add("--keyframes", metavar="N", nargs="+", type=positive, help="default: 1 4")
    add("--devices", metavar="NAME", nargs="+", help="default: the CPU, and the GPU if there is one")
    add("--precisions", nargs="+", choices=("fp32", "fp16", "bf16"), help="default: those the device computes in")
    add("--frames", metavar="N", type=positive, help="of the clip; default: 24")
    add("--repeats", metavar="N", type=positive, help="the best one counts; default: 2")
    add(
        "--resolution", metavar="PX", type=positive, default=RESOLUTION,
        help=f"long side at which the network works; larger frames are shrunk (default: {RESOLUTION})",
    )  # fmt: skip
    add("--weights", default="default", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    add("--out", metavar="OUT", type=Path, default=Path("bench"), help="default: bench")
    add("--no-plot", action="store_true", help="no picture, which needs matplotlib")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, 1 where nothing at all could be measured, or 130 when stopped; what was measured is kept."""
    from ftpvm.benchmark.plot import require_matplotlib, write_plot
    from ftpvm.benchmark.report import HEAD, line, machine, write_json
    from ftpvm.shots import require_writable

    if not args.no_plot:
        require_matplotlib()
    cases = _cases(args)
    require_writable([args.out / "bench.json"])
    about = machine(shlex.join(["ftpvm", *sys.argv[1:]]))
    print(", ".join(f"{key}: {value}" for key, value in about.items()))
    print(f"\n{HEAD}", flush=True)
    rows: list[Row] = []
    stopped = False
    try:
        for row in _rows(cases):
            rows.append(row)
            print(line(row), flush=True)
            write_json(args.out / "bench.json", about, rows)  # after every row, whatever happens in the next
    except KeyboardInterrupt:
        stopped = True
    if rows and not args.no_plot:
        write_plot(args.out / "bench.png", rows, f"{about['cpu']}, {', '.join(about['gpus']) or 'no GPU'}")
    print(f"\n{'Stopped. ' if stopped else ''}{args.out / 'bench.json' if rows else 'Nothing was measured.'}")
    return INTERRUPTED if stopped else 0 if any(row.measured for row in rows) else 1


def _cases(args: argparse.Namespace) -> list[Case]:
    """All combinations. DeviceError, CheckpointError, SettingsError."""
    from ftpvm.benchmark.case import PRECISIONS, Case
    from ftpvm.benchmark.gauges import has_precision
    from ftpvm.model.checkpoint import find_weights
    from ftpvm.propagation import Settings, choose_device

    find_weights(args.weights)
    Settings(resolution=args.resolution)
    keyframes = args.keyframes or ([1] if args.quick else [1, 4])
    frames = args.frames or (6 if args.quick else 24)
    if max(keyframes) > frames:
        raise SettingsError(f"{max(keyframes)} keyframes need as many frames; there are {frames} (--frames).")
    devices = [choose_device(name) for name in args.devices or dict.fromkeys(("cpu", choose_device().name))]
    return [
        Case(d.name, precision, size, count, frames, args.resolution, args.weights, args.repeats or 2 - args.quick)
        for d in devices
        for precision in args.precisions or [p for p in PRECISIONS if has_precision(d.torch, p)]
        for size in args.sizes or (QUICK_SIZES if args.quick else SIZES)
        for count in keyframes
    ]


def _rows(cases: list[Case]) -> Iterator[Row]:
    """One after the other, on one movie a size."""
    from ftpvm.benchmark.case import Job
    from ftpvm.benchmark.clips import make_movie
    from ftpvm.benchmark.measure import measured

    with tempfile.TemporaryDirectory() as folder:
        movies: dict[tuple[int, int], Path] = {}
        for case in cases:
            if case.size not in movies:
                name = "x".join(map(str, case.size))
                movies[case.size] = make_movie(Path(folder) / f"{name}.mp4", case.size, case.frames)
            yield measured(Job(case, movies[case.size]))


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 32 and int(height) >= 32):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size of 32 px or more, as in 1920x1080")
    if int(width) % 2 or int(height) % 2:
        raise argparse.ArgumentTypeError(f"{text!r} is odd, and movies have even sizes")
    return int(width), int(height)
