# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made from finished mattes and the source's frames: movies with alpha, foregrounds, composites, previews.

All products are made in one go through the shot, a frame at a time: it is decoded once, and its foreground estimated
once, however many products want it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.media.composite import background_of, composite
from ftpvm.media.contact_sheet import SheetRow, write_contact_sheet
from ftpvm.media.foreground import estimate_foreground, straight
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.movie_writer import MovieCodec, MovieWriter
from ftpvm.media.rgba_sequence import RgbaSequence
from ftpvm.media.source import Source

Floats = NDArray[np.floating]
DEFAULT_FPS = Fraction(24)
PREVIEW_ROWS = 6
_PREVIEW_SIDE = 1024  # px; more than a row of the preview shows, and six 4K frames would take a gigabyte


@dataclass(frozen=True)
class Cutout:
    """Frame number `frame` as image (h, w, 3) with its matte (h, w), sRGB and alpha in [0, 1]."""

    frame: int
    image: Floats
    matte: Floats

    @cached_property
    def foreground(self) -> Floats:
        """Estimated straight colours (h, w, 3); MissingDependencyError without PyMatting."""
        return estimate_foreground(self.image, self.matte)


Write = Callable[[Cutout], None]
Product = AbstractContextManager[Write]


def deliver(
    source: Source,
    mattes: MatteSequence,
    frames: range,
    products: Iterable[Product],
    on_frame: Callable[[int], None] = lambda frame: None,
) -> None:
    """Make `products` of `frames` in order; `on_frame` is called with the number of each finished frame.

    A movie appears when all went well, and otherwise leaves nothing. SourceError, OutputError, DiskFullError.
    """
    with ExitStack() as opened:
        writes = [opened.enter_context(product) for product in products]
        for number, image in source.read(frames):
            cutout = Cutout(number, image, mattes.read(number))
            for write in writes:
                write(cutout)
            on_frame(number)


@contextmanager
def alpha_movie(source: Source, path: Path, codec: MovieCodec, *, foreground: bool = False) -> Iterator[Write]:
    """A movie with alpha, if the codec has it; its colours are the plate's, or the estimated foreground's."""
    with _movie(source, path, codec) as movie:
        yield lambda c: movie.write(straight(c.foreground if foreground else c.image, c.matte))


@contextmanager
def matte_movie(source: Source, path: Path, codec: MovieCodec) -> Iterator[Write]:
    """The mattes as a grey movie."""
    with _movie(source, path, codec) as movie:
        yield lambda c: movie.write(c.matte)


@contextmanager
def composite_movie(source: Source, path: Path, codec: MovieCodec, background: str) -> Iterator[Write]:
    """A movie of the estimated foreground over a background (see `background_of`)."""
    behind, opaque = background_of(background)(source.size), np.ones(source.size[::-1], np.float32)
    with _movie(source, path, codec) as movie:
        yield lambda c: movie.write(straight(composite(c.foreground, c.matte, behind), opaque))


@contextmanager
def foreground_stills(stills: RgbaSequence) -> Iterator[Write]:
    """The estimated foreground with its matte as RGBA stills."""
    yield lambda c: stills.write(c.frame, c.foreground, c.matte)


def write_preview(
    source: Source, mattes: MatteSequence, frames: range, path: Path, trimaps: dict[int, Floats], title: str
) -> None:
    """One picture of the shot at a few times: its keyframes with their trimaps and frames between."""
    rows = []
    for number in preview_frames(frames, sorted(trimaps)):
        ((_, image),) = source.read(range(number, number + 1))
        trimap = _small(trimaps[number]) if number in trimaps else None
        rows.append(SheetRow(number, _small(image), _small(mattes.read(number)), trimap, keyframe=number in trimaps))
    write_contact_sheet(path, rows, title=title)


def preview_frames(frames: range, keyframes: list[int]) -> list[int]:
    """Up to PREVIEW_ROWS of `frames`, half of them `keyframes`: always the one furthest from all chosen before."""
    chosen = keyframes[:1] or [frames[0]]
    for pool, count in ((keyframes, PREVIEW_ROWS // 2), (frames, PREVIEW_ROWS)):
        while len(chosen) < min(count, len(pool)):
            chosen.append(max(pool, key=lambda f: min(abs(f - c) for c in chosen)))
    return sorted(chosen)


def _movie(source: Source, path: Path, codec: MovieCodec) -> MovieWriter:
    return MovieWriter(path, source.size, source.fps or DEFAULT_FPS, codec)


def _small(picture: Floats) -> Floats:
    height, width = picture.shape[:2]
    scale = min(1.0, _PREVIEW_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return picture if scale == 1 else np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
