# SPDX-License-Identifier: GPL-3.0-or-later
"""What a published data set looks like on disk, and reading it with errors that say so."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import DatasetError

from .alpha import alpha_in

PICTURES = (".png", ".jpg", ".jpeg")
MOVIES = (".mov", ".mp4", ".mkv", ".webm", ".avi")
# A JPEG's rotation tag would part it from its mask.
_COLOUR, _GREY = (flag | cv2.IMREAD_IGNORE_ORIENTATION for flag in (cv2.IMREAD_COLOR, cv2.IMREAD_GRAYSCALE))


@dataclass(frozen=True)
class Layout:
    """A data set's name and pattern of files under the data root; all its methods raise DatasetError."""

    root: Path
    name: str
    pattern: str

    def error(self, found: str) -> DatasetError:
        """One sentence: what was expected and what was found instead."""
        return DatasetError(
            f"{self.name} should be {self.pattern} under {self.root}, but {found}: "
            "check the data root, or unpack the data set again."
        )

    def names(self, *folder: str, suffixes: tuple[str, ...] = (), parts: tuple[str, ...] = ()) -> list[str]:
        """Sorted names in a folder, at least one: of its folders, or of its files with the suffixes where given.

        What begins with a dot is the system's. parts: only folders that hold one of these, not results beside them.
        """
        path = self.root.joinpath(*folder)
        if not path.is_dir():
            raise self.error(f"the folder {path} doesn't exist")
        entries = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
        if suffixes:
            found = [entry.name for entry in entries if entry.suffix.lower() in suffixes]
        else:
            found = [entry.name for entry in entries if entry.is_dir()]
        if parts:
            found = [name for name in found if any((path / name / part).is_dir() for part in parts)]
        if not found:
            raise self.error(f"there are no {'/'.join(suffixes) + ' files' if suffixes else 'folders'} in {path}")
        return sorted(found)

    def files(self, *folder: str, suffixes: tuple[str, ...]) -> dict[str, Path]:
        """The files of `names` by name without ending: a frame, its alpha and its trimap may end differently.

        They are in the order of their numbers: 9.png comes before 10.png.
        """
        found: dict[str, Path] = {}
        for name in sorted(self.names(*folder, suffixes=suffixes), key=by_number):
            path = self.root.joinpath(*folder, name)
            if path.stem in found:
                raise self.error(f"{found[path.stem]} and {name} are the same frame twice")
            found[path.stem] = path
        return found

    def text(self, *parts: str) -> str:
        """The content of a text file."""
        path = self.root.joinpath(*parts)
        try:
            return path.read_text("utf-8-sig")
        except FileNotFoundError:
            raise self.error(f"the file {path} doesn't exist") from None
        except (OSError, UnicodeDecodeError) as error:
            raise self.error(f"{path} can't be read ({error})") from error

    def json(self, *parts: str) -> dict[str, Any]:
        """The object in a JSON file."""
        path = self.root.joinpath(*parts)
        try:
            content = json.loads(self.text(*parts))
        except json.JSONDecodeError as error:
            raise self.error(f"{path} is broken JSON ({error})") from error
        if not isinstance(content, dict):
            raise self.error(f"{path} holds a {type(content).__name__} where a JSON object is expected")
        return content

    def require_one_size(self, what: str, pictures: Iterable[np.ndarray]) -> None:
        """A clip's frames, and a picture and its mask or matte, belong together pixel by pixel."""
        sizes = dict.fromkeys(f"{picture.shape[1]}x{picture.shape[0]}" for picture in pictures)
        if len(sizes) > 1:
            raise self.error(f"{what} differ in size ({' and '.join(sizes)})")

    def rgb(self, path: Path) -> np.ndarray:
        """A picture as (h, w, 3) uint8 RGB."""
        return np.asarray(cv2.cvtColor(self._decode(path, _COLOUR), cv2.COLOR_BGR2RGB))

    def grey(self, path: Path) -> np.ndarray:
        """A picture as (h, w) uint8."""
        return self._decode(path, _GREY)

    def matte(self, path: Path) -> NDArray[np.float32]:
        """A grey picture of 8 or 16 bits, or one's alpha channel that varies, as (h, w) float32 in [0, 1]."""
        picture = self._decode(path, cv2.IMREAD_UNCHANGED)
        if picture.dtype not in (np.uint8, np.uint16):
            raise self.error(f"{path} isn't a picture of 8 or 16 bits")
        scaled = np.asarray(picture / np.float32(np.iinfo(picture.dtype).max), np.float32)
        if scaled.ndim == 2:
            return scaled
        alpha = alpha_in(scaled[..., :3], scaled[..., 3] if scaled.shape[2] == 4 else None)
        if alpha is None:
            raise self.error(f"{path} is a picture in colour, no matte")
        return np.ascontiguousarray(alpha, np.float32)

    def rgba(self, path: Path) -> np.ndarray:
        """A picture with alpha as (h, w, 4) uint8 RGBA, not premultiplied."""
        picture = self._decode(path, cv2.IMREAD_UNCHANGED)
        if picture.ndim != 3 or picture.shape[2] != 4 or picture.dtype != np.uint8:
            raise self.error(f"{path} isn't an RGBA picture of 8 bits")
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA))

    def _decode(self, path: Path, flags: int) -> np.ndarray:
        try:
            encoded = np.fromfile(path, np.uint8)
        except OSError:
            raise self.error(f"the picture {path} doesn't exist or can't be read") from None
        picture = cv2.imdecode(encoded, flags) if len(encoded) else None
        if picture is None:
            raise self.error(f"{path} can't be decoded as a picture")
        return np.asarray(picture)


def last_number(stem: str) -> int | None:
    """A file's frame by its name without ending; None where there is no number in it."""
    found = re.search(r"(\d+)\D*$", stem)
    return int(found[1]) if found else None


def by_number(name: str) -> tuple[int, str]:
    """What names of files are sorted by: the last number in them, then the name."""
    number = last_number(PurePosixPath(name).stem)
    return -1 if number is None else number, name


class Files:
    """Finds pictures below a folder, listing each folder in it once: a set has tens of thousands, on slow disks."""

    def __init__(self, layout: Layout, *folder: str) -> None:
        self.layout = layout
        self.folder = folder
        self.listed: dict[str, dict[str, str]] = {}

    def find(self, name: str) -> Path:
        """The path of VIDEO/NAME.* whatever its suffix: some copies of a set hold PNGs where its index says JPEG."""
        video, stem = str(PurePosixPath(name).parent), PurePosixPath(name).stem
        if video not in self.listed:
            names = self.layout.names(*self.folder, video, suffixes=PICTURES)
            self.listed[video] = {Path(each).stem: each for each in names}
        if stem not in self.listed[video]:
            raise self.layout.error(f"there is no {'/'.join(self.folder)}/{name}")
        return self.layout.root.joinpath(*self.folder, video, self.listed[video][stem])
