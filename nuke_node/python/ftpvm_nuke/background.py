# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving runs on in a Nuke with a window: a thread that asks the main thread for one small step at a time."""

from __future__ import annotations

import threading
import time
import traceback
from typing import Any

import nuke

from . import session

_watching = False  # read and written by the main thread alone


def watch() -> None:
    """See to it that the runs go on. To be called in the main thread."""
    global _watching
    if not _watching:
        _watching = True
        threading.Thread(target=_loop, daemon=True).start()


def _loop() -> None:
    """Progress bars belong to this thread, nodes and runs to the main thread."""
    bars: dict[str, Any] = {}
    while lines := nuke.executeInMainThreadWithResult(_tick):
        for uid, title, line, percent in lines:
            bar = bars.get(uid) or bars.setdefault(uid, nuke.ProgressTask(title))
            bar.setMessage(line)
            bar.setProgress(percent)
            if bar.isCancelled():
                nuke.executeInMainThread(cancel, args=(uid,))
        for uid in bars.keys() - {line[0] for line in lines}:
            del bars[uid]  # which closes it
        time.sleep(session.TICK)


def _tick() -> list[tuple[str, str, str, int]]:
    """In the main thread: a step of all runs, and what to show of each; nothing where all have ended."""
    global _watching
    try:
        current = session.current()
        going = current.tick() if current else []
        shown = [(run.uid, f"FTP-VM: {run.title}", run.progress.line(), _percent(run)) for run in going]
    except Exception:  # WithResult would give None and the thread would end without a word
        traceback.print_exc()
        shown = []
    _watching = bool(shown)
    return shown


def cancel(uid: str) -> None:
    """In the main thread: stop one run."""
    if current := session.current():
        current.cancel(uid)


def _percent(run: Any) -> int:
    return int(100 * run.progress.done / run.progress.total) if run.progress.total else 0
