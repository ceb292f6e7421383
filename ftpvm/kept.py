# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that are slow to make, kept while what they were made of stays the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` things used last, by name; `most` may be changed."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._things: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()

    def __call__(self, name: Hashable, make: Callable[[], T], stamp: Hashable = None) -> T:
        """What is kept under a name if it was made under this stamp, else what `make` gives, kept from now on."""
        held = self._things.pop(name, None)
        if held is None or held[0] != stamp:
            held = None  # let go before the new one is made: both may not fit into memory
            held = stamp, make()
        self._things[name] = held
        while len(self._things) > self.most:
            self._things.popitem(last=False)
        return held[1]

    def __len__(self) -> int:
        return len(self._things)

    def clear(self) -> None:
        """Let go of everything."""
        self._things.clear()


def file_stamp(path: Path) -> tuple[int, int] | None:
    """Changes when a file does; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
