# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte`: from a clip and keyframed trimaps to mattes."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftpvm.cli import INTERRUPTED
from ftpvm.cli.matte_options import MOVIES, STILLS, add_options
from ftpvm.errors import FtpvmError, SettingsError

if TYPE_CHECKING:
    from ftpvm.media.deliver import Product
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.media.source import Source
    from ftpvm.propagation import Report, Shot

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
    from ftpvm.media import open_source
    from ftpvm.shots import spare_inputs, spare_other_mattes

    _refuse_early(args)
    previews = [args.preview] if args.preview else []
    with open_source(
        args.source, colorspace=args.colorspace, ocio_config=args.ocio_config, on_missing=args.on_missing, fps=args.fps
    ) as source:
        mattes = _mattes(args)
        products = _products(args, source, mattes)
        written = [mattes.path(0), *map(Path, products), *previews]
        spare_inputs(written, [Path(args.source), *(image for _, image in args.keyframe)])
        shot = _shot(args, source, mattes)
        spare_other_mattes(shot)
        report = _propagate(args, shot)
        _deliver(args, source, mattes, shot, products)
    _finish(args, mattes, [*products, *map(str, previews)], report)


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
    if args.premultiplied is not None and (not args.foreground or args.format in MOVIES):
        raise SettingsError("--premultiplied is about RGBA stills: add --foreground and choose png16, png8 or exr.")


def _mattes(args: argparse.Namespace) -> MatteSequence:
    from ftpvm.media.matte_sequence import MatteSequence

    return MatteSequence(
        args.out, args.name or f"{clip_name(args.source)}_matte", args.format if args.format in STILLS else "png16",
        channel=args.exr_channel, compression=args.exr_compression,
    )  # fmt: skip


def _products(args: argparse.Namespace, source: Source, mattes: MatteSequence) -> dict[str, Product]:
    """What is to be made beside the mattes, by the path of the file or the pattern of the files."""
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec
    from ftpvm.media.rgba_sequence import RgbaSequence

    products: dict[str, Product] = {}
    base = mattes.name.removesuffix("_matte")
    if args.format in MOVIES:
        codec = MovieCodec(args.format)
        path = args.out / f"{mattes.name}{codec.suffix}"
        products[str(path)] = deliver.alpha_movie(source, path, codec, foreground=args.foreground)
    elif args.foreground:
        stills = RgbaSequence(args.out, f"{base}_foreground", args.format, premultiply=args.premultiplied,
                              compression=args.exr_compression)  # fmt: skip
        products[stills.pattern] = deliver.foreground_stills(stills)
    if args.composite:
        codec = MovieCodec(args.format if args.format in MOVIES else "prores")
        path = args.out / f"{base}_composite{codec.suffix}"
        products[str(path)] = deliver.composite_movie(source, path, codec, args.composite)
    return products


def clip_name(source: str) -> str:
    """A source's name without its ending and frame number: "shot.v002" for shot.v002.%04d.exr."""
    from ftpvm.media.sequence import is_sequence

    path = Path(os.path.abspath(source))  # noqa: PTH100 -- "." and ".." have names; links keep theirs
    if path.is_dir() or not is_sequence(path):
        return (path.name if path.is_dir() else path.stem) or "shot"
    number = r"\d+" if path.is_file() else r"%\d*d|#+"
    name = re.sub(rf"[._ -]*({number})(?!.*({number}))", "", path.stem)
    return name.lstrip("._ -") or path.parent.name or "shot"


def _shot(args: argparse.Namespace, source: Source, mattes: MatteSequence) -> Shot:
    from ftpvm.propagation import Settings
    from ftpvm.shots import KeyframeImage, make_shot, resolution_for

    settings = Settings(args.direction, resolution_for(args.weights, args.resolution))
    keyframes = (KeyframeImage(number, path, args.band, args.fit).load(source.size) for number, path in args.keyframe)
    return make_shot(source, keyframes, args.frames, mattes, settings)


def _propagate(args: argparse.Namespace, shot: Shot) -> Report:
    from ftpvm.cli.progress import Display, polite_interrupt
    from ftpvm.model.checkpoint import load_network
    from ftpvm.propagation import NetworkRunner, Propagator, choose_device
    from ftpvm.shots import require_writable

    device = choose_device(args.device)
    propagator = Propagator(NetworkRunner(load_network(args.weights), device))
    # After everything else: a refused command leaves no empty folder.
    require_writable([args.out / "matte", *([args.preview] if args.preview else [])])
    with Display("matting", as_json=args.json) as show, polite_interrupt() as should_stop:
        report = propagator.run(
            shot, on_progress=lambda p: show(p.done, p.total, p.frame, p.span.frames), should_stop=should_stop
        )
    for warning in report.warnings:
        print(f"ftpvm: {warning}", file=sys.stderr)
    if report.stopped or should_stop():  # in the last frames, too late for the mattes: then nothing is delivered
        raise KeyboardInterrupt
    return report


def _deliver(
    args: argparse.Namespace, source: Source, mattes: MatteSequence, shot: Shot, products: dict[str, Product]
) -> None:
    """The files beside the mattes."""
    from ftpvm.cli.progress import Display
    from ftpvm.media.deliver import deliver, write_preview

    frames = shot.reached
    if products:
        with Display("writing", as_json=args.json) as show:
            deliver(source, mattes, frames, products.values(),
                    lambda frame: show(frame - frames[0] + 1, len(frames), frame, frames))  # fmt: skip
    if args.preview:
        trimaps = {k.frame: k.trimap for k in shot.keyframes}
        write_preview(source, mattes, frames, args.preview, trimaps, title=source.path.name)


def _finish(args: argparse.Namespace, mattes: MatteSequence, files: list[str], report: Report) -> None:
    words = [f"Mattes: {mattes.pattern} ({report.frames_run} frames run, {report.spans_kept} spans were up to date)"]
    _say(
        args, "\n  ".join([*words, *files]), event="done", mattes=mattes.pattern, files=files,
        frames_run=report.frames_run, frames_resumed=report.frames_resumed, spans_run=report.spans_run,
        spans_kept=report.spans_kept, resolution=report.resolution, seconds=round(report.seconds, 3),
        warnings=report.warnings,
    )  # fmt: skip


def _say(args: argparse.Namespace, words: str, **facts: Any) -> None:
    """`words` for people, `facts` for machines."""
    print(json.dumps(facts) if args.json else words, flush=True)
