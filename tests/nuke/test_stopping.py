# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that don't come to their end: stopped by the artist, or because the worker died."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from nuke_shots import (
    FIRST,
    LAST,
    counted,
    hanging_python,
    has_ended,
    load,
    matte_node,
    mattes,
    propagate,
    wait_for_message,
)


@pytest.fixture
def slow(shot):
    """A run long enough to do something in the middle of it."""
    shot["resolution"].setValue(256)
    return shot


def worker():
    return sys.modules["ftpvm_nuke.session"].current().worker


def frames_told(node):
    """How many network frames the worker has told of."""
    return sys.modules["ftpvm_nuke.session"].current().runs[node["ftpvm_uid"].value()].progress.done


@pytest.mark.parametrize("by", ["button", "bar"])
def test_cancel_stops_within_two_frames_and_the_next_press_goes_on(app, slow, by, tmp_path):
    app.press(slow, "propagate")
    app.events.pump(lambda: frames_told(slow) >= 3)
    at = frames_told(slow)
    if by == "button":
        app.press(slow, "cancel")
    else:
        app.bars[-1].cancelled = True
    app.events.pump(lambda: has_ended(app, slow))
    # one more may be on its way before the worker hears of it, or while the bar is asked
    assert frames_told(slow) - at <= 3
    assert slow["status"].value() == "Stopped; what is done is kept"
    assert not app.messages
    stopped_after = frames_told(slow)
    run, _ = counted(propagate(app, slow))
    assert run <= 2 * (LAST - FIRST) + 1 - stopped_after + 1  # forward, backward; one that wasn't told of
    assert len(mattes(tmp_path / "mattes")) == LAST - FIRST + 1
    app.press(slow, "cancel")  # there is nothing to cancel


@pytest.fixture
def hung(fake, installed, tmp_path, monkeypatch):
    """A node whose worker never answers, in a Nuke of its own."""
    monkeypatch.setenv("FTPVM_WORKER_PYTHON", str(hanging_python(tmp_path / "bin/python")))
    monkeypatch.setenv("NUKE_TEMP_DIR", str(tmp_path))
    fake.start(installed)
    plate, roto = fake.module.nodes.Constant(), fake.module.nodes.Constant()
    yield matte_node(fake, plate, roto, "1", use_range=True, first=1, last=1)
    sys.modules["ftpvm_nuke.session"].closed()


def test_nuke_never_waits_for_a_worker(fake, hung):
    """Else this would end with the worker, which ends by itself, and with an error."""
    fake.press(hung, "propagate")
    fake.events.pump(lambda: fake.bars and fake.bars[0].messages.count("Waiting for the worker") > 5)
    fake.press(hung, "cancel")
    fake.events.pump(lambda: has_ended(fake, hung))
    assert hung["status"].value().startswith("Stopped")
    assert not fake.messages


def test_a_killed_worker_is_started_again_and_goes_on(app, slow, tmp_path):
    app.press(slow, "propagate")
    app.events.pump(lambda: frames_told(slow) >= 3)
    os.kill(worker().info["pid"], signal.SIGKILL)
    app.events.pump(lambda: has_ended(app, slow))
    counted(slow["status"].value())
    assert "it was started again" in slow["status"].value()
    assert len(mattes(tmp_path / "mattes")) == LAST - FIRST + 1
    assert load(mattes(tmp_path / "mattes")[FIRST]).max() > 0.9


def test_a_worker_that_is_killed_twice_is_an_error_and_the_next_press_works(app, slow):
    app.press(slow, "propagate")
    killed = set()
    for _ in range(2):
        app.events.pump(lambda: worker().info.get("pid", 0) not in {0, *killed} and frames_told(slow) > 1)
        killed.add(worker().info["pid"])
        os.kill(worker().info["pid"], signal.SIGKILL)
    app.events.pump(lambda: has_ended(app, slow))
    assert "The worker stopped twice" in slow["status"].value()
    wait_for_message(app, "The worker stopped twice")
    slow["resolution"].setValue(96)
    counted(propagate(app, slow))


def test_a_node_that_is_deleted_while_it_runs_harms_nobody(app, slow, clip):
    app.press(slow, "propagate")
    app.events.pump(lambda: frames_told(slow) >= 2)
    uid = slow["ftpvm_uid"].value()
    app.module.delete(slow)
    session = sys.modules["ftpvm_nuke.session"].current()
    app.events.pump(lambda: uid not in session.going and all(bar.closed for bar in app.bars))


def is_idle(app):
    """Whether the worker says that it does nothing."""
    asked, events = worker().request("status"), []
    app.events.pump(lambda: events.extend(worker().poll()) or any(event["id"] == asked for event in events))
    (status,) = (event for event in events if event["id"] == asked)
    return status["running"] is None and not status["queued"]


def test_closing_the_script_stops_its_runs(app, slow, tmp_path):
    app.press(slow, "propagate")
    app.events.pump(lambda: frames_told(slow) >= 2)
    app.module.scriptClear()
    app.events.pump(lambda: all(bar.closed for bar in app.bars))
    assert not app.messages
    app.events.pump(lambda: is_idle(app))
    assert len(mattes(tmp_path / "mattes")) < LAST - FIRST + 1  # it didn't come to its end
