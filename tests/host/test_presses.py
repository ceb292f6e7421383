# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts share of a press: how its job is followed."""

from typing import Any

import pytest

from ftpvm.host.client import Worker
from ftpvm.host.presses import Press, Presses
from ftpvm.host.progress import Progress


def landed(frame: int, done: int) -> dict[str, Any]:
    return {"event": "progress", "frame": frame, "done": done, "total": 9, "fps": 4.0, "seconds_left": 2.0}


def test_mattes_are_shown_as_they_land_and_at_the_end() -> None:
    press, shown = Press("uid", Progress()), list[int]()
    steps = press.followed(lambda: shown.append(press.progress.done))
    next(steps)
    assert not shown
    press.events.append(landed(4, 1))
    next(steps)
    press.events.append(landed(5, 2))
    next(steps)
    assert shown == [1]  # the second is too soon after the first
    press.events.append({"id": "1", "event": "error", "code": "mask", "message": "It is a mask."})
    assert list(steps) == [] and shown == [1, 2]
    assert press.error_code == "mask" and press.progress.error == "It is a mask."


def test_nothing_is_shown_of_a_job_that_made_nothing() -> None:
    press, shown = Press("uid", Progress()), list[int]()
    press.events.append({"id": "1", "event": "cancelled", "frames_run": 0})
    assert list(press.followed(lambda: shown.append(0), ready=lambda: False)) == [] and not shown


def test_steps_of_adapting_are_told_but_are_no_mattes() -> None:
    press, shown = Press("uid", Progress()), list[int]()
    steps = press.followed(lambda: shown.append(press.progress.done))
    press.events += [landed(4, 1), {"event": "adapting", "first": 5, "last": 9, "done": 13, "total": 40}]
    next(steps)
    assert press.progress.line() == "Adapting to the keyframes 13/40"
    shown_before = len(shown)
    press.events.append({"event": "adapting", "first": 5, "last": 9, "done": 14, "total": 40})
    next(steps)
    assert len(shown) == shown_before
    press.events.append(landed(5, 2))
    next(steps)
    assert press.progress.line() == "Matting 2/9, 4.0 frames/s, 0:02 left"


def test_a_press_that_was_asked_to_stop_says_so_until_it_has() -> None:
    press = Press("uid", Progress())
    steps = press.followed(lambda: None)
    press.events.append(landed(4, 1))
    next(steps)
    presses = Presses(Worker(["nothing"], host_name="a test"))
    presses.add(press, (step for step in steps))
    presses.cancel("uid")
    for event in (landed(5, 2), {"event": "adapting", "first": 5, "last": 9, "done": 13, "total": 40}):
        press.events.append(event)
        next(steps)
        assert press.progress.line().startswith("Stopping")
    press.events.append({"event": "cancelled", "frames_run": 2})
    assert list(steps) == [] and press.progress.line() == "Stopped; what is done is kept"


class Refusing(Presses):
    def ended(self, press: Press) -> None:
        raise ValueError(f"The host refuses {press.uid}")


def test_a_host_that_refuses_at_the_end_of_one_press_leaves_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    presses = Refusing(Worker(["nothing"], host_name="a test"))
    first, second = Press("first"), Press("second")
    presses.add(first, (step for step in ()))
    presses.add(second, (step for step in (None, None)))
    assert presses.tick() and presses.under_way() == [second]
    assert first.progress.error == "The host refuses first" and second.progress.error is None
    assert "Traceback" in capsys.readouterr().err
