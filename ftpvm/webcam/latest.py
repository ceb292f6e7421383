# SPDX-License-Identifier: GPL-3.0-or-later
"""What one thread makes and others look at: only the newest counts, so whoever is slow skips and nobody waits."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest of the things that are put; each put is counted, from 1."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._thing: T | None = None

    def put(self, thing: T) -> None:
        """Replace what is held."""
        with self._changed:
            self._count, self._thing = self._count + 1, thing
            self._changed.notify_all()

    @property
    def count(self) -> int:
        """How many were put."""
        return self._count

    @property
    def newest(self) -> T | None:
        """What was put last; None before the first."""
        return self._thing

    def after(self, count: int, timeout: float) -> tuple[int, T | None]:
        """The newest thing and its count, once more than `count` were put; None if `timeout` seconds pass before."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._count > count, timeout):
                return count, None
            return self._count, self._thing
