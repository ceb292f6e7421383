# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode, network and write overlap: one thread a stage, short queues between, errors carried to the consumer."""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_END = object()


def prefetched(items: Iterator[T], depth: int) -> Generator[T, None, None]:
    """The same items, made in a thread that stays up to `depth` ahead; closing the iterator ends the thread."""
    ready: queue.Queue[object] = queue.Queue(depth)
    closed = threading.Event()

    def produce() -> None:
        try:
            for item in items:
                ready.put(item)
                if closed.is_set():
                    return
            ready.put(_END)
        except BaseException as error:
            ready.put(_Raised(error))

    thread = threading.Thread(target=produce, name="ftpvm-decode", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, _Raised):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        closed.set()
        # Once closed, the thread puts one thing more at most; emptied, the queue has room for it.
        while not ready.empty():
            ready.get_nowait()
        thread.join()


class Behind(Generic[T]):
    """Calls `work(item)` in a thread, in order; at most `depth` items wait.

    As a context manager it waits for all items, however it is left. An error of `work` is raised by the next `put` or
    at a good exit, and nothing after the failed item is worked on.
    """

    def __init__(self, work: Callable[[T], None], depth: int) -> None:
        self._work = work
        self._items: queue.Queue[object] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ftpvm-write", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; waits while the queue is full."""
        self._raise()
        self._items.put(item)

    def __enter__(self) -> "Behind[T]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._items.put(_END)
        self._thread.join()
        if kind is None:
            self._raise()

    def _run(self) -> None:
        # After an error it goes on emptying the queue, so that nobody waits for room in it.
        while (item := self._items.get()) is not _END:
            if self._error is None:
                try:
                    self._work(item)  # type: ignore[arg-type]
                except BaseException as error:
                    self._error = error

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error
