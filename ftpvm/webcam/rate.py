# SPDX-License-Identifier: GPL-3.0-or-later
"""The working size that holds a frame rate, and how fast frames come."""

from collections import deque
from collections.abc import Sequence
from statistics import median

_SLOW = 1.1  # times the budget: then the size is lowered
_ROOM = 0.75  # of the budget, after enlarging: then it is raised
_FEW, _LONG = 5, 1.0  # frames whose median counts; fewer do where they took so many seconds
_SILENT = 5.0  # seconds without a frame, after which the rate is 0
_PATIENCE = 2.0, 60.0  # seconds of room before a raise: at first, and at most


def resolutions(largest: int, smallest: int) -> list[int]:
    """Working sizes (long side in px), descending: each has about two thirds of the pixels of the one before."""
    sizes = [largest]
    while sizes[-1] > smallest:
        sizes.append(max(smallest, round(sizes[-1] * 0.82 / 16) * 16))
    return sizes


class RateHolder:
    """Told how long each frame took, it chooses the next one's resolution, so that `fps` frames a second are held.

    It lowers at once, by as many steps as are needed, and raises one step when there has been room for a while. A raise
    that had to be taken back doubles that while: each change restarts the recurrent memory, which shows.

    sizes: resolutions to choose from, descending.
    """

    def __init__(self, sizes: Sequence[int], fps: float) -> None:
        self._sizes, self._budget = list(sizes), 1 / fps
        self._at = 0
        self._patience = _PATIENCE[0]
        self._raised = False  # the last change was a raise
        self._frames, self._room = 0, 0.0  # since the last change: frames, and seconds in which a raise would do
        self._times: deque[float] = deque(maxlen=_FEW)

    @property
    def resolution(self) -> int:
        """For the next frame."""
        return self._sizes[self._at]

    def took(self, seconds: float) -> None:
        """A frame at `resolution` took so long."""
        self._frames += 1
        if self._frames == 1:  # keyframes are encoded anew in it
            return
        self._times.append(seconds)
        if len(self._times) < _FEW and sum(self._times) < max(_LONG, 2 * self._budget):
            return
        usual = median(self._times)
        if usual > _SLOW * self._budget:
            self._lower(usual)
        elif self._at and self._expected(usual, self._at - 1) < _ROOM * self._budget:
            self._room += max(seconds, self._budget)
            if self._room > self._patience:
                self._change(self._at - 1)
        else:
            self._room = 0.0

    def lower(self) -> bool:
        """The device has too little memory for this size: one step down. False if there is none."""
        lowest = self._at == len(self._sizes) - 1
        if not lowest:
            fitting = self._sizes[self._at + 1 :]
            self._at = 0  # first: the window's thread reads both, and this is in either list
            self._sizes = fitting
            self._begin()
        return not lowest

    def _lower(self, usual: float) -> None:
        if self._at == len(self._sizes) - 1:
            return
        if self._raised:
            self._patience = min(2 * self._patience, _PATIENCE[1])
        below = range(self._at + 1, len(self._sizes))
        self._change(next((i for i in below if self._expected(usual, i) <= self._budget), below[-1]))

    def _change(self, at: int) -> None:
        self._raised, self._at = at < self._at, at
        self._begin()

    def _begin(self) -> None:
        self._frames, self._room = 0, 0.0
        self._times.clear()

    def _expected(self, usual: float, at: int) -> float:
        """Seconds a frame at another size: the network's work goes with the pixels."""
        return usual * (self._sizes[at] / self.resolution) ** 2


class Tally:
    """Frames per second, of those that came in the last `seconds`, or of the last two; 0 when none came for long."""

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def count(self, now: float) -> None:
        """A frame came at `now`, a time.monotonic()."""
        self._times.append(now)
        while len(self._times) > 2 and self._times[0] < now - self._seconds:
            self._times.popleft()

    def rate(self, now: float) -> float:
        """0 until two came."""
        if len(self._times) < 2 or now - self._times[-1] > _SILENT:
            return 0.0
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0  # a coarse clock gives the same time twice
