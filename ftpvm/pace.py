# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a run goes and how long it will take."""

import time


class Pace:
    """Fed with every frame done, it knows the rate since `began`, a time.monotonic(); None is now."""

    def __init__(self, began: float | None = None) -> None:
        self._began = time.monotonic() if began is None else began
        self._before: int | None = None

    def __call__(self, done: int, total: int) -> tuple[float, float]:
        """Frames per second and seconds left, when `done` of `total` frames are behind us."""
        # What a stopped run had done says nothing about the speed of this one.
        self._before = done - 1 if self._before is None else self._before
        rate = max(done - self._before, 1) / max(time.monotonic() - self._began, 1e-6)
        return rate, (total - done) / rate
