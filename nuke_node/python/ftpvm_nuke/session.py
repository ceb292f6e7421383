# SPDX-License-Identifier: GPL-3.0-or-later
"""The presses under way in this Nuke and the one worker that serves them, moved on by `tick` in Nuke's main thread."""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nuke

from . import identity, worker_setup
from .errors import CancelledError, UserError
from .host.client import Worker
from .host.progress import CANCELLED, FAILED
from .runs import Run, steps

TICK = 0.05  # seconds between two ticks while something runs
STATUS_EVERY = 1.0  # seconds: each change of a knob makes Nuke save and draw
CLOSING = 2.0  # seconds that a worker gets to leave

_session: Session | None = None


@dataclass
class Session:
    """One worker for all nodes, since it keeps networks and memories warm. going: steps of the runs, by uid."""

    worker: Worker
    runs: dict[str, Run] = field(default_factory=dict)
    going: dict[str, Iterator[None]] = field(default_factory=dict)
    told_at: float = 0.0

    def begin(self, node: Any) -> Run:
        """Start bringing a node's matte up to date. Raises UserError where that is under way."""
        uid = identity.own_uid(node)
        if uid in self.going:
            raise UserError("This node's matte is already being made: wait for it, or cancel it first.")
        run = Run(uid, node.name())
        self.runs[uid], self.going[uid] = run, steps(run, self.worker)
        node["unfinished"].setValue(platform.node())
        return run

    def propagate(self, node: Any) -> None:
        """Bring a node's matte up to date and return when it is. Raises UserError."""
        try:
            run = self.begin(node)
        except UserError as error:
            node["status"].setValue(str(error))
            raise
        while run.uid in self.going:
            self.tick()
            time.sleep(TICK / 5)
        if run.progress.error is not None:
            raise UserError(run.progress.error)

    def tick(self) -> list[Run]:
        """One small step of every run; the runs that are under way."""
        for event in self.worker.poll():
            for run in self.runs.values():
                if run.job is not None and event["id"] == run.job:
                    run.events.append(event)
        for uid in list(self.going):
            self._step(uid)
        if self.going and time.monotonic() - self.told_at > STATUS_EVERY:
            self.told_at = time.monotonic()
            for uid in self.going:
                _tell(self.runs[uid], self.runs[uid].progress.line())
        return [self.runs[uid] for uid in self.going]

    def cancel(self, uid: str) -> None:
        """Stop a run, if it is under way. What is done stays; the next press goes on from there."""
        run, stepping = self.runs.get(uid), self.going.get(uid)
        if run is None or stepping is None:
            return
        if run.job is not None:  # ends with the worker's answer
            run.progress.words = "Stopping"
            self.worker.cancel(run.job)
        else:
            stepping.close()
            self._cancelled(run)

    def park(self) -> None:
        """Stop and forget all runs without touching their nodes. The worker stays warm."""
        for uid, stepping in self.going.items():
            if job := self.runs[uid].job:
                self.worker.cancel(job)
            stepping.close()
        self.runs.clear()
        self.going.clear()

    def _step(self, uid: str) -> None:
        run = self.runs[uid]
        try:
            if run.job is None:  # still asks Nuke for pictures
                run.node()
            next(self.going[uid])
        except StopIteration:
            self._end(run)
        except CancelledError:
            self._cancelled(run)
        except Exception as error:  # it must not stop the other runs
            if not isinstance(error, UserError):
                traceback.print_exc()
            if run.job is not None:
                self.worker.cancel(run.job)  # nobody would follow it
            run.progress.fail(str(error) or type(error).__name__)
            self._end(run)

    def _cancelled(self, run: Run) -> None:
        run.progress.end(CANCELLED, "Stopped; what is done is kept")
        self._end(run)

    def _end(self, run: Run) -> None:
        del self.going[run.uid]
        _tell(run, " ".join([run.progress.line(), *run.progress.warnings]), ended=True)
        if run.progress.state == FAILED and nuke.GUI:
            nuke.message(f"{run.title}: {run.progress.error}")


def _tell(run: Run, words: str, ended: bool = False) -> None:
    """In the node, if it is still there."""
    try:
        node = run.node()
    except UserError:
        return
    node["status"].setValue(words)
    if ended:
        node["unfinished"].setValue("")


def current() -> Session | None:
    """The session, if anything was ever started in this Nuke."""
    return _session


def opened() -> Session:
    """The session, with a worker. Raises UserError where none was set up."""
    global _session
    if _session is None:
        command = worker_setup.worker_command()
        _session = Session(Worker(command, host_name=f"Nuke {nuke.NUKE_VERSION_STRING}"))
    return _session


def closed() -> None:
    """End the worker and forget all runs; each goes on from where it was when pressed again."""
    global _session
    session, _session = _session, None
    if session:
        session.park()
        session.worker.close(CLOSING)
