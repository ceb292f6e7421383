# SPDX-License-Identifier: GPL-3.0-or-later
"""The presses of Propagate Matte under way in this Blender and the one worker that serves them, moved on by `tick`."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from . import identity, moving, preferences, redraw, undo
from .errors import UserError
from .host import protocol
from .host.client import Worker
from .host.presses import Presses
from .host.progress import FAILED
from .runs import Run, steps

TICK = 0.05  # seconds between two ticks while something runs

_session: Session | None = None
_line: str | None = None  # in the status bar


class Session(Presses):
    """The presses on strips. asked: what to do with the worker's answer to other requests, by id."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self.asked: dict[str, Callable[[dict[str, Any]], None]] = {}

    def begin(self, strip: Any) -> Run:
        """Start bringing a strip's matte up to date."""
        uid = identity.own_uid(strip)
        if uid not in self.runs:  # it may be new, of a cut say: undo would take it away and the mattes be lost
            undo.step("Name for Its Matte")
        run = Run(uid, scratch=Path(bpy.app.tempdir) / "ftpvm" / uid, device=preferences.chosen().device)
        self.add(run, steps(run, self.worker))
        strip.ftpvm.unfinished = platform.node()
        return run

    def ask(self, type: str, on_end: Callable[[dict[str, Any]], None], **fields: Any) -> None:
        """A request other than a matte; `on_end` gets the event that ends it."""
        self.asked[self.worker.request(type, **fields)] = on_end

    def tick(self) -> bool:
        """One small step of every run. True while anything is under way."""
        return super().tick() or bool(self.asked)

    def heard(self, event: dict[str, Any]) -> None:
        super().heard(event)
        if event["event"] in protocol.ENDINGS and (on_end := self.asked.pop(event["id"], None)):
            on_end(event)

    def abandon(self, why: str) -> None:
        super().abandon(why)
        self.asked.clear()  # what was answered meanwhile is lost, and would be waited for forever

    def park(self) -> None:
        super().park()
        self.asked.clear()

    def ended(self, press: Run) -> None:
        shutil.rmtree(press.scratch, ignore_errors=True)
        if found := identity.strip_or_none(press.uid):
            _, strip = found
            strip.ftpvm.unfinished = ""
            strip.ftpvm.message = press.progress.words
            if press.progress.state != FAILED:  # or else the worker may still be writing
                moving.move_home(strip)  # the file may have been saved meanwhile
            if press.placed:  # there is something to undo
                undo.step("Propagate Matte")


def current() -> Session | None:
    """The session, if anything was ever started in this Blender."""
    return _session


def opened() -> Session:
    """The session, with a worker of the Python that the preferences name."""
    global _session
    if _session is None:
        _session = Session(Worker(preferences.worker_command(), host_name=f"Blender {bpy.app.version_string}"))
    _session.worker.device = preferences.chosen().device
    return _session


def closed() -> None:
    """End the worker and forget all runs; each goes on from where it was when pressed again."""
    global _session
    session, _session = _session, None
    if session:
        session.close()


def wait() -> None:
    """Block until all that is under way has ended: for farms and tests, where timers never fire."""
    while any((opened().tick(), moving.settle())):
        time.sleep(TICK / 5)


def watch() -> None:
    """Let Blender's timer move the runs on."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick)


def _tick() -> float | None:
    global _line
    going = _session is not None and _session.tick_or_abandon()
    lines = [f"FTP-VM: {run.progress.line()}" for run in _session.under_way()] if _session and going else []
    line = " · ".join(lines) or None
    if line != _line:
        _line = line
        redraw.show(line)
    return TICK if any((undo.is_waiting(), moving.settle(), going)) else None


@bpy.app.handlers.persistent
def _park(_: Any) -> None:
    """Another file is being loaded, and with it the strips go."""
    undo.forget()
    moving.wait()
    if _session:
        _session.park()
        redraw.show(None)


@bpy.app.handlers.persistent
def _move_home(_: Any) -> None:
    """The file was saved."""
    for strip in _resting():
        moving.move_home(strip)
    if bpy.app.background:
        moving.wait()
    watch()
    _find_home(None)  # also what showed mattes that another strip has moved


@bpy.app.handlers.persistent
def _find_home(_: Any) -> None:
    """The file was opened or gone back in."""
    for strip in _resting():
        moving.find_home(strip)


def _resting() -> list[Any]:
    """The strips that may have mattes and that nothing runs on."""
    going = _session.going if _session else ()
    return [strip for _, strip in identity.all_strips() if strip.ftpvm.uid and strip.ftpvm.uid not in going]


@bpy.app.handlers.persistent
def _resume(_: Any) -> None:
    if not bpy.app.background:
        resume()


@bpy.app.handlers.persistent
def _before_save(_: Any) -> None:
    """The file is being saved, perhaps under another name."""
    moving.wait()  # what an earlier save moves must know where to
    identity.part_scenes()  # in an opened file nothing tells which scene was copied from which
    _note_unfinished()


def _note_unfinished() -> None:
    """Say in the file what is under way now, whatever copies, cuts and undo brought along."""
    if _session is None:  # a script in the background, say, that has gone on with nothing
        return
    going, here = set(_session.going), platform.node()
    for _scene, strip in identity.all_strips():
        settings = strip.ftpvm
        if settings.uid in going:
            going.remove(settings.uid)  # a strip that was just cut off has the same, and no run
            if settings.unfinished != here:
                settings.unfinished = here
        elif settings.unfinished == here:
            settings.unfinished = ""


def resume() -> None:
    """Go on with what was under way when this file was saved, if it was saved on this machine."""
    for _, strip in list(identity.all_strips()):
        if strip.ftpvm.unfinished == platform.node():
            try:
                opened().begin(strip)
            except UserError as error:
                strip.ftpvm.message = str(error)
            watch()


def _handlers() -> tuple[tuple[list[Any], Callable[[Any], None]], ...]:
    """The lists of what Blender calls, and what of ours belongs there."""
    calls = bpy.app.handlers
    return (
        (calls.load_pre, _park), (calls.load_post, _find_home), (calls.load_post, _resume),
        (calls.save_pre, _before_save), (calls.save_post, _move_home),
        (calls.undo_post, _find_home), (calls.redo_post, _find_home),
    )  # fmt: skip


def register() -> None:
    for calls, ours in _handlers():
        calls.append(ours)


def unregister() -> None:
    for calls, ours in _handlers():
        calls.remove(ours)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        redraw.show(None)
    moving.wait()
    closed()
