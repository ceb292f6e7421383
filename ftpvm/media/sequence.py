# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of an image sequence, or a single still, numbered as the files are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from ftpvm.errors import MissingFramesError, SettingsError, SourceError
from ftpvm.media.colour import SrgbView
from ftpvm.media.picture_file import PictureFile
from ftpvm.media.source import Image, Source, reading

# fmt: off
SUFFIXES = frozenset((
    ".bmp", ".cin", ".dpx", ".exr", ".hdr", ".heic", ".jp2", ".jpeg", ".jpg", ".png", ".psd", ".sgi", ".tga", ".tif",
    ".tiff", ".webp",
))
# fmt: on
_PLACEHOLDER = re.compile(r"^(.*)(?:%(\d+)?d|(?<!#)(#+))([^#]*)$")
_LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$")


def is_sequence(path: Path) -> bool:
    """Whether the path names a folder, a pattern or a still, by looks; anything else is left to the movie reader."""
    with reading(path):
        if path.is_dir() or path.suffix.lower() in SUFFIXES:
            return True
        return not path.exists() and _PLACEHOLDER.match(path.name) is not None


class SequenceSource(Source):
    """An image sequence read with OpenImageIO: `name.%04d.ext`, `name.####.ext`, a folder that holds one, or one still.

    Frames are numbered as the files are; a still without a number is frame 0. Given a list of files, whatever their
    names, frames are numbered from 0 in its order, and `path` is the first of them.
    Raises SourceError for no files, several sequences in a folder, gaps (unless on_missing is "hold").
    """

    def __init__(
        self,
        path: Path | Sequence[Path],
        *,
        colorspace: str = "auto",
        ocio_config: str | Path | None = None,
        on_missing: str = "error",
        fps: Fraction | None = None,
    ) -> None:
        if on_missing not in ("error", "hold"):
            raise SettingsError(f"on_missing is {on_missing!r}; it is 'error' or 'hold'.")
        if not path:
            raise SourceError("The list of images is empty; name at least one.")
        self.path = path if isinstance(path, Path) else path[0]
        with reading(self.path):
            self._present = _found(path) if isinstance(path, Path) else _listed(path, on_missing)
        self.fps = fps
        self.frames = range(min(self._present), max(self._present) + 1)
        gaps = [number for number in self.frames if number not in self._present]
        if gaps and on_missing == "error":
            raise MissingFramesError(
                f"{self.path.name} lacks {'frame' if len(gaps) == 1 else 'frames'} {compact(gaps)}; "
                f"add {'it' if len(gaps) == 1 else 'them'}."
            )
        with PictureFile(self._present[self.frames[0]]) as first:
            self.size = first.size
            self._view = SrgbView(first.usual_colorspace() if colorspace == "auto" else colorspace, ocio_config)

    def _files(self) -> Sequence[Path]:
        return [self._present[number] for number in sorted(self._present)]

    def origin(self) -> str:
        """See `Source.origin`: the first file, its number as #, since frames come and go."""
        first = Path(super().origin())
        return str(first.with_name(re.sub(r"\d+(?=\D*$)", "#", first.stem) + first.suffix))

    def _images(self, numbers: range) -> Iterator[tuple[int, Image]]:
        for number in numbers:
            held = number
            while held not in self._present:
                held -= 1
            with PictureFile(self._present[held]) as still:
                if still.size != self.size:
                    odd, usual = "x".join(map(str, still.size)), "x".join(map(str, self.size))
                    raise SourceError(f"{still.path.name} is {odd}, the frames before it {usual}; make them one size.")
                yield number, still.image()


def compact(numbers: Sequence[int]) -> str:
    """Ascending numbers for people: [12, 15, 16, 17] is "12, 15-17"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _found(path: Path) -> Mapping[int, Path]:
    """Number -> file."""
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        number = _LAST_NUMBER.match(path.stem)
        return {int(number[2]) if number else 0: path}
    match = _PLACEHOLDER.match(path.name)
    if match is None or not path.parent.is_dir():
        raise SourceError(f"{path} doesn't exist; check the path.")
    prefix, printf, hashes, suffix = match.groups()
    spelled = _speller(len(hashes) if hashes else int(printf or 0))
    wanted = re.compile(re.escape(_composed(prefix)) + r"(\d+)" + re.escape(_composed(suffix)))
    matches = ((wanted.fullmatch(_composed(file.name)), file) for file in path.parent.iterdir())
    files = {int(m[1]): file for m, file in matches if m and spelled(int(m[1])) == m[1]}
    if not files:
        raise SourceError(f"{path.parent} holds no file named like {path.name}; check the name and the digits.")
    return files


def _composed(name: str) -> str:
    """macOS may spell an accent in two characters where the artist typed one."""
    return unicodedata.normalize("NFC", name)


def _listed(files: Sequence[Path], on_missing: str) -> Mapping[int, Path]:
    """Number -> file of a list; a file that is missing is the one before it, if that is asked for."""
    listed: dict[int, Path] = {}
    for number, file in enumerate(files):
        is_there = file.is_file()
        if not is_there and (on_missing == "error" or not number):
            kind = MissingFramesError if number else SourceError  # there is nothing to hold before the first
            raise kind(f"{file} doesn't exist; put it back.")
        listed[number] = file if is_there else listed[number - 1]
    return listed


def _speller(digits: int) -> Callable[[int], str]:
    return lambda number: f"{number:0{digits}d}"


def _in_folder(folder: Path) -> Mapping[int, Path]:
    files = [f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith(".") and f.is_file()]
    sequences: dict[str, list[tuple[int, Path]]] = {}
    for file in sorted(files):
        match = _LAST_NUMBER.match(file.stem)
        name = f"{match[1]}#{match[3]}{file.suffix}" if match else file.name
        sequences.setdefault(name, []).append((int(match[2]) if match else 0, file))
    if not sequences:
        raise SourceError(f"{folder} holds no images; name a folder with one image sequence in it.")
    if len(sequences) > 1:
        names = list(sequences)
        listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise SourceError(f"{folder} holds {len(names)} sequences ({listed}); name one of them with its pattern.")
    (numbered,) = sequences.values()
    numbers: dict[int, Path] = {}
    for number, file in numbered:
        if number in numbers:
            raise SourceError(f"{numbers[number].name} and {file.name} are both frame {number}; remove one of them.")
        numbers[number] = file
    return numbers
