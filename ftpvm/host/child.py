# SPDX-License-Identifier: GPL-3.0-or-later
"""A child process spoken to in lines, without ever waiting for it: threads move the lines, queues hold them."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

STDOUT, STDERR = "stdout", "stderr"
_REDIRECTS = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
_GRACE = 1.0  # seconds for the last lines of a dead child whose pipes a grandchild still holds


def clean_environment() -> dict[str, str]:
    """The host's environment, without what would send another Python to the host's modules or the current folder's."""
    kept = {name: value for name, value in os.environ.items() if name not in _REDIRECTS}
    return {**kept, "PYTHONSAFEPATH": "1"}


class Child:
    """A running program. Only `wait` and `kill` ever block. Raises OSError where the program can't be started."""

    def __init__(self, command: list[str], env: dict[str, str] | None = None) -> None:
        windows = sys.platform == "win32"
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment() if env is None else env,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console window on Windows
            start_new_session=not windows,  # Ctrl-C is for the host; kill takes grandchildren too
        )
        self._out: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._in: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._died_at: float | None = None
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._readers = [
            _thread(_read, self._process.stdout, STDOUT, self._out),
            _thread(_read, self._process.stderr, STDERR, self._out),
        ]
        _thread(_write, self._process.stdin, self._in)

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def ended(self) -> bool:
        """Dead, and everything it said can be had from `lines`."""
        if self.returncode is None:
            return False
        if self._died_at is None:
            self._died_at = time.monotonic()
        return not any(t.is_alive() for t in self._readers) or time.monotonic() - self._died_at > _GRACE

    def lines(self) -> list[tuple[str, bytes]]:
        """What it said since the last call: (STDOUT or STDERR, line without its end)."""
        heard = []
        with suppress(queue.Empty):
            while True:
                heard.append(self._out.get_nowait())
        return heard

    def send(self, line: bytes) -> None:
        """Queue a line, its end included, for its stdin."""
        self._in.put(line)

    def close_input(self) -> None:
        """Let it see the end of its stdin after what was queued."""
        self._in.put(None)

    def wait(self, timeout: float) -> bool:
        """Whether it ended within `timeout` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self.returncode is not None

    def kill(self) -> None:
        """End it and, but for Windows, all that it started."""
        self.close_input()
        if self.returncode is None:
            with suppress(OSError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
            self.wait(1.0)


def _thread(work: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def _read(stream: IO[bytes], name: str, lines: queue.SimpleQueue[tuple[str, bytes]]) -> None:
    with stream:
        for line in stream:
            lines.put((name, line.rstrip(b"\r\n")))


def _write(stream: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    with suppress(OSError, ValueError), stream:  # a child that left is noticed by its exit status
        for line in iter(lines.get, None):
            stream.write(line)
            stream.flush()
