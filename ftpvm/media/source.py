# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot's frames, whatever file they come from: numbered float images as a viewer shows them."""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ftpvm.errors import SourceError

if TYPE_CHECKING:
    from ftpvm.media.colour import SrgbView

Image = npt.NDArray[np.float32]

# Part of every identity: raise it when the same file starts to give other pixels.
PIXELS_VERSION = 1


class Source(abc.ABC):
    """Frames of one movie or image sequence.

    Reads hold nothing between them: each opens what it needs, so several may run at once, in any threads.

    path: what the user named, a file, a folder or a pattern.
    frames: frame numbers, ascending, step 1; file-name numbers for sequences, 0-based for movies.
    size: (width, height) in pixels as displayed, after rotation metadata.
    fps: frames per second; None for sequences unless given.
    """

    path: Path
    frames: range
    size: tuple[int, int]
    fps: Fraction | None
    _view: SrgbView
    _closed = False

    def read(self, numbers: range) -> Iterator[tuple[int, Image]]:
        """Yield (number, image) for `numbers`, a part of `frames` with step +1 or -1, in that order.

        Images are float32 (h, w, 3) RGB in [0, 1], sRGB display-referred, C-contiguous, finite, the caller's to change.
        Raises SourceError where a frame is missing, damaged or of another size.
        """
        if self._closed:
            raise SourceError(f"{self.path.name} was closed; open it again to read from it.")
        if len(numbers) > 1 and numbers.step not in (1, -1):
            raise SourceError(f"Frames are read one after the other; a step of {numbers.step} isn't possible.")
        if numbers and not (numbers[0] in self.frames and numbers[-1] in self.frames):
            asked, held = sorted((numbers[0], numbers[-1])), self.frames
            raise SourceError(
                f"{self.path.name} has frames {held[0]}-{held[-1]}, not {asked[0]}-{asked[1]}; pick a range inside."
            )
        return ((number, self._view(image)) for number, image in self._images(numbers))

    def identity(self) -> str:
        """A fingerprint of what `read` gives: file names, sizes, modification times and colour settings.

        It does not depend on the folder, so a moved shot keeps it. Raises SourceError when a file is gone.
        """
        parts = [f"{type(self).__name__} {PIXELS_VERSION} {self.frames}", self._view.identity]
        for file in self._files():
            try:
                stat = file.stat()
            except OSError as error:
                raise SourceError(f"{file} can't be read any more ({error.strerror}).") from error
            parts.append(f"{file.name}|{stat.st_size}|{stat.st_mtime_ns}")
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    def origin(self) -> str:
        """Where the frames lie, however the user names them and whatever they hold."""
        return str(self._files()[0].resolve())

    def close(self) -> None:
        """Refuse further reads; those under way keep their own files until they end."""
        self._closed = True

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @abc.abstractmethod
    def _files(self) -> Sequence[Path]:
        """The files that hold the frames, in order."""

    @abc.abstractmethod
    def _images(self, numbers: range) -> Iterator[tuple[int, Image]]:
        """`read` before colour: float32 (h, w, 3) RGB in the file's own colour space."""


def open_source(
    path: str | Path | Sequence[str | Path],
    *,
    colorspace: str = "auto",
    ocio_config: str | Path | None = None,
    on_missing: str = "error",
    fps: Fraction | float | None = None,
) -> Source:
    """Open a movie, an image sequence (`name.%04d.ext`, `name.####.ext`, a folder), a still or a list of stills.

    colorspace: "auto", "srgb", "linear", "cineon" or a name, alias or role of the OCIO config (see `colour.SrgbView`).
    ocio_config: an .ocio file or "ocio://..." name; None takes $OCIO, else OCIO's own studio config.
    on_missing: "error", or "hold" to repeat the frame before a gap in a sequence's numbering.
    fps: frames per second, overriding the movie's own.
    Raises SourceError, ColorspaceError or SettingsError (unknown `on_missing`).
    """
    from ftpvm.media import sequence

    named = Path(path) if isinstance(path, (str, Path)) else [Path(file) for file in path]
    rate = None if fps is None else Fraction(fps)
    if isinstance(named, list) or sequence.is_sequence(named):
        return sequence.SequenceSource(
            named, colorspace=colorspace, ocio_config=ocio_config, on_missing=on_missing, fps=rate
        )
    from ftpvm.media import movie

    return movie.MovieSource(named, colorspace=colorspace, ocio_config=ocio_config, fps=rate)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise SourceError where the system refuses to look at a file or into a folder."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror}); check the path and its permissions.") from error


def turned(image: Image, transpose: bool, flip_x: bool, flip_y: bool) -> Image:
    """Turn an image (h, w, 3) the way its metadata asks: transpose first, then mirror."""
    if transpose:
        image = image.swapaxes(0, 1)
    return np.ascontiguousarray(image[:: -1 if flip_y else 1, :: -1 if flip_x else 1])
