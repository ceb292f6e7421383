# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made from finished mattes and the source's frames, streaming: RGBA movies and stills, composites, previews."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.media.composite import composite, make_background
from ftpvm.media.contact_sheet import SheetRow, write_contact_sheet
from ftpvm.media.foreground import estimate_foreground, straight
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.movie_writer import MovieCodec, MovieWriter
from ftpvm.media.rgba_sequence import RgbaSequence
from ftpvm.media.source import Source

Floats = NDArray[np.floating]
Estimate = Callable[[Floats, Floats], Floats]
DEFAULT_FPS = Fraction(24)
PREVIEW_ROWS = 6


def keep_colours(image: Floats, matte: Floats) -> Floats:
    """The plate's own colours, where no foreground estimate is asked for."""
    return image


def matted_frames(source: Source, mattes: MatteSequence, frames: range) -> Iterator[tuple[int, Floats, Floats]]:
    """(frame, image (h, w, 3), matte (h, w)) in order."""
    return ((number, image, mattes.read(number)) for number, image in source.read(frames))


def deliver_movie(
    source: Source, mattes: MatteSequence, frames: range, path: Path, codec: MovieCodec, *, foreground: bool = False
) -> None:
    """A movie with alpha; its colours are the plate's, or the estimated foreground's."""
    colours: Estimate = estimate_foreground if foreground else keep_colours
    with _movie(source, path, codec) as movie:
        for _, image, matte in matted_frames(source, mattes, frames):
            movie.write(straight(colours(image, matte), matte))


def deliver_foreground(source: Source, mattes: MatteSequence, frames: range, stills: RgbaSequence) -> None:
    """The estimated foreground with its matte as RGBA stills."""
    for number, image, matte in matted_frames(source, mattes, frames):
        stills.write(number, estimate_foreground(image, matte), matte)


def deliver_composite(
    source: Source, mattes: MatteSequence, frames: range, path: Path, codec: MovieCodec, background: str
) -> None:
    """A movie of the estimated foreground over a background (see `make_background`)."""
    behind, opaque = make_background(background, source.size), np.ones(source.size[::-1], np.float32)
    with _movie(source, path, codec) as movie:
        for _, image, matte in matted_frames(source, mattes, frames):
            movie.write(straight(composite(estimate_foreground(image, matte), matte, behind), opaque))


def deliver_preview(
    source: Source, mattes: MatteSequence, frames: range, path: Path, trimaps: dict[int, Floats], title: str
) -> None:
    """One picture of the shot at a few times: its keyframes with their trimaps and frames between."""
    rows = []
    for number in preview_frames(frames, sorted(trimaps)):
        ((_, image, matte),) = matted_frames(source, mattes, range(number, number + 1))
        rows.append(SheetRow(number, image, matte, trimaps.get(number), keyframe=number in trimaps))
    write_contact_sheet(path, rows, title=title)


def preview_frames(frames: range, keyframes: list[int]) -> list[int]:
    """The first keyframes, filled up with the frames furthest from all chosen so far."""
    chosen = [k for k in keyframes if k in frames][: PREVIEW_ROWS // 2] or [frames[0]]
    while len(chosen) < min(PREVIEW_ROWS, len(frames)):
        chosen.append(max(frames, key=lambda f: min(abs(f - c) for c in chosen)))
    return sorted(chosen)


def _movie(source: Source, path: Path, codec: MovieCodec) -> AbstractContextManager[MovieWriter]:
    return MovieWriter(path, source.size, source.fps or DEFAULT_FPS, codec)
