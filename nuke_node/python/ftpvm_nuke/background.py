# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving presses on in a Nuke with a window: a thread that asks the main thread for one small step at a time."""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

import nuke

from . import session

_watching = False  # read and written by the main thread alone


class Shown(NamedTuple):
    """What to show of a press that is under way."""

    uid: str
    title: str
    line: str
    percent: int


def watch() -> None:
    """See to it that the presses go on. To be called in the main thread."""
    global _watching
    if not _watching:
        _watching = True
        threading.Thread(target=_loop, daemon=True).start()


def cancel(uid: str) -> None:
    """In the main thread: stop one press."""
    if current := session.current():
        current.cancel(uid)
        watch()


def _loop() -> None:
    """Progress bars belong to this thread, nodes and presses to the main thread."""
    bars: dict[str, Any] = {}
    while True:
        presses, failures = nuke.executeInMainThreadWithResult(_tick) or ([], [])
        for press in presses:
            bar = bars.get(press.uid) or bars.setdefault(press.uid, nuke.ProgressTask(press.title))
            bar.setMessage(press.line)
            bar.setProgress(press.percent)
            if bar.isCancelled():
                nuke.executeInMainThread(cancel, args=(press.uid,))
        for uid in bars.keys() - {press.uid for press in presses}:
            del bars[uid]  # which closes it
        for failure in failures:  # not in the tick: the other presses go on behind the window
            nuke.executeInMainThread(nuke.message, args=(failure,))
        if not presses:
            return
        time.sleep(session.TICK)


def _tick() -> tuple[list[Shown], list[str]]:
    """In the main thread: a step of all presses; those that are under way, and what failed."""
    global _watching
    current = session.current()
    if current is None:
        _watching = False
        return [], []
    current.tick_or_abandon()  # an error would make WithResult give None, and nothing could ever be pressed again
    presses = [_shown(run) for run in current.under_way()]
    failures, current.failures = current.failures, []
    _watching = bool(presses)
    return presses, failures


def _shown(run: Any) -> Shown:
    progress = run.progress
    percent = 100 * progress.done // progress.total if progress.total else 0
    return Shown(run.uid, f"FTP-VM: {run.title}", progress.line(), int(percent))
