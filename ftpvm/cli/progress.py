# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress for people (a sentence) or machines (JSON lines), and a Ctrl-C that stops politely."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from ftpvm.pace import Pace

TERMINAL_SECONDS, LOG_SECONDS = 0.1, 10.0  # between two sentences


class Display:
    """Tells how far a stage ("matting", "writing") is, as a context manager; `counts` is what it counts.

    JSON lines on stdout if asked for, else a sentence on stderr: in a terminal it renews itself, elsewhere (in a log)
    there is a new line now and then.
    """

    def __init__(self, stage: str, *, as_json: bool, counts: str = "frames") -> None:
        self._stage, self._as_json, self._in_terminal = stage, as_json, sys.stderr.isatty()
        self._counts = counts
        self._pace, self._shown_at = Pace(), time.monotonic()
        self._open_line = False

    def __call__(self, done: int, total: int, frame: int, span: range) -> None:
        """`done` of `total` are behind us, the last one was frame number `frame`, of those in `span`."""
        now = time.monotonic()
        rate, left = self._pace(done, total)
        if self._as_json:
            line = {
                "event": "progress", "stage": self._stage, "done": done, "total": total, "frame": frame,
                "span": [span[0], span[-1]], f"{self._counts}_per_second": round(rate, 3),
                "seconds_left": round(left, 1),
            }  # fmt: skip
            print(json.dumps(line), flush=True)
        elif self._is_due(now) or (self._in_terminal and done == total):
            self._shown_at = now
            clock = timedelta(seconds=round(left))
            pace = f"{rate:.2f} {self._counts}/s, {clock} left"
            self._print(f"{self._stage} {span[0]}-{span[-1]}: {done} of {total}, {pace}")

    def pause(self) -> None:
        """The time since the last call went into another stage."""
        self._pace.pause()

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *_: object) -> None:
        if self._open_line:
            print(file=sys.stderr)

    def _is_due(self, now: float) -> bool:
        return now - self._shown_at >= (TERMINAL_SECONDS if self._in_terminal else LOG_SECONDS)

    def _print(self, sentence: str) -> None:
        if self._in_terminal:
            self._open_line = True
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{sentence[:width]}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            print(sentence, file=sys.stderr, flush=True)


@contextmanager
def polite_interrupt() -> Iterator[Callable[[], bool]]:
    """Yield `should_stop` for `Propagator.run`: the first Ctrl-C asks to stop, a second one breaks off."""
    stop_asked = False

    def ask_to_stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stop_asked
        if stop_asked:
            raise KeyboardInterrupt
        stop_asked = True
        os.write(2, b"\nftpvm: stopping as soon as all is saved; Ctrl-C again breaks off\n")  # print isn't safe in here

    before = signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield lambda: stop_asked
    finally:
        signal.signal(signal.SIGINT, before)
