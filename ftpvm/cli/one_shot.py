# SPDX-License-Identifier: GPL-3.0-or-later
"""One shot from its options to its files: what `ftpvm matte` does once and `ftpvm batch` for each of its shots."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli.matte_options import MOVIES, STILLS
from ftpvm.errors import SettingsError

if TYPE_CHECKING:
    from ftpvm.media.deliver import Product
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.media.numbered import NumberedStills
    from ftpvm.media.source import Source
    from ftpvm.propagation import Keyframe, Progress, Propagator, Report, Shot, Span
    from ftpvm.shots import KeyframeImage


@dataclass(frozen=True)
class Extra:
    """Something to make beside the mattes: a file, or stills.

    depends_on: what it is made of besides the mattes and the source.
    """

    product: Callable[[Source], Product]
    depends_on: tuple[object, ...] = ()
    stills: NumberedStills | None = None


Extras = dict[str, Extra]  # by the path of the file or the pattern of the files


@dataclass(frozen=True)
class Wanted:
    """What is wanted of one shot.

    options: those of `matte_options.add_shot_options`.
    images: the files that its keyframes come from, which must not be written over.
    keyframes: from the open source.
    extras: what to make beside the mattes.
    """

    options: argparse.Namespace
    images: Sequence[Path]
    keyframes: Callable[[Source], Iterable[Keyframe]]
    extras: Extras

    @property
    def previews(self) -> list[Path]:
        """The one that is wanted, or none."""
        return [self.options.preview] if self.options.preview else []

    @property
    def written(self) -> list[Path]:
        """All that is written: files, patterns of them, and the mattes' name, by which their notes are called."""
        mattes = _mattes(self.options)
        return [*map(Path, [mattes.pattern, *self.extras]), *self.previews, mattes.folder / mattes.name]


@dataclass(frozen=True)
class Made:
    """What came of it. mattes: their pattern. files: what was made beside them."""

    mattes: str
    files: list[str]
    report: Report


def as_asked(options: argparse.Namespace, keyframes: Sequence[KeyframeImage]) -> Wanted:
    """Keyframes from images, and the extras that the options name. Raises what would only fail after hours."""
    refuse_early(options, [k.frame for k in keyframes])
    return Wanted(
        options, [k.path for k in keyframes], lambda source: (k.load(source.size) for k in keyframes), _extras(options)
    )


def run_shot(wanted: Wanted, propagator: Callable[[str, str], Propagator], *, as_json: bool = False) -> Made:
    """Bring the mattes and all extras of a shot up to date.

    propagator: called with the names of weights and device when all else was found to be right.
    Raises KeyboardInterrupt when stopped (what is done is kept), and every FtpvmError.
    """
    from ftpvm.media import open_source
    from ftpvm.propagation.lock import only_writer
    from ftpvm.shots import spare_inputs, spare_other_mattes

    options = wanted.options
    with open_source(
        options.source, colorspace=options.colorspace, ocio_config=options.ocio_config,
        on_missing=options.on_missing, fps=options.fps,
    ) as source:  # fmt: skip
        mattes = _mattes(options)
        spare_inputs(wanted.written, [Path(options.source), *wanted.images])
        shot = _shot(wanted, source, mattes)
        spare_other_mattes(shot)
        report = _propagate(wanted, shot, propagator, as_json)
        if wanted.extras or wanted.previews:
            with only_writer(mattes.folder, mattes.name):  # or they might be made of another run's mattes half-way
                _deliver(source, mattes, shot.reached, wanted.extras, as_json)
                for preview in wanted.previews:
                    _write_preview(source, mattes, shot, preview)
    return Made(mattes.pattern, [*wanted.extras, *map(str, wanted.previews)], report)


def refuse_early(options: argparse.Namespace, keyframes: Sequence[int] = ()) -> None:
    """Raise what would only fail after hours, or at a later shot's turn, as far as no source is needed to know."""
    from ftpvm.media.colour import SrgbView
    from ftpvm.media.composite import background_of
    from ftpvm.media.foreground import require_estimator
    from ftpvm.media.movie_writer import require_encoder
    from ftpvm.model.checkpoint import find_weights
    from ftpvm.propagation import Settings, choose_device
    from ftpvm.propagation.keyframes import require_agreeing
    from ftpvm.shots import require_range

    require_range(*options.range)
    require_agreeing(keyframes, *options.range)
    if options.colorspace != "auto":
        SrgbView(options.colorspace, options.ocio_config)
    choose_device(options.device)
    find_weights(options.weights)
    if options.resolution is not None:
        Settings(resolution=options.resolution)
    if options.format in MOVIES:
        require_encoder(options.format)
    if options.composite:
        require_encoder(options.format if options.format in MOVIES else "prores")
        background_of(options.composite)
    if options.foreground or options.composite:
        require_estimator()
    if options.premultiplied is not None and (not options.foreground or options.format in MOVIES):
        raise SettingsError("--premultiplied is about RGBA stills: add --foreground and choose png16, png8 or exr.")
    if options.format != "exr" and (options.exr_channel or options.exr_compression):
        raise SettingsError("--exr-channel and --exr-compression are about EXR: add --format exr, or leave them out.")


def _mattes(options: argparse.Namespace) -> MatteSequence:
    from ftpvm.media.matte_sequence import MatteSequence

    return MatteSequence(
        options.out, matte_name(options), options.format if options.format in STILLS else "png16",
        channel=options.exr_channel or "A", compression=options.exr_compression or "zip",
    )  # fmt: skip


def _extras(options: argparse.Namespace) -> Extras:
    from ftpvm.kept import file_stamp
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec
    from ftpvm.media.rgba_sequence import RgbaSequence

    extras: Extras = {}
    name = matte_name(options)
    base = name.removesuffix("_matte")
    if options.format in MOVIES:
        codec = MovieCodec(options.format)
        path = options.out / f"{name}{codec.suffix}"
        movie = partial(deliver.alpha_movie, path=path, codec=codec, foreground=options.foreground)
        extras[str(path)] = Extra(movie, (options.foreground,))
    elif options.foreground:
        stills = RgbaSequence(options.out, f"{base}_foreground", options.format, premultiply=options.premultiplied,
                              compression=options.exr_compression or "zip")  # fmt: skip
        depends_on = stills.premultiply, stills.compression
        extras[stills.pattern] = Extra(lambda source: deliver.foreground_stills(stills), depends_on, stills)
    if options.composite:
        codec = MovieCodec(options.format if options.format in MOVIES else "prores")
        path = options.out / f"{base}_composite{codec.suffix}"
        movie = partial(deliver.composite_movie, path=path, codec=codec, background=options.composite)
        extras[str(path)] = Extra(movie, (options.composite, file_stamp(Path(options.composite))))
    return extras


def matte_name(options: argparse.Namespace) -> str:
    """What the mattes of a shot are called."""
    return options.name or f"{clip_name(options.source)}_matte"


def clip_name(source: str) -> str:
    """A source's name without its ending and frame number: "shot.v002" for shot.v002.%04d.exr."""
    from ftpvm.media.sequence import is_sequence

    path = Path(os.path.abspath(source))  # noqa: PTH100 -- "." and ".." have names; links keep theirs
    if not is_sequence(path) or path.is_dir():
        return (path.name if path.is_dir() else path.stem) or "shot"
    number = r"\d+" if path.is_file() else r"%\d*d|#+"
    name = re.sub(rf"[._ -]*({number})(?!.*({number}))", "", path.stem)
    return name.lstrip("._ -") or path.parent.name or "shot"


def _shot(wanted: Wanted, source: Source, mattes: MatteSequence) -> Shot:
    from ftpvm.propagation import Settings
    from ftpvm.shots import make_shot, resolution_for

    options = wanted.options
    settings = Settings(options.direction, resolution_for(options.weights, options.resolution), options.adapt)
    return make_shot(source, wanted.keyframes(source), options.range, mattes, settings)


def _propagate(wanted: Wanted, shot: Shot, propagator: Callable[[str, str], Propagator], as_json: bool) -> Report:
    from ftpvm.cli.progress import Display, polite_interrupt
    from ftpvm.shots import require_writable

    warm = propagator(wanted.options.weights, wanted.options.device)
    # After everything else: a refused command leaves no empty folder.
    require_writable([wanted.options.out / "matte", *wanted.previews])
    with (
        Display("adapting", as_json=as_json, counts="steps") as adapting,
        Display("matting", as_json=as_json) as matting,
        polite_interrupt() as should_stop,
    ):

        def on_adapting(span: Span, done: int, total: int) -> None:
            matting.pause()
            adapting(done, total, span.keyframes[0], span.frames)

        def on_progress(progress: Progress) -> None:
            adapting.pause()
            matting(progress.done, progress.total, progress.frame, progress.span.frames)

        report = warm.run(shot, on_adapting=on_adapting, on_progress=on_progress, should_stop=should_stop)
    for warning in report.warnings:
        print(f"ftpvm: {warning}", file=sys.stderr)
    if report.stopped or should_stop():  # in the last frames, too late for the mattes: then nothing is delivered
        raise KeyboardInterrupt
    return report


def _deliver(source: Source, mattes: MatteSequence, frames: range, extras: Extras, as_json: bool) -> None:
    """Those extras that aren't there yet or were made of something else."""
    from ftpvm.cli.progress import Display
    from ftpvm.kept import file_stamp
    from ftpvm.made import PRODUCTS_VERSION, MadeFiles
    from ftpvm.media.deliver import deliver

    if not extras:
        return
    made = MadeFiles(mattes.folder / f".{mattes.name}.extras.json")
    shot = PRODUCTS_VERSION, source.identity(), source.fps, [file_stamp(mattes.path(frame)) for frame in frames]
    made_of = {path: sha256(repr((shot, e.depends_on)).encode()).hexdigest() for path, e in extras.items()}
    files = {path: [e.stills.path(f) for f in frames] if e.stills else [Path(path)] for path, e in extras.items()}
    stale = [path for path in extras if not made.has(path, files[path], made_of[path])]
    if not stale:
        return
    with Display("writing", as_json=as_json) as show:
        deliver(source, mattes, frames, [extras[path].product(source) for path in stale],
                lambda frame: show(frame - frames[0] + 1, len(frames), frame, frames))  # fmt: skip
    for path in stale:
        made.note(path, files[path], made_of[path])


def _write_preview(source: Source, mattes: MatteSequence, shot: Shot, path: Path) -> None:
    from ftpvm.media.deliver import write_preview

    trimaps = {k.frame: k.trimap for k in shot.keyframes if k.image is None}
    write_preview(source, mattes, shot.reached, path, trimaps, title=source.path.name)
