# SPDX-License-Identifier: GPL-3.0-or-later
"""One shot from its options to its files: what `ftpvm matte` does once and `ftpvm batch` for each of its shots."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli.matte_options import MOVIES, STILLS
from ftpvm.errors import SettingsError

if TYPE_CHECKING:
    from ftpvm.media.deliver import Product
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.media.source import Source
    from ftpvm.propagation import Keyframe, Propagator, Report, Shot
    from ftpvm.shots import KeyframeImage

Products = dict[str, "Product"]  # by the path of the file or the pattern of the files


@dataclass(frozen=True)
class Wanted:
    """What is wanted of one shot.

    options: those of `matte_options.add_shot_options`.
    images: the files that its keyframes come from, which must not be written over.
    keyframes: from the open source.
    products: what to make beside the mattes.
    """

    options: argparse.Namespace
    images: Sequence[Path]
    keyframes: Callable[[Source], Iterable[Keyframe]]
    products: Callable[[Source, MatteSequence], Products]


@dataclass(frozen=True)
class Made:
    """What came of it. mattes: their pattern. files: what was made beside them."""

    mattes: str
    files: list[str]
    report: Report


def as_asked(options: argparse.Namespace, keyframes: Sequence[KeyframeImage]) -> Wanted:
    """Keyframes from images, and the products that the options name. Raises what would only fail after hours."""
    _refuse_early(options)
    return Wanted(
        options, [k.path for k in keyframes], lambda source: (k.load(source.size) for k in keyframes),
        lambda source, mattes: _products(options, source, mattes),
    )  # fmt: skip


def run_shot(wanted: Wanted, propagator: Callable[[str, str], Propagator], *, as_json: bool = False) -> Made:
    """Bring the mattes and all products of a shot up to date.

    propagator: called with the names of weights and device when all else was found to be right.
    Raises KeyboardInterrupt when stopped (what is done is kept), and every FtpvmError.
    """
    from ftpvm.media import open_source
    from ftpvm.shots import spare_inputs, spare_other_mattes

    options = wanted.options
    previews = [options.preview] if options.preview else []
    with open_source(
        options.source, colorspace=options.colorspace, ocio_config=options.ocio_config,
        on_missing=options.on_missing, fps=options.fps,
    ) as source:  # fmt: skip
        mattes = _mattes(options)
        products = wanted.products(source, mattes)
        written = [mattes.path(0), *map(Path, products), *previews]
        spare_inputs(written, [Path(options.source), *wanted.images])
        shot = _shot(wanted, source, mattes)
        spare_other_mattes(shot)
        report = _propagate(options, shot, propagator, as_json)
        _deliver(options, source, mattes, shot, products, as_json)
    return Made(mattes.pattern, [*products, *map(str, previews)], report)


def _refuse_early(options: argparse.Namespace) -> None:
    from ftpvm.media.composite import make_background
    from ftpvm.media.foreground import require_estimator
    from ftpvm.media.movie_writer import require_encoder

    if options.format in MOVIES:
        require_encoder(options.format)
    if options.composite:
        require_encoder(options.format if options.format in MOVIES else "prores")
        make_background(options.composite, (16, 16))
    if options.foreground or options.composite:
        require_estimator()
    if options.premultiplied is not None and (not options.foreground or options.format in MOVIES):
        raise SettingsError("--premultiplied is about RGBA stills: add --foreground and choose png16, png8 or exr.")


def _mattes(options: argparse.Namespace) -> MatteSequence:
    from ftpvm.media.matte_sequence import MatteSequence

    return MatteSequence(
        options.out, options.name or f"{clip_name(options.source)}_matte",
        options.format if options.format in STILLS else "png16",
        channel=options.exr_channel, compression=options.exr_compression,
    )  # fmt: skip


def _products(options: argparse.Namespace, source: Source, mattes: MatteSequence) -> Products:
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec
    from ftpvm.media.rgba_sequence import RgbaSequence

    products: Products = {}
    base = mattes.name.removesuffix("_matte")
    if options.format in MOVIES:
        codec = MovieCodec(options.format)
        path = options.out / f"{mattes.name}{codec.suffix}"
        products[str(path)] = deliver.alpha_movie(source, path, codec, foreground=options.foreground)
    elif options.foreground:
        stills = RgbaSequence(options.out, f"{base}_foreground", options.format, premultiply=options.premultiplied,
                              compression=options.exr_compression)  # fmt: skip
        products[stills.pattern] = deliver.foreground_stills(stills)
    if options.composite:
        codec = MovieCodec(options.format if options.format in MOVIES else "prores")
        path = options.out / f"{base}_composite{codec.suffix}"
        products[str(path)] = deliver.composite_movie(source, path, codec, options.composite)
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


def _shot(wanted: Wanted, source: Source, mattes: MatteSequence) -> Shot:
    from ftpvm.propagation import Settings
    from ftpvm.shots import make_shot, resolution_for

    options = wanted.options
    settings = Settings(options.direction, resolution_for(options.weights, options.resolution))
    return make_shot(source, wanted.keyframes(source), options.frames, mattes, settings)


def _propagate(
    options: argparse.Namespace, shot: Shot, propagator: Callable[[str, str], Propagator], as_json: bool
) -> Report:
    from ftpvm.cli.progress import Display, polite_interrupt
    from ftpvm.shots import require_writable

    warm = propagator(options.weights, options.device)
    # After everything else: a refused command leaves no empty folder.
    require_writable([options.out / "matte", *([options.preview] if options.preview else [])])
    with Display("matting", as_json=as_json) as show, polite_interrupt() as should_stop:
        report = warm.run(
            shot, on_progress=lambda p: show(p.done, p.total, p.frame, p.span.frames), should_stop=should_stop
        )
    for warning in report.warnings:
        print(f"ftpvm: {warning}", file=sys.stderr)
    if report.stopped or should_stop():  # in the last frames, too late for the mattes: then nothing is delivered
        raise KeyboardInterrupt
    return report


def _deliver(
    options: argparse.Namespace, source: Source, mattes: MatteSequence, shot: Shot, products: Products, as_json: bool
) -> None:
    """The files beside the mattes."""
    from ftpvm.cli.progress import Display
    from ftpvm.media.deliver import deliver, write_preview

    frames = shot.reached
    if products:
        with Display("writing", as_json=as_json) as show:
            deliver(source, mattes, frames, products.values(),
                    lambda frame: show(frame - frames[0] + 1, len(frames), frame, frames))  # fmt: skip
    if options.preview:
        trimaps = {k.frame: k.trimap for k in shot.keyframes if k.image is None}
        write_preview(source, mattes, frames, options.preview, trimaps, title=source.path.name)
