# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in a thread of its own: it takes the newest frame whenever it is done with the one before."""

import threading
import time

from ftpvm.propagation.device import OutOfMemoryError

from .camera import Frame
from .engine import LiveKeyframe, LiveMatting, LiveState, Matted
from .latest import Latest
from .rate import RateHolder, Tally

_PAUSE = 0.2  # seconds between two looks at whether to stop


class MattingThread:
    """Mattes what is newest in `frames` until `stop()`; without keyframes it passes the frames on as they are.

    keyframes: may be replaced at any time. results: the newest one. problem: a sentence while the network can't run.
    error: what went wrong that no waiting mends, for the window to raise.
    """

    def __init__(self, matting: LiveMatting, frames: Latest[Frame], holder: RateHolder) -> None:
        self.keyframes: tuple[LiveKeyframe, ...] = ()
        self.results: Latest[Matted] = Latest()
        self.problem = ""
        self.error: BaseException | None = None
        self._matting, self._frames, self._holder = matting, frames, holder
        self._tally = Tally()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ftpvm-network", daemon=True)
        self._thread.start()

    @property
    def resolution(self) -> int:
        """Long side in px at which the network works now."""
        return self._holder.resolution

    @property
    def rate(self) -> float:
        """Frames per second that come out."""
        return self._tally.rate(time.monotonic())

    def stop(self) -> None:
        """End the thread, once its frame is done."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        seen, state = 0, None
        try:
            while not self._stopped.is_set():
                seen, frame = self._frames.after(seen, _PAUSE)
                if frame is not None:
                    state = self._next(frame, state)
        except BaseException as error:
            self.error = error

    def _next(self, frame: Frame, state: LiveState | None) -> LiveState | None:
        began, keyframes = time.monotonic(), self.keyframes
        result = Matted(frame)
        if keyframes:
            try:
                result, state = self._matting.step(frame, keyframes, self._holder.resolution, state)
            except OutOfMemoryError:
                self._make_smaller()
                return None
            self._holder.took(time.monotonic() - began)
        self.problem = ""
        self.results.put(result)
        self._tally.count(time.monotonic())
        return state if keyframes else None

    def _make_smaller(self) -> None:
        if not self._holder.lower():
            self.problem = (
                f"The device has too little memory even at {self._holder.resolution} px: close what else uses it, "
                "or choose another (--device cpu)."
            )
