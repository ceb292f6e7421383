# SPDX-License-Identifier: GPL-3.0-or-later
"""The presses of Propagate Matte under way in a host and the one worker that serves them, moved on by `tick`."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import protocol
from .client import Worker
from .errors import StoppedError, UserError
from .progress import CANCELLED, STOPPED, Progress

REFRESH_EVERY = 2.0  # seconds; hosts read all that they show anew each time


@dataclass
class Press:
    """What is known about one. uid: of the strip or node. job: the worker's id of it, once it was sent.

    events: of that job, to be followed. stop_asked: it ends at its next step, unless its job was sent. error_code: the
    worker's, of docs/worker-protocol.md.
    """

    uid: str
    progress: Progress = field(default_factory=Progress)
    job: str | None = None
    events: deque[dict[str, Any]] = field(default_factory=deque)
    stop_asked: bool = False
    error_code: str = ""

    def followed(self, show: Callable[[], None], ready: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """The worker's events until the job ends. `show` is called as mattes land and at the end, if `ready` then."""
        shown_at, landed, ended = 0.0, False, False
        while True:
            while self.events and not ended:
                event = self.events.popleft()
                self.progress.note(event)
                if self.stop_asked:  # what the worker was doing then goes on for a moment
                    self.progress.stopping()
                self.error_code = event.get("code", "")
                landed = landed or event["event"] == protocol.PROGRESS
                ended = event["event"] in protocol.ENDINGS
            is_due = landed and time.monotonic() - shown_at > REFRESH_EVERY
            if (is_due or ended) and ready():
                show()
                shown_at, landed = time.monotonic(), False
            if ended:
                return
            yield


class Presses:
    """One worker for all, since it keeps networks and memories warm.

    runs: the last press of each strip or node, by uid. going: the steps of those under way; they may raise UserError
    and StoppedError. A host adds what it does when one has ended.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.runs: dict[str, Any] = {}
        self.going: dict[str, Generator[None, None, None]] = {}

    def add(self, press: Press, steps: Generator[None, None, None]) -> None:
        """Put a press under way. Raises UserError where its strip or node has one under way."""
        if press.uid in self.going:
            raise UserError("This matte is already being made: wait for it, or cancel it first.")
        self.runs[press.uid], self.going[press.uid] = press, steps

    def tick(self) -> bool:
        """One small step of every press. True while anything is under way."""
        for event in self.worker.poll():
            self.heard(event)
        for uid in list(self.going):
            self._step(uid)
        return bool(self.going)

    def tick_or_abandon(self) -> bool:
        """`tick` for timers, which can't tell of what goes wrong in the host: then all presses end and say why."""
        try:
            return self.tick()
        except Exception as error:
            traceback.print_exc()
            self.abandon(str(error) or type(error).__name__)
            return False

    def heard(self, event: dict[str, Any]) -> None:
        """The worker said something."""
        for press in self.runs.values():
            if press.job is not None and event["id"] == press.job:
                press.events.append(event)

    def ended(self, press: Any) -> None:
        """A press isn't under way any more; its progress says how it ended."""

    def cancel(self, uid: str) -> None:
        """Stop a press, if it is under way. What is done stays; the next press goes on from there."""
        if uid not in self.going:
            return
        press = self.runs[uid]
        press.stop_asked = True
        press.progress.stopping()
        if press.job is not None:  # ends with the worker's answer
            self.worker.cancel(press.job)

    def abandon(self, why: str) -> None:
        """End all presses without asking anything of the host, which has just refused."""
        for press in self.under_way():
            if press.job is not None:
                self.worker.cancel(press.job)
            press.progress.fail(why)
        self.going.clear()

    def park(self) -> None:
        """Stop and forget all presses without touching strips or nodes. The worker stays warm."""
        for uid, steps in self.going.items():
            if job := self.runs[uid].job:
                self.worker.cancel(job)
            steps.close()
        self.runs.clear()
        self.going.clear()

    def close(self) -> None:
        """End the worker and forget all presses; each goes on from where it was when pressed again."""
        self.park()
        self.worker.close()

    def under_way(self) -> list[Any]:
        """The presses that haven't ended, in the order they were begun."""
        return [self.runs[uid] for uid in self.going]

    def _step(self, uid: str) -> None:
        press, steps = self.runs[uid], self.going[uid]
        try:
            if press.stop_asked and press.job is None:
                steps.close()
                raise StoppedError
            next(steps)
            return
        except StopIteration:
            pass
        except StoppedError:
            press.progress.end(CANCELLED, STOPPED)
        except Exception as error:  # it must not stop the others
            if not isinstance(error, UserError):
                traceback.print_exc()
            if press.job is not None:
                self.worker.cancel(press.job)  # nobody would follow it
            press.progress.fail(str(error) or type(error).__name__)
        del self.going[uid]
        try:
            self.ended(press)
        except Exception as error:
            traceback.print_exc()
            press.progress.fail(str(error) or type(error).__name__)
