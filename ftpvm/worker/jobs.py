# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits to be done: matte jobs in order, identical ones merged, and errands that go between their chunks."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ftpvm.host import protocol
from ftpvm.worker.requests import MatteJob

E = TypeVar("E")


class Send(Protocol):
    """Sends {"id": id, "event": event, ...}."""

    def __call__(self, id: str | None, event: str, **fields: object) -> None: ...


@dataclass(eq=False)
class Job:
    """A matte job and the requests that wait for it; `history` is what a request that comes later is told first."""

    work: MatteJob
    ids: list[str]
    fingerprint: str
    history: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    frames_run: int = 0


@dataclass(frozen=True, eq=False)
class Errand(Generic[E]):
    """Something short that an engine does for one request. patient: it waits until no job runs."""

    id: str
    do: Callable[[E], dict[str, object]]
    end: str = protocol.DONE
    patient: bool = False


class Jobs(Generic[E]):
    """The queue. Requests put in from one thread, work taken out by another; whoever asked is told everything."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._errands: deque[Errand[E]] = deque()
        self._running: Job | None = None
        self._closed = False

    def add(self, id: str, work: MatteJob) -> None:
        """Queue a matte job, or let the request wait for one that is the same. It is told "queued" at once."""
        fingerprint = work.fingerprint()
        with self._changed:
            same = next((job for job in self._alive() if job.fingerprint == fingerprint), None)
            job = same or Job(work, [], fingerprint)
            job.ids.append(id)
            if not same:
                self._waiting.append(job)
            self._send(id, protocol.QUEUED, ahead=[*self._alive(stopping=True)].index(job))
            for event, fields in job.history:
                self._send(id, event, **fields)
            self._changed.notify()

    def add_errand(self, errand: Errand[E]) -> None:
        """Queue an errand."""
        with self._changed:
            self._errands.append(errand)
            self._changed.notify()

    def cancel(self, id: str) -> None:
        """End a request; its job is stopped if no other waits for it. Nothing happens where it is over already."""
        with self._changed:
            for job in [job for job in self._alive() if id in job.ids]:
                if len(job.ids) > 1 or job in self._waiting:
                    job.ids.remove(id)
                    self._send(id, protocol.CANCELLED, frames_run=job.frames_run)
                if job is self._running and job.ids == [id]:
                    job.stop.set()
                elif not job.ids:
                    self._waiting.remove(job)

    def holds(self, id: str) -> bool:
        """Whether a request that isn't over has this id."""
        with self._changed:
            return any(id in job.ids for job in self._alive(stopping=True)) or any(e.id == id for e in self._errands)

    def ids(self) -> tuple[str | None, list[str]]:
        """The id of the running request that was first, and those that wait for other jobs."""
        with self._changed:
            running = self._running.ids[0] if self._running and self._running.ids else None
            return running, [id for job in self._waiting for id in job.ids]

    def take(self) -> Job | Errand[E] | None:
        """What is to be done next, waiting for it; None when all is over. A job taken must be ended with `end`."""
        with self._changed:
            while not (self._closed or self._errands or self._waiting):
                self._changed.wait()
            if self._closed:
                return None
            if self._errands:
                return self._errands.popleft()
            self._running = self._waiting.popleft()
            return self._running

    def take_errand(self) -> Errand[E] | None:
        """An errand that can be done while a job runs, if one waits."""
        with self._changed:
            errand = next((e for e in self._errands if not e.patient), None)
            if errand:
                self._errands.remove(errand)
            return errand

    def tell(self, job: Job, event: str, **fields: object) -> None:
        """Tell everyone who waits for a job; those who come later are told all but its progress."""
        with self._changed:
            if event == protocol.PROGRESS:
                job.frames_run += 1
            elif event != protocol.ADAPTING:
                job.history.append((event, fields))
            for id in job.ids:
                self._send(id, event, **fields)

    def end(self, job: Job, event: str, **fields: object) -> None:
        """The last that is told of a job."""
        with self._changed:
            self.tell(job, event, **fields)
            self._running = None

    def close(self) -> None:
        """Stop what runs, cancel what waits."""
        with self._changed:
            self._closed = True
            for id in [*(id for job in self._waiting for id in job.ids), *(errand.id for errand in self._errands)]:
                self._send(id, protocol.CANCELLED, frames_run=0)
            self._waiting.clear()
            self._errands.clear()
            if self._running:
                self._running.stop.set()
            self._changed.notify_all()

    def _alive(self, *, stopping: bool = False) -> list[Job]:
        running = [self._running] if self._running and (stopping or not self._running.stop.is_set()) else []
        return [*running, *self._waiting]
