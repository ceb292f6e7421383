# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a movie, exactly the asked ones, forwards and backwards, in memory that the length does not touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np

from ftpvm.errors import SourceError
from ftpvm.media.colour import SrgbView
from ftpvm.media.decoded import to_rgb
from ftpvm.media.movie_container import frames_of, opened_movie, packets_of
from ftpvm.media.movie_index import index_of
from ftpvm.media.source import Image, Source, turned

BUFFER_BYTES = 256 * 2**20


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
        self._index = index_of(path)
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
            for number, frame in self._numbered(frames_of(stream, packets)):
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
            with opened_movie(self.path) as (container, stream):
                packets = packets_of(container, stream) if key is None else self._packets_from(container, stream, key)
                if packets is not None:
                    yield stream, packets
                    return

    def _packets_from(self, container: Any, stream: Any, key: int) -> Iterator[Any] | None:
        """Packets from a keyframe at or before `key`; None when the container lands later, as some do."""
        try:
            container.seek(key, stream=stream)
        except av.error.FFmpegError:
            return None
        packets = packets_of(container, stream)
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
