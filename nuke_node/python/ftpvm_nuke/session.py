# SPDX-License-Identifier: GPL-3.0-or-later
"""The presses under way in this Nuke and the one worker that serves them, moved on by `tick` in Nuke's main thread."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nuke

from . import identity, results, worker_setup
from .errors import UserError
from .host.client import Worker
from .host.presses import Presses
from .host.progress import DONE, FAILED
from .runs import Run, steps

TICK = 0.05  # seconds between two ticks while something runs
STATUS_EVERY = 1.0  # seconds: each change of a knob makes Nuke save and draw

_session: Session | None = None


class Session(Presses):
    """The presses on nodes. failures: what the artist hasn't been told yet."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self.failures: list[str] = []
        self._told_at = 0.0

    def begin(self, node: Any) -> Run:
        """Start bringing a node's matte up to date. Raises UserError where that is under way."""
        run = Run(identity.own_uid(node), title=node.name())
        self.worker.device = node["device"].value()
        self.add(run, steps(run, self.worker))
        with unrecorded():
            node["unfinished"].setValue(platform.node())
            node["status"].setValue("Starting")
            results.allow_gaps(node, True)
        return run

    def tick(self) -> bool:
        """One small step of every press, and now and then a word in their nodes. True while anything is under way."""
        with unrecorded():
            going = super().tick()
            if going and time.monotonic() - self._told_at > STATUS_EVERY:
                self._told_at = time.monotonic()
                for run in self.under_way():
                    _tell(run, run.progress.line())
        return going

    def ended(self, press: Run) -> None:
        progress = press.progress
        _tell(press, " ".join([progress.line(), *progress.warnings]), ended=True)
        if progress.state == FAILED:
            self.failures.append(f"{press.title}: {progress.error}")

    def abandon(self, why: str) -> None:
        self.failures += [f"{run.title}: {why}" for run in self.under_way()]
        super().abandon(why)


def propagate(node: Any) -> None:
    """Bring a node's matte up to date and return when it is. Raises UserError where it can't be, or was stopped."""
    try:
        session = opened()
        run = session.begin(node)
    except UserError as error:
        node["status"].setValue(str(error))
        raise
    while run.uid in session.going:
        session.tick()
        time.sleep(TICK / 5)
    session.failures.clear()  # the caller is told
    if run.progress.state != DONE:
        raise UserError(run.progress.words)


@contextmanager
def unrecorded() -> Iterator[None]:
    """What is done meanwhile can't be undone, so that the artist's last step is what Undo takes back."""
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()


def current() -> Session | None:
    """The session, if anything was ever started in this Nuke."""
    return _session


def is_going(uid: str) -> bool:
    """Whether a node's matte is being made."""
    return _session is not None and uid in _session.going


def opened() -> Session:
    """The session, with a worker. Raises UserError where none was set up."""
    global _session
    if _session is None:
        command = worker_setup.worker_command()
        _session = Session(Worker(command, host_name=f"Nuke {nuke.NUKE_VERSION_STRING}"))
    return _session


def closed() -> None:
    """End the worker and forget all presses; each goes on from where it was when pressed again."""
    global _session
    session, _session = _session, None
    if session:
        session.close()


def _tell(run: Run, words: str, ended: bool = False) -> None:
    """In the node, if it is still there."""
    try:
        node = run.node()
    except UserError:
        return
    node["status"].setValue(words)
    results.allow_gaps(node, not ended)
    if ended:
        node["unfinished"].setValue("")
