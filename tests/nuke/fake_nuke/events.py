# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads: what may be asked from outside the main thread, the event loop that answers, and progress bars."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from .strictness import Strict, fault, faults, strict


class Events:
    """The main thread's event loop. A test calls `pump` where Nuke would sit idle.

    errors: tracebacks of calls that raised, which Nuke only prints.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._requests: queue.Queue[tuple[Any, Any, Any, Future[Any]]] = queue.Queue()
        self._closed = False

    def pump(self, until: Callable[[], Any], timeout: float = 300.0) -> None:
        """Run what other threads ask for until `until()` is true, which is asked between any two of them.

        Raises TimeoutError after `timeout` seconds, and AssertionError once a call that Nuke wouldn't take was made.
        """
        deadline = time.monotonic() + timeout
        while not until():
            assert not faults
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing came of it in {timeout:.0f} seconds; errors: {self.errors}")
            try:
                request = self._requests.get(timeout=0.01)
            except queue.Empty:
                continue
            self._answer(*request)

    def drain(self) -> None:
        """Run what other threads have asked for by now."""
        while not self._requests.empty():
            self._answer(*self._requests.get())

    def execute_in_main_thread(self, call: Callable[..., Any], args: Any = (), kwargs: Any = None) -> None:
        self._ask("executeInMainThread", call, args, kwargs)

    def execute_in_main_thread_with_result(self, call: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        asked = self._ask("executeInMainThreadWithResult", call, args, kwargs)
        while not asked.done() and not self._closed:
            time.sleep(0.001)
        return asked.result() if asked.done() else None

    def close(self) -> None:
        """Let threads go that still wait for an answer."""
        self._closed = True

    def _ask(self, name: str, call: Callable[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        if threading.current_thread() is threading.main_thread():
            raise fault(f"nuke.{name} was called from the main thread, where Nuke hangs")
        asked: Future[Any] = Future()
        self._requests.put((call, args if isinstance(args, tuple) else (args,), kwargs or {}, asked))
        return asked

    def _answer(self, call: Callable[..., Any], args: Any, kwargs: Any, asked: Future[Any]) -> None:
        result = None
        try:
            result = call(*args, **kwargs)
        except Exception:
            self.errors.append(traceback.format_exc())
            traceback.print_exc()
        asked.set_result(result)


@dataclass
class Bar:
    """What a progress bar showed. cancelled: set by a test, as by a click. closed: it is gone from the screen."""

    title: str
    messages: list[str] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)
    cancelled: bool = False
    closed: bool = False


def progress_task(bars: list[Bar]) -> type:
    """The class nuke.ProgressTask, whose bars are put down in `bars`. Any thread may use it."""

    @strict("ProgressTask", any_thread=True)
    class ProgressTask(Strict):
        def __init__(self, title: str) -> None:
            self._bar = Bar(title)
            bars.append(self._bar)

        def __del__(self) -> None:
            self._bar.closed = True

        def setProgress(self, i: int) -> None:
            if type(i) is not int:
                raise TypeError(f"setProgress takes a whole number, not {i!r}")
            self._bar.progress.append(i)

        def setMessage(self, s: str) -> None:
            if type(s) is not str:
                raise TypeError(f"setMessage takes a text, not {s!r}")
            self._bar.messages.append(s)

        def isCancelled(self) -> bool:
            return self._bar.cancelled

    return ProgressTask
