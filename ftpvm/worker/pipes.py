# SPDX-License-Identifier: GPL-3.0-or-later
"""The two pipes to the host: kept apart from everything else that reads or prints, read and written by lines."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ftpvm.host.protocol import MAX_LINE, Message, ProtocolError, decode, encode

_SKIPPED_AT_ONCE = 1 << 16


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for ourselves alone.

    What anyone else prints, libraries in C and child processes included, goes to stderr, and nobody else can read
    what the host sends.
    """
    requests, replies = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (requests, replies):
            msvcrt.setmode(descriptor, os.O_BINARY)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin, sys.stdout = Path(os.devnull).open(), sys.stderr  # noqa: SIM115 -- for as long as we live
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb", buffering=0)


def messages(requests: BinaryIO) -> Iterator[Message | ProtocolError]:
    """What the host sends until it closes the pipe; a ProtocolError for each line that can't be used."""
    while line := requests.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := requests.readline(_SKIPPED_AT_ONCE)) and not rest.endswith(b"\n"):
                pass
            yield ProtocolError(f"A line is longer than {MAX_LINE} bytes.")
        elif line.strip():
            try:
                yield decode(line)
            except ProtocolError as error:
                yield error


class Outbox:
    """Sends messages from any thread, in order; a host that is slow to read holds nobody up."""

    def __init__(self, replies: BinaryIO, on_lost: Callable[[], None]) -> None:
        """on_lost: called, in a thread, when the host has closed its end."""
        self._replies, self._on_lost = replies, on_lost
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ftpvm-outbox", daemon=True)
        self._thread.start()

    def send(self, id: str | None, event: str, **fields: object) -> None:
        """Send {"id": id, "event": event, ...}."""
        self._waiting.put(encode({"id": id, "event": event, **fields}))

    def flush(self, timeout: float) -> None:
        """Wait until all is sent, `timeout` seconds at most; nothing can be sent afterwards."""
        self._waiting.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while (line := self._waiting.get()) is not None:
                while line:
                    line = line[self._replies.write(line) :]
        except OSError:
            self._on_lost()
