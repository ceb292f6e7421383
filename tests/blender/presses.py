# SPDX-License-Identifier: GPL-3.0-or-later
"""Press, wait, and look at what is there."""

import time

import bpy


def press(**names):
    return bpy.ops.ftpvm.propagate_matte("EXEC_DEFAULT", **names)


def mattes(addon, strip):
    return sorted(addon.homes.matte_home(strip).glob("*.png"))


def states(addon, strip):
    """What the list and the coverage strip say of the spans."""
    keys = addon.keyframes.shown_keyframes(strip, bpy.context.scene)
    return [state for _, _, state in addon.coverage.spans_now(strip, keys)]


def tick_until(session, true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, [run.progress.words for run in session.runs.values()]
        session.tick()
        time.sleep(0.005)
