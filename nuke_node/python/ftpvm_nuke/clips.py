# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file frame a Read shows at which frame, and when the worker can read the file by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

EXPRESSION, START_AT, OFFSET = 0, 1, 2  # of a Read's frame_mode
_MOVIES = frozenset((".mov", ".mp4", ".m4v", ".avi", ".mkv"))
_STILLS = frozenset((".exr", ".dpx", ".cin", ".png", ".tif", ".tiff", ".jpg", ".jpeg", ".tga", ".sgi", ".bmp"))
_COUNTER = re.compile(r"[^#%]*(#+|%\d*d)[^#%]*")


@dataclass(frozen=True)
class Read:
    """The knobs of a Read. file: as it stands there. frame: the text beside frame_mode.

    first, last: file frames. origfirst: the first before it was trimmed, None where that isn't known.
    """

    file: str
    first: int
    last: int
    frame_mode: int = EXPRESSION
    frame: str = ""
    premultiplied: bool = False
    origfirst: int | None = None

    @property
    def is_movie(self) -> bool:
        return PurePath(self.file).suffix.lower() in _MOVIES

    @property
    def offset_or_none(self) -> int | None:
        """What must be taken from a frame to have the file's; None where only Nuke knows."""
        text = self.frame.strip()
        if not text:
            return 0
        if self.frame_mode == EXPRESSION or not re.fullmatch(r"[-+]?\d+", text):
            return None
        if self.frame_mode == START_AT and self.origfirst not in (None, self.first):
            return None  # it isn't documented from which of the two Nuke counts
        return int(text) - (self.first if self.frame_mode == START_AT else 0)

    @property
    def numbering_or_none(self) -> int | None:
        """What must be taken from a frame to have the worker's number of it: it counts movies from 0, Nuke from 1."""
        offset = self.offset_or_none
        return None if offset is None else offset + (1 if self.is_movie else 0)


@dataclass(frozen=True)
class Plate:
    """What the worker reads. Its frame `frame - offset` is what Nuke shows at `frame`, from `first` to `last`.

    whole: the first and last frame of all of it. is_written: Nuke wrote it for the worker, perhaps with gaps between
    ranges that were asked for.
    """

    source: str
    colorspace: str
    offset: int
    first: int
    last: int
    whole: tuple[int, int]
    is_written: bool = False

    def numbered(self, frame: int) -> int:
        """The source's number of one of Nuke's frames."""
        return frame - self.offset


def shown_range_or_none(read: Read) -> tuple[int, int] | None:
    """The frames at which the Read shows its file without holding, looping or going black."""
    offset = read.offset_or_none
    return None if offset is None else (read.first + offset, read.last + offset)


def why_written(read: Read, colorspace: str | None, ends: tuple[int, int]) -> str | None:
    """Why the file alone doesn't show what Nuke shows from `ends[0]` to `ends[1]`; None where it does.

    colorspace: the worker's name of the file's colours, None where it has none.
    """
    suffix, shown = PurePath(read.file).suffix.lower(), shown_range_or_none(read)
    if "[" in read.file or not _is_absolute(read.file) or re.search(r"%[vV]", read.file):
        return "its path is worked out by Nuke"
    if suffix not in _MOVIES | _STILLS or (suffix in _STILLS and not _COUNTER.fullmatch(PurePath(read.file).name)):
        return "its file isn't a movie or a sequence that the worker reads"
    if shown is None:
        return "only Nuke knows its frames"
    if not shown[0] <= ends[0] <= ends[1] <= shown[1]:
        return f"frames {ends[0]}-{ends[1]} go beyond its file, which shows {shown[0]}-{shown[1]}"
    if colorspace is None or read.premultiplied:
        return "its colours are worked out by Nuke"
    return None


def straight(read: Read, colorspace: str, ends: tuple[int, int]) -> Plate:
    """The file itself as the plate; ask `why_written` first."""
    offset, whole = read.numbering_or_none, shown_range_or_none(read)
    assert offset is not None and whole is not None
    return Plate(read.file, colorspace, offset, *ends, whole)


def _is_absolute(file: str) -> bool:
    return file.startswith("/") or re.match(r"[A-Za-z]:[/\\]", file) is not None
