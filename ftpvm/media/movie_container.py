# SPDX-License-Identifier: GPL-3.0-or-later
"""A movie file by PyAV: its video stream, the packets in it, the frames in those."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av

from ftpvm.errors import SourceError

# A tag in another encoding is no reason to refuse a movie; PyAV 19 and later take it without being told.
_LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


@contextmanager
def opened_movie(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream. Raises SourceError, which says what to do about the file."""
    if not path.exists():
        raise SourceError(f"{path} doesn't exist; check the path.")
    if not path.is_file():
        raise SourceError(f"{path} is not a file; name a movie, an image or a sequence.")
    if path.stat().st_size == 0:
        raise SourceError(f"{path.name} is an empty file; copy or export it again.")
    try:
        # "file:" keeps a colon in the name from being taken for a protocol.
        container = av.open(f"file:{path}", **_LENIENT)
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


def packets_of(container: Any, stream: Any) -> Iterator[Any]:
    """The stream's packets up to the end, or to where the file can't be read on."""
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            if packet.size:
                yield packet


def frames_of(stream: Any, packets: Iterator[Any]) -> Iterator[Any]:
    """Decoded frames in presentation order; what a damaged packet held is left out."""
    for packet in packets:
        with suppress(av.error.FFmpegError):
            yield from stream.codec_context.decode(packet)
    with suppress(av.error.FFmpegError):
        yield from stream.codec_context.decode(None)
