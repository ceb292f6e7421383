# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera in a thread of its own, so that its newest frame is always at hand."""

import threading
import time

from ftpvm.errors import SourceError

from .camera import Camera, Frame
from .latest import Latest

_SILENT = 3.0  # seconds without a frame before it is said: drivers may block for longer than that
_RETRY = 1.0  # seconds


class Capture:
    """Reads `camera` until `stop()`; a camera that stops is asked again every second.

    frames: the newest one. error: what went wrong that no waiting mends, for the window to raise.
    """

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.frames: Latest[Frame] = Latest()
        self.error: BaseException | None = None
        self._failure = ""
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ftpvm-capture", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """A sentence while no frames come, else empty."""
        newest = self.frames.newest
        if self._failure:
            return self._failure
        silent = time.monotonic() - (newest.seconds if newest else self._began) > _SILENT
        return (
            f"No picture has come from {self.camera.name} for {_SILENT:.0f} s: is it still plugged in?"
            if silent
            else ""
        )

    def stop(self) -> None:
        """End the thread; a driver that blocks is left behind."""
        self._stopped.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    self._read()
                except SourceError as error:
                    self._failure = str(error)
                    self._stopped.wait(_RETRY)
        except BaseException as error:
            self.error = error

    def _read(self) -> None:
        for frame in self.camera.frames():
            self.frames.put(frame)
            self._failure = ""
            if self._stopped.is_set():
                return
