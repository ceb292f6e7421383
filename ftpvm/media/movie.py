# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a movie, exactly the asked ones, forwards and backwards, in memory that the length does not touch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from ftpvm.errors import SourceError
from ftpvm.media.colour import SrgbView
from ftpvm.media.decoded import to_rgb
from ftpvm.media.source import Image, Source, turned

BUFFER_BYTES = 256 * 2**20
# Reordering moves a frame by its codec's delay (16 at most); further means that the clock was reset inside the file.
_MOST_REORDERING = 64


class MovieSource(Source):
    """A movie that PyAV decodes. Frame numbers count from 0 in presentation order, whatever the frame rate does.

    buffer_bytes: how much decoded video reading backwards may hold.
    Raises SourceError when nothing can be read from the file; a file cut short opens, and reading what it lacks raises.
    """

    def __init__(
        self,
        path: Path,
        *,
        colorspace: str = "auto",
        ocio_config: str | Path | None = None,
        fps: Fraction | None = None,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self.path = path
        self._view = SrgbView("srgb" if colorspace == "auto" else colorspace, ocio_config)
        self._index = _index(path)
        self.frames = range(self._index.total)
        if not self._index.readable:
            raise SourceError(f"{path.name} has no frame that can be read; export or copy the movie again.")
        _, first = next(self._decoded(0, 1))
        self._coded_size = (first.width, first.height)
        self._turn = _display_turn(first)
        self.size = self._coded_size[::-1] if self._turn[0] else self._coded_size
        self.fps = fps or self._index.rate
        self._chunk: int = max(1, buffer_bytes // max(1, sum(plane.buffer_size for plane in first.planes)))

    def _files(self) -> Sequence[Path]:
        return [self.path]

    def _images(self, numbers: range) -> Iterator[tuple[int, Image]]:
        if not numbers:
            return
        if numbers.step == 1 or len(numbers) == 1:
            for number, frame in self._decoded(numbers[0], numbers[-1] + 1):
                yield number, self._image(number, frame)
            return
        stop = numbers[0] + 1
        while stop > numbers[-1]:
            chunk = list(self._decoded(self._chunk_start(numbers[-1], stop), stop))
            stop = chunk[0][0]
            while chunk:
                number, frame = chunk.pop()
                yield number, self._image(number, frame)

    def _chunk_start(self, first: int, stop: int) -> int:
        """Where the chunk that ends at `stop` begins: at a keyframe, or as far back as the buffer reaches."""
        keyframe = self._index.keyframe_number(stop - 1)
        return max(first, keyframe, stop - self._chunk)

    def _decoded(self, start: int, stop: int) -> Iterator[tuple[int, Any]]:
        """(number, VideoFrame) for start <= number < stop; raises SourceError at the first that the file lacks."""
        wanted = start
        with self._positioned(start) as (stream, packets):
            for number, frame in self._numbered(_frames(stream, packets)):
                if number > wanted:
                    break
                if number == wanted and wanted < self._index.readable:
                    yield number, frame
                    wanted += 1
                if wanted == stop:
                    return
        raise SourceError(self._unreadable(wanted))

    def _numbered(self, frames: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        if self._index.times is None:
            yield from enumerate(frames)
            return
        for frame in frames:
            number = self._index.number_or_none(frame.pts)
            if number is not None:
                yield number, frame

    @contextmanager
    def _positioned(self, number: int) -> Iterator[tuple[Any, Iterator[Any]]]:
        """The stream and its packets from a keyframe not after frame `number`."""
        for key in self._index.entries(number):
            with _opened(self.path) as (container, stream):
                packets = _packets(container, stream) if key is None else self._packets_from(container, stream, key)
                if packets is not None:
                    yield stream, packets
                    return

    def _packets_from(self, container: Any, stream: Any, key: int) -> Iterator[Any] | None:
        """Packets from a keyframe at or before `key`; None when the container lands later, as some do."""
        try:
            container.seek(key, stream=stream)
        except av.error.FFmpegError:
            return None
        packets = _packets(container, stream)
        entry = next((packet for packet in packets if packet.is_keyframe), None)
        # MPEG program streams give wrong times after a seek; a keyframe of another size is not the one it claims to be.
        if entry is None or entry.pts is None or entry.pts > key or self._index.sizes.get(entry.pts) != entry.size:
            return None
        return chain([entry], packets)

    def _image(self, number: int, frame: Any) -> Image:
        if (frame.width, frame.height) != self._coded_size:
            raise SourceError(
                f"{self.path.name} changes size at frame {number}, to {frame.width}x{frame.height}; cut it there."
            )
        return turned(to_rgb(frame), *self._turn)

    def _unreadable(self, number: int) -> str:
        index, name = self._index, self.path.name
        if index.readable < index.total:
            held = index.readable
            return (
                f"{name} is cut short: only its first {held} of {index.total} frames can be read; "
                f"copy it again or keep the range within 0-{held - 1}."
            )
        if number == 0:
            return f"{name} is damaged: no frame can be decoded from its start; export or copy the movie again."
        return (
            f"{name} is damaged: frame {number} can't be decoded, the {number} frames before it can; "
            f"copy it again or keep the range within 0-{number - 1}."
        )


@dataclass(frozen=True)
class _Index:
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


def _index(path: Path) -> _Index:
    with _opened(path) as (container, stream):
        stamps = [
            _Stamp(p.pts, p.dts, p.duration or 0, p.size, p.is_keyframe, p.is_discard, p.is_corrupt)
            for p in _packets(container, stream)
        ]
        rate = stream.average_rate or stream.guessed_rate
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
    return _Index(times[:readable], sorted(sizes), sizes, readable, len(times) + missing, rate)


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


def _index_by_decoding(path: Path, stamps: Sequence[_Stamp], rate: Fraction | None) -> _Index:
    """The slow, sure way: decode it all once and look at what comes."""
    with _opened(path) as (container, stream):
        times = [frame.pts for frame in _frames(stream, _packets(container, stream))]
    ascending = all(time is not None for time in times) and all(a < b for a, b in pairwise(times))
    sizes = _key_sizes(stamps) if ascending else {}
    return _Index(times if ascending else None, sorted(sizes), sizes, len(times), len(times), rate)


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


def _display_turn(frame: Any) -> tuple[bool, bool, bool]:
    """(transpose, flip x, flip y) from the display matrix; angles that aren't right ones are left alone."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return False, False, False
    # Row vectors: x' = a x + c y, y' = b x + d y
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5]
    if abs(int(a)) >= abs(int(b)):
        return False, bool(a < 0), bool(d < 0)
    return True, bool(c < 0), bool(b < 0)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream."""
    if not path.exists():
        raise SourceError(f"{path} doesn't exist; check the path.")
    if not path.is_file():
        raise SourceError(f"{path} is not a file; name a movie, an image or a sequence.")
    if path.stat().st_size == 0:
        raise SourceError(f"{path.name} is an empty file; copy or export it again.")
    try:
        # "file:" keeps a colon in the name from being taken for a protocol.
        container = av.open(f"file:{path}", metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(
            f"{path.name} is not a movie that can be opened, or its end is missing ({reason}); copy or export it again."
        ) from error
    with container:
        # "tty" is FFmpeg's way to show text files as video.
        pictures = [] if container.format.name == "tty" else [s for s in container.streams.video if not _is_cover(s)]
        if not pictures:
            raise SourceError(f"{path.name} has no video stream; name another file, or copy it again if it should.")
        if pictures[0].codec_context is None:
            raise SourceError(f"{path.name} uses a codec that this machine can't decode; convert it first.")
        pictures[0].thread_type = "AUTO"
        yield container, pictures[0]


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """The stream's packets up to the end, or to where the file can't be read on."""
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            if packet.size:
                yield packet


def _frames(stream: Any, packets: Iterator[Any]) -> Iterator[Any]:
    """Decoded frames in presentation order; what a damaged packet held is left out."""
    for packet in packets:
        with suppress(av.error.FFmpegError):
            yield from stream.codec_context.decode(packet)
    with suppress(av.error.FFmpegError):
        yield from stream.codec_context.decode(None)
