# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a run goes, by a clock of our own."""

import pytest

from ftpvm.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The one item is the time in seconds."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_the_rate_is_that_of_this_run_also_where_it_goes_on(clock: list[float]) -> None:
    pace = Pace()
    clock[0] += 2
    assert pace(51, 100) == (0.5, 98.0)  # 50 were done before
    clock[0] += 2
    assert pace(52, 100) == (0.5, 96.0)


def test_what_else_is_done_between_two_frames_does_not_count(clock: list[float]) -> None:
    pace = Pace(99.0)
    for _ in range(3):
        clock[0] += 30
        pace.pause()
    clock[0] += 1
    rate, left = pace(1, 5)
    assert (rate, left) == (pytest.approx(1 / 1), pytest.approx(4))
    clock[0] += 60
    pace.pause()
    clock[0] += 1
    assert pace(2, 5) == (pytest.approx(2 / 2), pytest.approx(3))
