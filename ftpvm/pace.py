# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a run goes and how long it will take."""

import time


class Pace:
    """Fed with every frame done, it knows the rate since `began`, a time.monotonic(); None is now."""

    def __init__(self, began: float | None = None) -> None:
        self._began = self._heard = time.monotonic() if began is None else began
        self._fed = 0

    def __call__(self, done: int, total: int) -> tuple[float, float]:
        """Frames per second and seconds left, when `done` of `total` frames are behind us."""
        # Its own count: what a stopped run had done says nothing about the speed of this one.
        self._fed += 1
        self._heard = time.monotonic()
        rate = self._fed / max(self._heard - self._began, 1e-6)
        return rate, (total - done) / rate

    def pause(self) -> None:
        """The time since the last frame went into something else."""
        now = time.monotonic()
        self._began, self._heard = self._began + now - self._heard, now
