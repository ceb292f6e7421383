# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up or check of the worker under way in this Blender, moved on by Blender's timer or by `wait`."""

from __future__ import annotations

import time

import bpy

from .host.installer import RUNNING, Installer

TICK = 0.1  # seconds
_SHOWN_IN = {"PREFERENCES", "SEQUENCE_EDITOR"}

_last: Installer | None = None
_began = 0.0


def last() -> Installer | None:
    """The one under way, or else the last one."""
    return _last


def is_running() -> bool:
    return _last is not None and _last.state == RUNNING


def seconds() -> int:
    """How long the one under way has been."""
    return round(time.monotonic() - _began)


def begin(installer: Installer) -> None:
    """Make this the one under way; `watch` or `wait` moves it on."""
    global _last, _began
    _last, _began = installer, time.monotonic()


def watch() -> None:
    """Let Blender's timer move it on, through loaded files too."""
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, persistent=True)


def wait() -> None:
    """Block until it has ended, with its output on the console: for scripts, where timers never fire."""
    while is_running():
        for line in _last.poll():
            print(line, flush=True)
        time.sleep(TICK / 5)


def cancel() -> None:
    """Kill what runs."""
    if _last is not None:
        _last.cancel()
    _redraw()


def forget() -> None:
    """Kill what runs and forget how it went."""
    global _last
    cancel()
    _last = None


def _tick() -> float | None:
    if is_running():
        _last.poll()
        _redraw()
    return TICK if is_running() else None


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _SHOWN_IN:
                area.tag_redraw()


def unregister() -> None:
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    forget()
