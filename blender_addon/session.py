# SPDX-License-Identifier: GPL-3.0-or-later
"""The presses of Propagate Matte under way in this Blender and the one worker that serves them, moved on by `tick`."""

from __future__ import annotations

import platform
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from . import identity, preferences, redraw
from .errors import UserError
from .host import protocol
from .host.client import Worker
from .host.progress import CANCELLED
from .runs import Run, steps

TICK = 0.05  # seconds between two ticks while something runs
CLOSING = 2.0  # seconds that a worker gets to leave

_session: Session | None = None
_line: str | None = None  # in the status bar


@dataclass
class Session:
    """One worker for all, since it keeps networks and memories warm.

    runs: the last one of each strip, by uid. going: the steps of those under way. asked: what to do with the worker's
    answer to other requests, by id.
    """

    worker: Worker
    runs: dict[str, Run] = field(default_factory=dict)
    going: dict[str, Iterator[None]] = field(default_factory=dict)
    asked: dict[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)

    def begin(self, scene: bpy.types.Scene, strip: Any) -> Run:
        """Start bringing a strip's matte up to date."""
        is_new = not strip.ftpvm.uid
        uid = identity.own_uid(scene, strip)
        if is_new:
            redraw.undo_step("Name for Its Matte")  # or else undo would take it away and the mattes be lost
        if uid in self.going:
            raise UserError("This strip's matte is already being made: wait for it, or cancel it first.")
        scratch = Path(bpy.app.tempdir) / "ftpvm" / uid
        run = Run(uid, scratch, device=preferences.chosen().device)
        self.runs[uid], self.going[uid] = run, steps(run, self.worker)
        strip.ftpvm.unfinished = platform.node()
        return run

    def ask(self, type: str, on_end: Callable[[dict[str, Any]], None], **fields: Any) -> None:
        """A request other than a matte; `on_end` gets the event that ends it."""
        self.asked[self.worker.request(type, **fields)] = on_end

    def tick(self) -> bool:
        """One small step of every run. True while anything is under way."""
        for event in self.worker.poll():
            if event["event"] in protocol.ENDINGS and (on_end := self.asked.pop(event["id"], None)):
                on_end(event)
            for run in self.runs.values():
                if run.job is not None and event["id"] == run.job:
                    run.events.append(event)
        for uid in list(self.going):
            self._step(uid)
        return bool(self.going or self.asked)

    def cancel(self, uid: str) -> None:
        """Stop a run. What is done stays; the next press goes on from there."""
        run, stepping = self.runs[uid], self.going.get(uid)
        if stepping is None:
            return
        if run.job is not None:  # ends with the worker's answer
            run.progress.words = "Stopping"
            self.worker.cancel(run.job)
        else:
            stepping.close()
            run.progress.end(CANCELLED, "Stopped")
            self._end(uid)

    def park(self) -> None:
        """Stop and forget all runs without touching their strips. The worker stays warm."""
        for uid, stepping in self.going.items():
            if job := self.runs[uid].job:
                self.worker.cancel(job)
            stepping.close()
        self.runs.clear()
        self.going.clear()
        self.asked.clear()

    def under_way(self) -> list[Run]:
        """The runs that haven't ended, in the order they were begun."""
        return [self.runs[uid] for uid in self.going]

    def _step(self, uid: str) -> None:
        run = self.runs[uid]
        try:
            next(self.going[uid])
        except StopIteration:
            self._end(uid)
        except Exception as error:  # an error that leaves a timer's function would stop the other runs too
            if not isinstance(error, UserError):
                traceback.print_exc()
            if run.job is not None:
                self.worker.cancel(run.job)  # nobody would follow it
            run.progress.fail(str(error) or type(error).__name__)
            self._end(uid)

    def _end(self, uid: str) -> None:
        run = self.runs[uid]
        del self.going[uid]
        shutil.rmtree(run.scratch, ignore_errors=True)
        if found := identity.strip_or_none(uid):
            _, strip = found
            strip.ftpvm.unfinished = ""
            strip.ftpvm.message = run.progress.words
            redraw.undo_step("Propagate Matte")


def current() -> Session | None:
    """The session, if anything was ever started in this Blender."""
    return _session


def opened() -> Session:
    """The session, with a worker of the Python that the preferences name."""
    global _session
    if _session is None:
        _session = Session(Worker(preferences.worker_command(), host_name=f"Blender {bpy.app.version_string}"))
    return _session


def closed() -> None:
    """End the worker and forget all runs; each goes on from where it was when pressed again."""
    global _session
    session, _session = _session, None
    if session:
        session.park()
        session.worker.close(CLOSING)


def wait() -> None:
    """Block until all that is under way has ended: for farms and tests, where timers never fire."""
    while opened().tick():
        time.sleep(TICK / 5)


def watch() -> None:
    """Let Blender's timer move the runs on."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick)


def _tick() -> float | None:
    global _line
    going = _session is not None and _session.tick()
    lines = [f"FTP-VM: {run.progress.line()}" for run in _session.under_way()] if _session and going else []
    line = " · ".join(lines) or None
    if line != _line:
        _line = line
        redraw.show(line)
    return TICK if going else None


@bpy.app.handlers.persistent
def _park(_: Any) -> None:
    """Another file is being loaded, and with it the strips go."""
    if _session:
        _session.park()
        redraw.show(None)


@bpy.app.handlers.persistent
def _resume(_: Any) -> None:
    if not bpy.app.background:
        resume()


def resume() -> None:
    """Go on with what was under way when this file was saved, if it was saved on this machine."""
    for scene, strip in list(identity.all_strips()):
        if strip.ftpvm.unfinished == platform.node():
            try:
                opened().begin(scene, strip)
            except UserError as error:
                strip.ftpvm.message = str(error)
            watch()


def register() -> None:
    bpy.app.handlers.load_pre.append(_park)
    bpy.app.handlers.load_post.append(_resume)


def unregister() -> None:
    bpy.app.handlers.load_pre.remove(_park)
    bpy.app.handlers.load_post.remove(_resume)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        redraw.show(None)
    closed()
