# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes made elsewhere, and true alpha that lies beside no frames: folders of stills, or movies, one a clip."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from ftpvm.datasets.alpha import alpha_in
from ftpvm.datasets.layout import MOVIES, last_number
from ftpvm.errors import SourceError
from ftpvm.media import Source, open_source
from ftpvm.media.sequence import SUFFIXES

from .clip import Clip
from .matted import MattedFrame
from .testsets import TrueFrame

_INSIDE = ("pha", "alpha")  # where a clip's mattes lie if not in its folder itself
_FORMS = "{root}/CLIP[/pha]/NAME.0000.png, {root}/CLIP.mov, or one clip"


@dataclass(frozen=True)
class Alphas:
    """The alphas (h, w) in [0, 1] of a clip, as linear data.

    numbers: of the frames, ascending, as files have them; a movie's count from 0. stills: the files, none of a movie.
    """

    name: str
    path: Path
    numbers: tuple[int, ...]
    source: Source
    stills: tuple[Path, ...] = ()

    def read(self, indices: range) -> Iterator[NDArray[np.float32]]:
        """Alphas by their place in `numbers`. Raises SourceError naming the file."""
        for at, image in self.source.read(indices):
            file = self.stills[at] if self.stills else self.path
            alpha = alpha_in(image, _alpha_channel(file) if self.stills else None)
            if alpha is None:
                raise SourceError(f"{file} is in colour, it looks like a picture: save the matte itself, in grey.")
            yield alpha


@dataclass(frozen=True)
class BareFootage:
    """True alpha without frames, as footage."""

    alphas: Alphas

    @property
    def name(self) -> str:
        return self.alphas.name

    @property
    def numbers(self) -> Sequence[int]:
        return self.alphas.numbers

    @property
    def annotated(self) -> Collection[int]:
        return range(len(self))

    def __len__(self) -> int:
        return len(self.alphas.numbers)

    def read(self, frames: range) -> Iterator[TrueFrame]:
        return (TrueFrame(None, alpha) for alpha in self.alphas.read(frames))

    def identity(self) -> str:
        return self.alphas.source.identity()[:16]


def alphas_in(root: Path) -> dict[str, Alphas]:
    """The clips of a folder by name, or the one clip that `root` is. Raises SourceError where there are none."""
    if root.is_file():
        return {root.stem: _opened(root.stem, root)}
    if not root.is_dir():
        raise SourceError(f"{root} doesn't exist: mattes should be {_FORMS.format(root=root)}.")
    if _stills(inside := _inside(root)):
        return {root.resolve().name: _opened(root.resolve().name, inside)}
    found = {}
    for path in sorted(path for path in root.iterdir() if not path.name.startswith(".")):
        if _stills(inside := _inside(path)):
            found[path.name] = _opened(path.name, inside)
        elif path.is_file() and path.suffix.lower() in MOVIES:
            found[path.stem] = _opened(path.stem, path)
    if not found:
        raise SourceError(f"{root} holds no mattes: they should be {_FORMS.format(root=root)}.")
    return found


def matched(alphas: Alphas, clip: Clip) -> Iterator[MattedFrame]:
    """The mattes of a clip's annotated frames.

    Stills go by the numbers in their names if those of all the clip's frames are there, or just those of the annotated
    ones; else, and in movies, they go in order if they are as many. Raises SourceError where neither fits.
    """
    places = _places(alphas, clip)
    for run in _runs(places):
        for at, matte in zip(run, alphas.read(range(places[run[0]], places[run[-1]] + 1)), strict=True):
            yield MattedFrame(at, matte)


def _places(alphas: Alphas, clip: Clip) -> dict[int, int]:
    """Where the matte of each annotated frame stands among the alphas."""
    numbers, count = clip.footage.numbers, len(alphas.numbers)
    place = {number: at for at, number in enumerate(alphas.numbers)}
    wanted = {frame: numbers[frame] for frame in clip.annotated}
    is_whole = all(numbers[frame] in place for frame in clip.frames)
    if alphas.stills and (is_whole or place.keys() == set(wanted.values())):
        return {frame: place[number] for frame, number in wanted.items()}
    for frames in (range(len(numbers)), clip.annotated):
        if len(frames) == count:
            return {frame: at for at, frame in enumerate(frames) if frame in wanted}
    raise SourceError(
        f"{alphas.path} has {count} mattes and {clip.name} {len(numbers)} frames, {numbers[0]} to {numbers[-1]}, so it "
        "isn't known which belong together: give every frame a matte, and number stills as the frames are."
    )


def _runs(places: dict[int, int]) -> Iterator[list[int]]:
    """Frames that stand one after the other, and so do their mattes: movies are read in one go."""
    run: list[int] = []
    for frame, at in places.items():
        if run and (frame, at) != (run[-1] + 1, places[run[-1]] + 1):
            yield run
            run = []
        run.append(frame)
    yield run


def _inside(folder: Path) -> Path:
    """Where a clip's mattes lie: beside them may be a picture of its worst frame."""
    return next((folder / name for name in _INSIDE if (folder / name).is_dir()), folder)


def _stills(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def _opened(name: str, path: Path) -> Alphas:
    """A list of stills may have gaps in its numbers, where only some frames are annotated."""
    if path.is_file():
        source = open_source(path, colorspace="srgb")
        return Alphas(name, path, tuple(source.frames), source)
    numbered: dict[int, Path] = {}
    for still in _stills(path):
        number = last_number(still.stem) or 0
        if number in numbered:
            raise SourceError(f"{numbered[number]} and {still.name} are both frame {number}: keep one matte a frame.")
        numbered[number] = still
    numbers = tuple(sorted(numbered))
    stills = tuple(numbered[number] for number in numbers)
    return Alphas(name, path, numbers, open_source(stills, colorspace="srgb"), stills)


def _alpha_channel(still: Path) -> NDArray[np.float32] | None:
    """A still's alpha (h, w) over its whole display window."""
    picture = oiio.ImageBuf(str(still))
    channel = picture.spec().alpha_channel
    if channel < 0 or not picture.read(0, 0, True, oiio.FLOAT):
        return None  # what can't be read, `source` tells
    pixels = picture.get_pixels(oiio.FLOAT, picture.roi_full)
    return None if pixels is None else np.asarray(pixels[..., channel], np.float32)
