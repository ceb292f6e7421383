# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames a movie has and where each can be decoded from, by its packets where they tell."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ftpvm.media.movie_container import frames_of, opened_movie, packets_of

# Reordering moves a frame by its codec's delay (16 at most); further means that the clock was reset inside the file.
_MOST_REORDERING = 64


@dataclass(frozen=True)
class MovieIndex:
    """What is known of a movie before its frames are wanted.

    times: pts of each readable frame in presentation order; None where only counting from the start finds a frame.
    keys: pts of the frames that decoding may start at, ascending; sizes: bytes of each.
    readable, total: frames there, frames there should be.
    """

    times: Sequence[int] | None
    keys: Sequence[int]
    sizes: Mapping[int, int]
    readable: int
    total: int
    rate: Fraction | None

    def number_or_none(self, time: int | None) -> int | None:
        assert self.times is not None
        at = len(self.times) if time is None else bisect_left(self.times, time)
        return at if at < len(self.times) and self.times[at] == time else None

    def entries(self, number: int) -> list[int | None]:
        """Times to seek to for frame `number`, best first; None is the start of the file, which never fails."""
        if self.times is None or not 0 <= number < len(self.times):
            return [None]
        before = self.keys[: bisect_right(self.keys, self.times[number])]
        return [*reversed(before[1:][-3:]), None]

    def keyframe_number(self, number: int) -> int:
        """The number of the last keyframe that is not after frame `number`."""
        if self.times is None or not 0 <= number < len(self.times):
            return 0
        at = bisect_right(self.keys, self.times[number])
        return bisect_left(self.times, self.keys[at - 1]) if at else 0


@dataclass(frozen=True)
class _Stamp:
    """What the index needs of a packet, without its bytes."""

    pts: int | None
    dts: int | None
    duration: int
    size: int
    keyframe: bool
    discard: bool
    corrupt: bool


def index_of(path: Path) -> MovieIndex:
    """Read all packets of a movie, or decode all of it where they do not tell. Raises SourceError."""
    with opened_movie(path) as (container, stream):
        stamps = [
            _Stamp(p.pts, p.dts, p.duration or 0, p.size, p.is_keyframe, p.is_discard, p.is_corrupt)
            for p in packets_of(container, stream)
        ]
        rate = _fraction_or_none(stream.average_rate) or _fraction_or_none(stream.guessed_rate)
        missing = _missing(container, stream, stamps)
        cut = missing or (_is_mov(container) and stamps and stamps[-1].corrupt)
        countable = not _packets_are_not_frames(container, stream)
    times = _presentation_times_or_none(stamps) if countable else None
    if times is None:
        return _index_by_decoding(path, stamps, rate)
    sizes = _key_sizes(stamps)
    readable = len(times)
    if cut and (end := _decode_time_of_loss(stamps)) is not None:
        # Frames shown before the first lost packet's decode time can't need it; later numbers would be off.
        readable = bisect_left(times, end)
    return MovieIndex(times[:readable], sorted(sizes), sizes, readable, len(times) + missing, rate)


def _presentation_times_or_none(stamps: Sequence[_Stamp]) -> list[int] | None:
    """Each shown frame's pts, ascending; None when the packets don't tell."""
    start = next((at for at, stamp in enumerate(stamps) if stamp.keyframe), None)
    if start is None or any(stamp.pts is None for stamp in stamps[start:]):
        return None
    first = stamps[start].pts or 0
    # Before the first keyframe, in either order, nothing decodes; an edit list discards what it cuts off.
    order = [s.pts for s in stamps[start:] if s.pts is not None and s.pts >= first and not s.discard]
    if len(set(order)) != len(order):
        return None
    ranks = np.argsort(np.argsort(np.array(order, np.int64)))
    if len(order) and np.abs(ranks - np.arange(len(order))).max() > _MOST_REORDERING:
        return None
    return sorted(order)


def _key_sizes(stamps: Sequence[_Stamp]) -> dict[int, int]:
    """Pts and size of the keyframes, with those that an edit list hides before its first frame."""
    return {stamp.pts: stamp.size for stamp in stamps if stamp.keyframe and stamp.pts is not None}


def _packets_are_not_frames(container: Any, stream: Any) -> bool:
    """VP8 has hidden packets; AVI packs two frames in one, or leaves times out, for codecs with B-frames."""
    codec = stream.codec_context.name
    return codec == "vp8" or (container.format.name == "avi" and codec in ("mpeg4", "h264", "hevc"))


def _index_by_decoding(path: Path, stamps: Sequence[_Stamp], rate: Fraction | None) -> MovieIndex:
    """The slow, sure way: decode it all once and look at what comes."""
    with opened_movie(path) as (container, stream):
        times = [frame.pts for frame in frames_of(stream, packets_of(container, stream))]
    ascending = all(time is not None for time in times) and all(a < b for a, b in pairwise(times))
    sizes = _key_sizes(stamps) if ascending else {}
    return MovieIndex(times if ascending else None, sorted(sizes), sizes, len(times), len(times), rate)


def _missing(container: Any, stream: Any, stamps: Sequence[_Stamp]) -> int:
    """How many frames the file announces and doesn't hold."""
    if _is_mov(container):
        return max(0, len(stream.index_entries) - len(stamps))
    announced = _matroska_seconds_or_none(stream)
    if announced is None or not stamps or not stream.average_rate:
        return 0
    ends = [stamp.pts + stamp.duration for stamp in stamps if stamp.pts is not None]
    lost = round((announced - float(max(ends, default=0) * stream.time_base)) * stream.average_rate)
    return lost if lost > 2 else 0


def _fraction_or_none(rate: Any) -> Fraction | None:
    """A rate of PyAV's, which is None or, from version 19 on, a ratio of its own, 0 if unknown."""
    return Fraction(rate.numerator, rate.denominator) if rate else None


def _is_mov(container: Any) -> bool:
    return "mov" in container.format.name


def _matroska_seconds_or_none(stream: Any) -> float | None:
    """The stream's length as Matroska files tag it, "00:00:02.400000000"."""
    with suppress(KeyError, ValueError):
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return None


def _decode_time_of_loss(stamps: Sequence[_Stamp]) -> int | None:
    last = stamps[-1]
    if last.dts is None or last.corrupt:
        return last.dts
    return last.dts + last.duration
