# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes made elsewhere, and true alpha that lies beside no frames: folders of stills, or movies, one a clip."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    """The alphas (h, w) in [0, 1] of a clip, as linear data. numbers: of the frames, ascending, as files have them."""

    name: str
    path: Path
    numbers: tuple[int, ...]
    source: Source

    def read(self, indices: range) -> Iterator[NDArray[np.float32]]:
        """Alphas by their place in `numbers`. Raises SourceError naming the file."""
        return (np.ascontiguousarray(image[..., 0]) for _, image in self.source.read(indices))


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
    if root.is_file() or _stills(root):
        name = root.stem if root.is_file() else root.name
        return {name: _opened(name, root)}
    if not root.is_dir():
        raise SourceError(f"{root} doesn't exist: mattes should be {_FORMS.format(root=root)}.")
    found = {}
    for path in sorted(path for path in root.iterdir() if not path.name.startswith(".")):
        inside = next((path / name for name in _INSIDE if (path / name).is_dir()), path)
        if inside.is_dir() and _stills(inside):
            found[path.name] = _opened(path.name, inside)
        elif path.is_file() and path.suffix.lower() in (".mov", ".mp4", ".mkv", ".webm", ".avi"):
            found[path.stem] = _opened(path.stem, path)
    if not found:
        raise SourceError(f"{root} holds no mattes: they should be {_FORMS.format(root=root)}.")
    return found


def matched(alphas: Alphas, clip: Clip) -> Iterator[MattedFrame]:
    """The mattes of a clip's annotated frames.

    Frames go together by the numbers in their files' names; where those differ but there are as many mattes as frames,
    in order. Raises SourceError where a frame has no matte.
    """
    places = _places(alphas, clip)
    for run in _runs(places):
        for at, matte in zip(run, alphas.read(range(places[run[0]], places[run[-1]] + 1)), strict=True):
            yield MattedFrame(at, matte)


def _places(alphas: Alphas, clip: Clip) -> dict[int, int]:
    """Where the matte of each annotated frame stands among the alphas."""
    place, numbers = {number: at for at, number in enumerate(alphas.numbers)}, clip.footage.numbers
    missing = [numbers[frame] for frame in clip.annotated if numbers[frame] not in place]
    if not missing:
        return {frame: place[numbers[frame]] for frame in clip.annotated}
    for frames in (clip.annotated, range(len(numbers))):
        if len(frames) == len(alphas.numbers):
            return {frame: at for at, frame in enumerate(frames) if frame in clip.footage.annotated}
    raise SourceError(
        f"{alphas.path} has {len(alphas.numbers)} mattes, none of them numbered {missing[0]} as one of the "
        f"{len(clip.annotated)} frames of {clip.name} is: number mattes as the frames are."
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
        digits = re.search(r"(\d+)\D*$", still.stem)
        number = int(digits[1]) if digits else 0
        if number in numbered:
            raise SourceError(f"{numbered[number]} and {still.name} are both frame {number}: keep one matte a frame.")
        numbered[number] = still
    numbers = tuple(sorted(numbered))
    return Alphas(name, path, numbers, open_source([numbered[n] for n in numbers], colorspace="srgb"))
