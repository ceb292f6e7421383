# SPDX-License-Identifier: GPL-3.0-or-later
"""One clip of a test set as it lies on disk: pictures, their true alpha, and true trimaps where the set has some."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ftpvm.datasets.layout import Layout, last_number
from ftpvm.errors import SourceError, TrimapError
from ftpvm.trimaps import trimap_from_levels

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TrueFrame:
    """image (h, w, 3) RGB, alpha (h, w) and trimap (h, w) of 0, 0.5 and 1: in [0, 1], None where the set has none."""

    image: Floats | None
    alpha: Floats | None = None
    trimap: Floats | None = None


class Footage(Protocol):
    """A clip at its own size; frames are counted from 0."""

    @property
    def name(self) -> str: ...

    @property
    def numbers(self) -> Sequence[int]:
        """The frames' numbers in the names of their files, ascending."""

    @property
    def annotated(self) -> Collection[int]:
        """The frames with a true alpha."""

    def __len__(self) -> int: ...

    def read(self, frames: range) -> Iterator[TrueFrame]:
        """Consecutive frames, one at a time. Raises DatasetError, SourceError or TrimapError naming the file."""

    def identity(self) -> str:
        """Changes when a file does."""


@dataclass(frozen=True)
class Pictures:
    """Footage from picture files: an image of every frame, the alpha and the trimap of some, by frame."""

    layout: Layout
    name: str
    images: tuple[Path, ...]
    alphas: Mapping[int, Path]
    trimaps: Mapping[int, Path]

    @property
    def numbers(self) -> Sequence[int]:
        return frame_numbers(self.images)

    @property
    def annotated(self) -> Collection[int]:
        return self.alphas.keys()

    def __len__(self) -> int:
        return len(self.images)

    def read(self, frames: range) -> Iterator[TrueFrame]:
        first = None
        for frame in frames:
            image, alpha, trimap = self.layout.rgb(self.images[frame]), None, None
            first = image if first is None else first
            self.layout.require_one_size(f"frames of {self.images[frame].parent}", (first, image))
            if frame in self.alphas:
                alpha = self.layout.matte(self.alphas[frame])
                self.layout.require_one_size(f"{self.images[frame]} and its alpha", (image, alpha))
            if frame in self.trimaps:
                path = self.trimaps[frame]
                trimap = _levels(self.layout, path)
                self.layout.require_one_size(f"{self.images[frame]} and its trimap", (image, trimap))
            yield TrueFrame(np.asarray(image / np.float32(255), np.float32), alpha, trimap)

    def identity(self) -> str:
        return files_identity([*self.images, *self.alphas.values(), *self.trimaps.values()])


def _levels(layout: Layout, path: Path) -> NDArray[np.float32]:
    try:
        return trimap_from_levels(layout.matte(path), name=str(path))
    except TrimapError as error:  # what to do about it is said of keyframes
        raise layout.error(str(error).rpartition(":")[0]) from error


def frame_numbers(files: Sequence[Path]) -> Sequence[int]:
    """The last number in each name; where they have none or don't ascend, their places."""
    numbers = [number for file in files if (number := last_number(file.stem)) is not None]
    ascend = len(numbers) == len(files) and all(one < other for one, other in pairwise(numbers))
    return numbers if ascend else range(len(files))


def _require_no_gap(layout: Layout, files: Sequence[Path]) -> None:
    """Refuse frames of which one is missing: closed up, they would jump. Their numbers may be some steps apart."""
    numbers = frame_numbers(files)
    step = min((other - one for one, other in pairwise(numbers)), default=1)
    for one, other in pairwise(numbers):
        if other - one != step:
            raise layout.error(f"frame {one + step} is missing in {files[0].parent}")


def pictures_of(
    layout: Layout, name: str, images: Mapping[str, Path], alphas: Mapping[str, Path], trimaps: Mapping[str, Path]
) -> Pictures:
    """The clip of images in their order, with alphas and trimaps by the images' names. Raises DatasetError."""
    _require_no_gap(layout, list(images.values()))
    frames = {stem: frame for frame, stem in enumerate(images)}
    return Pictures(
        layout, name, tuple(images.values()), _by_frame(layout, alphas, frames, "an alpha"),
        _by_frame(layout, trimaps, frames, "a trimap"),
    )  # fmt: skip


def _by_frame(layout: Layout, files: Mapping[str, Path], frames: Mapping[str, int], what: str) -> dict[int, Path]:
    """Alphas or trimaps by the frame they belong to: files and frames by name without ending. Raises DatasetError."""
    if strangers := sorted(files.keys() - frames.keys()):
        raise layout.error(f"there is no frame of the name of {files[strangers[0]]}, which is {what}")
    return {frames[name]: path for name, path in files.items()}


def files_identity(files: Iterable[Path]) -> str:
    """Changes with the name, size and time of any of the files, not with the folder they lie in. SourceError."""
    digest = hashlib.sha256()
    for file in files:
        try:
            stat = file.stat()
        except OSError as error:
            raise SourceError(f"{file} can't be read any more ({error.strerror}).") from error
        digest.update(f"{file.name}|{stat.st_size}|{stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]
