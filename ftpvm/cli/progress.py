# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress for people (a bar with rate and time left) or machines (JSON lines), and a Ctrl-C that stops politely."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from ftpvm.propagation import Progress

Follow = tuple[Callable[[Progress], None], Callable[[], bool]]


@contextmanager
def follow(*, as_json: bool) -> Iterator[Follow]:
    """Yield (on_progress, should_stop) for `Propagator.run`; the first Ctrl-C asks to stop, a second one breaks off."""
    stop_asked = False

    def ask_to_stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stop_asked
        if stop_asked:
            raise KeyboardInterrupt
        stop_asked = True

    before = signal.signal(signal.SIGINT, ask_to_stop)
    bar = tqdm(unit="frame", disable=as_json, file=sys.stderr, dynamic_ncols=True)
    show = _json_line(time.monotonic()) if as_json else _on_bar(bar)
    try:
        yield show, lambda: stop_asked
    finally:
        bar.close()
        signal.signal(signal.SIGINT, before)


def _on_bar(bar: "tqdm[None]") -> Callable[[Progress], None]:
    def show(progress: Progress) -> None:
        bar.total, span = progress.total, progress.span
        if bar.n == 0 and progress.done > 1:
            bar.initial = bar.n = progress.done - 1
        bar.set_description(f"frames {span.frames[0]}-{span.frames[-1]}", refresh=False)
        bar.update(progress.done - bar.n)

    return show


def _json_line(began: float) -> Callable[[Progress], None]:
    first: list[int] = []

    def show(progress: Progress) -> None:
        first.append(progress.done) if not first else None
        seconds = time.monotonic() - began
        rate = (progress.done - first[0] + 1) / seconds if seconds else 0.0
        line = {
            "event": "progress", "done": progress.done, "total": progress.total, "frame": progress.frame,
            "span": [progress.span.frames[0], progress.span.frames[-1]], "frames_per_second": round(rate, 3),
            "seconds_left": round((progress.total - progress.done) / rate, 1) if rate else None,
        }  # fmt: skip
        print(json.dumps(line), flush=True)

    return show
