# SPDX-License-Identifier: GPL-3.0-or-later
"""The one thread in which everything heavy happens, imports included: whatever fails in it is told, and it goes on."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING, Any

from ftpvm.errors import FtpvmError, MissingDependencyError
from ftpvm.host import protocol
from ftpvm.worker.jobs import Errand, Job, Jobs, Send
from ftpvm.worker.story import Story

if TYPE_CHECKING:
    from ftpvm.worker.engine import Engine


class Work:
    """The thread, its queue and its engine."""

    def __init__(self, send: Send) -> None:
        self.jobs: Jobs[Engine] = Jobs(send)
        self._send = send
        self._engine: Engine | None = None
        self._thread: threading.Thread | None = None

    def start(self, device: str) -> None:
        """Warm up on this device, then do what is asked."""
        self._thread = threading.Thread(target=self._run, args=(device,), name="ftpvm-work", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop what runs and wait until it is saved, `timeout` seconds at most."""
        self.jobs.close()
        if self._thread:
            self._thread.join(timeout)

    def facts(self) -> dict[str, Any]:
        """What "status" says about the engine."""
        cold = {"device": None, "torch": None, "warm": False, "memory": None}
        return self._engine.facts() if self._engine else cold

    def _run(self, device: str) -> None:
        try:
            self._ready().warm_up(device)
        except Exception:  # told by the first job, which needs the same
            traceback.print_exc()
        while task := self.jobs.take():
            if isinstance(task, Errand):
                self._do(task)
            else:
                self._matte(task)

    def _ready(self) -> Engine:
        """The engine, made when it is first asked for: that imports torch."""
        if self._engine is None:
            try:
                from ftpvm.worker.engine import Engine
            except ImportError as error:
                raise MissingDependencyError(f"The worker lacks something ({error}): set it up again.") from error
            self._engine = Engine()
        return self._engine

    def _do(self, errand: Errand[Engine]) -> None:
        try:
            self._send(errand.id, errand.end, **errand.do(self._ready()))
        except Exception as error:
            self._send(errand.id, protocol.ERROR, **_told(error))

    def _matte(self, job: Job) -> None:
        def should_stop() -> bool:
            while not job.stop.is_set() and (errand := self.jobs.take_errand()):
                self._do(errand)
            return job.stop.is_set()

        try:
            story = Story(lambda event, **fields: self.jobs.tell(job, event, **fields))
            event, fields = self._ready().matte(job.work, story, should_stop)
        except Exception as error:
            event, fields = protocol.ERROR, _told(error)
        self.jobs.end(job, event, **fields)


def _told(error: Exception) -> dict[str, object]:
    if isinstance(error, FtpvmError):
        return {"code": error.code, "message": str(error)}
    traceback.print_exception(error)
    return {"code": protocol.UNEXPECTED_CODE, "message": f"{type(error).__name__}: {error}"}
