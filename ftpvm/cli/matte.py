# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte`: from a clip and keyframed trimaps to mattes."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.errors import KeyframeError, SettingsError, SourceError

if TYPE_CHECKING:
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.media.source import Source
    from ftpvm.propagation import Keyframe, Report, Shot

STILLS = ("png16", "png8", "exr")
MOVIES = ("prores", "ffv1", "vp9")
INTERRUPTED = 130

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
    parser.add_argument("source", metavar="SOURCE", help="a movie, name.%%04d.ext, name.####.ext, a folder or a still")
    parser.add_argument("--keyframe", metavar="FRAME=IMAGE", action="append", required=True, type=_keyframe,
                        help="a frame number and its trimap (or mask, with --band); repeat for more keyframes")  # fmt: skip
    parser.add_argument("--out", metavar="DIR", required=True, type=Path, help="folder for the mattes")
    parser.add_argument("--name", help="name of the mattes; default: the source's name")
    parser.add_argument("--range", metavar="FIRST:LAST", type=_range, default=(None, None), dest="frames",
                        help="frames to matte, both ends included; default: all")  # fmt: skip
    _add_propagation(parser.add_argument_group("propagation"))
    _add_reading(parser.add_argument_group("reading"))
    _add_writing(parser.add_argument_group("writing"))
    parser.add_argument("--json", action="store_true", help="report progress and result as JSON lines on stdout")


def _add_propagation(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--direction", choices=("both", "forward", "backward"), default="both",
                       help="both blends a forward and a backward pass between keyframes (default)")  # fmt: skip
    group.add_argument("--resolution", type=int, default=1024, metavar="PX",
                       help="long side at which the network works; larger frames are shrunk (default 1024)")  # fmt: skip
    group.add_argument("--weights", default="default", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    group.add_argument("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu")


def _add_reading(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--band", metavar="PX[,PX]", type=_band,
                       help="keyframes are masks or mattes: this many px inside and outside their edge are unknown")  # fmt: skip
    group.add_argument("--fit", action="store_true", help="scale keyframe images that aren't the shot's size")
    group.add_argument("--colorspace", default="auto", help="of the source: auto, srgb, linear or an OCIO name")
    group.add_argument("--ocio-config", metavar="PATH", help="default: $OCIO, else OCIO's own studio config")
    group.add_argument("--on-missing", choices=("error", "hold"), default="error", help="for gaps in a sequence")
    group.add_argument("--fps", type=float, help="frame rate of movies made from a sequence (default 24)")


def _add_writing(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--format", choices=(*STILLS, *MOVIES), default="png16",
                       help="a movie format makes a movie with alpha beside 16-bit PNG mattes")  # fmt: skip
    group.add_argument("--exr-channel", choices=("A", "Y"), default="A", help="name of an EXR matte's channel")
    group.add_argument("--exr-compression", default="zip", metavar="NAME", help="none, rle, zip, zips, piz, dwaa, ...")
    group.add_argument("--foreground", action="store_true",
                       help="also write RGBA stills (or fill the movie) with the estimated foreground")  # fmt: skip
    group.add_argument("--premultiplied", action=argparse.BooleanOptionalAction, default=None,
                       help="of the RGBA stills; default: EXR is, PNG is not")  # fmt: skip
    group.add_argument("--composite", metavar="BACKGROUND", help="also a movie over #rrggbb, green, checker or an image")
    group.add_argument("--preview", metavar="PNG", type=Path, help="also ONE picture of the result at a few times")


def run(args: argparse.Namespace) -> int:
    from ftpvm.media import open_source

    _refuse_early(args)
    source = open_source(
        args.source, colorspace=args.colorspace, ocio_config=args.ocio_config, on_missing=args.on_missing, fps=args.fps
    )
    with source:
        shot = _shot(args, source)
        report = _propagate(args, shot)
        if report.stopped:
            _say(args, "stopped", "Stopped; what is done is kept. Run the same command again to go on.", report)
            return INTERRUPTED
        made = _deliver(args, source, shot)
        words = f"{len(shot.frames)} mattes in {args.out} ({report.frames_run} frames run, {report.spans_kept} spans kept)."
        _say(args, "done", words, report, [str(path) for path in made])
    return 0


def _refuse_early(args: argparse.Namespace) -> None:
    """What would only fail after hours of work."""
    from ftpvm.media.composite import make_background
    from ftpvm.media.foreground import require_estimator
    from ftpvm.media.movie_writer import require_encoder

    if args.format in MOVIES:
        require_encoder(args.format)
    if args.composite:
        require_encoder(args.format if args.format in MOVIES else "prores")
        make_background(args.composite, (16, 16))
    if args.foreground or args.composite:
        require_estimator()


def _shot(args: argparse.Namespace, source: Source) -> Shot:
    from ftpvm.atomic import remove_leftovers
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.propagation import Settings, Shot

    settings = Settings(args.direction, args.resolution)
    frames = _frames_in(source, *args.frames)
    keyframes = _load_keyframes(args, source, frames)
    name = args.name or f"{Path(args.source).name.split('.')[0].rstrip('_- ') or 'shot'}_matte"
    mattes = MatteSequence(
        args.out, name, args.format if args.format in STILLS else "png16",
        channel=args.exr_channel, compression=args.exr_compression,
    )  # fmt: skip
    remove_leftovers(args.out)
    return Shot(source, keyframes, frames, mattes, settings)


def _frames_in(source: Source, first: int | None, last: int | None) -> range:
    have = source.frames
    first, last = have[0] if first is None else first, have[-1] if last is None else last
    if first > last:
        raise SettingsError(f"The range {first}:{last} is empty; give the first frame first.")
    if first not in have or last not in have:
        raise SourceError(f"The range {first}:{last} isn't in {source.path.name}, which has {have[0]} to {have[-1]}.")
    return range(first, last + 1)


def _load_keyframes(args: argparse.Namespace, source: Source, frames: range) -> list[Keyframe]:
    from ftpvm.propagation import Keyframe
    from ftpvm.trimaps import load_trimap

    numbers = [number for number, _ in args.keyframe]
    outside = [n for n in numbers if n not in frames]
    if outside:
        raise KeyframeError(
            f"Keyframe {outside[0]} isn't in the range {frames[0]}:{frames[-1]}; move it or widen --range."
        )
    return [
        Keyframe(number, load_trimap(path, source.size, band=args.band, fit=args.fit)) for number, path in args.keyframe
    ]


def _propagate(args: argparse.Namespace, shot: Shot) -> Report:
    from ftpvm.cli.progress import follow
    from ftpvm.model.checkpoint import load_network
    from ftpvm.propagation import NetworkRunner, Propagator, choose_device

    device = choose_device(args.device)
    propagator = Propagator(NetworkRunner(load_network(args.weights), device))
    with follow(as_json=args.json) as (on_progress, should_stop):
        report = propagator.run(shot, on_progress=on_progress, should_stop=should_stop)
    for warning in report.warnings:
        print(f"ftpvm: {warning}", file=sys.stderr)
    return report


def _deliver(args: argparse.Namespace, source: Source, shot: Shot) -> list[Path]:
    """The files made beside the mattes."""
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec
    from ftpvm.media.rgba_sequence import RgbaSequence

    mattes: MatteSequence = shot.mattes  # type: ignore[assignment]
    base, made = args.out / mattes.name.removesuffix("_matte"), []
    if args.format in MOVIES:
        codec = MovieCodec(args.format)
        made.append(base.with_name(base.name + codec.suffix))
        deliver.deliver_movie(source, mattes, shot.frames, made[-1], codec, foreground=args.foreground)
    elif args.foreground:
        stills = RgbaSequence(args.out, f"{base.name}_foreground", args.format, premultiply=args.premultiplied,
                              compression=args.exr_compression)  # fmt: skip
        deliver.deliver_foreground(source, mattes, shot.frames, stills)
        made.append(stills.path(shot.frames[0]))
    if args.composite:
        codec = MovieCodec(args.format if args.format in MOVIES else "prores")
        made.append(base.with_name(f"{base.name}_composite{codec.suffix}"))
        deliver.deliver_composite(source, mattes, shot.frames, made[-1], codec, args.composite)
    if args.preview:
        made.append(args.preview)
        trimaps = {k.frame: k.trimap for k in shot.keyframes}
        deliver.deliver_preview(source, mattes, shot.frames, args.preview, trimaps, title=source.path.name)
    return made


def _say(args: argparse.Namespace, event: str, words: str, report: Report, files: list[str] | None = None) -> None:
    if not args.json:
        print(words, *(f"  {file}" for file in files or []), sep="\n")
        return
    facts = {
        "event": event, "out": str(args.out), "files": files or [], "frames_run": report.frames_run,
        "spans_run": report.spans_run, "spans_kept": report.spans_kept, "resolution": report.resolution,
        "seconds": round(report.seconds, 3), "warnings": report.warnings,
    }  # fmt: skip
    print(json.dumps(facts), flush=True)


def _keyframe(text: str) -> tuple[int, Path]:
    number, found, path = text.partition("=")
    if not found or not path or not number.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not FRAME=IMAGE, as in 120=trimap.png")
    return int(number), Path(path)


def _range(text: str) -> tuple[int | None, int | None]:
    first, found, last = text.partition(":")
    if not found or not all(end == "" or end.isdecimal() for end in (first, last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:LAST, as in 0:240 or 100:")
    return int(first) if first else None, int(last) if last else None


def _band(text: str) -> tuple[int, int]:
    widths = text.split(",")
    if len(widths) > 2 or not all(w.isdecimal() for w in widths):
        raise argparse.ArgumentTypeError(f"{text!r} is not a width in px, as in 12, or 4,16 for inside and outside")
    return int(widths[0]), int(widths[-1])
