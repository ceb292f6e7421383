# SPDX-License-Identifier: GPL-3.0-or-later
import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from ftpvm.webcam.rate import RateHolder, Tally, resolutions

SIZES = resolutions(1024, 256)


def run(holder: RateHolder, seconds: float, cost: Callable[[int], float]) -> list[int]:
    """Feed a holder for a while on a machine where a frame of a resolution costs so much; the resolutions it chose."""
    now, chosen = 0.0, []
    while now < seconds:
        chosen.append(holder.resolution)
        spent = cost(holder.resolution)
        holder.took(spent)
        now += max(spent, 1 / 24)  # a camera with 24 frames per second
    return chosen


def machine(full: float, fixed: float = 0.005) -> Callable[[int], float]:
    """Costs `full` seconds at 1024 px and goes with the pixels, a little restless."""
    noise = random.Random(1)
    return lambda resolution: (fixed + full * (resolution / 1024) ** 2) * noise.uniform(0.9, 1.1)


def changes(chosen: list[int]) -> int:
    return sum(a != b for a, b in pairwise(chosen))


def test_sizes_go_down_in_steps_to_the_smallest() -> None:
    assert SIZES[0] == 1024 and SIZES[-1] == 256 and sorted(set(SIZES), reverse=True) == SIZES
    assert all(0.55 < (b / a) ** 2 < 0.8 for a, b in pairwise(SIZES[:-1]))
    assert resolutions(96, 96) == [96]


def test_a_quick_machine_stays_at_the_largest_size() -> None:
    assert set(run(RateHolder(SIZES, 24), 20, machine(0.02))) == {1024}


@pytest.mark.parametrize("full", [0.06, 0.15, 0.4])
def test_it_settles_quickly_at_a_size_that_holds_the_rate(full: float) -> None:
    cost, holder = machine(full), RateHolder(SIZES, 24)
    begin, end = run(holder, 3, cost), run(holder, 60, cost)
    assert changes(begin) <= 3 and changes(end) <= 3
    settled = end[-1]
    assert cost(settled) < 1.2 / 24
    larger = SIZES[SIZES.index(settled) - 1]
    assert 0.005 + full * (larger / 1024) ** 2 > 0.6 / 24  # no smaller than needed


def test_too_slow_at_every_size_it_stays_at_the_smallest() -> None:
    chosen = run(RateHolder(SIZES, 24), 60, machine(6.0))
    assert chosen[-1] == 256 and changes(chosen) == 1 and chosen.index(256) <= 4


def test_it_comes_back_when_the_machine_is_free_again() -> None:
    holder = RateHolder(SIZES, 24)
    busy = run(holder, 5, machine(0.3))
    assert busy[-1] < 512
    free = run(holder, 60, machine(0.01))
    assert free[-1] == 1024 and free == sorted(free)


def test_on_the_edge_between_two_sizes_it_changes_less_and_less_often() -> None:
    """A cost that doesn't go with the pixels makes each raise a mistake."""
    holder, cost = RateHolder([512, 256], 24), lambda resolution: 0.1 if resolution == 512 else 0.001
    first, later = run(holder, 60, cost), run(holder, 60, cost)
    assert 0 < changes(later) < changes(first) < 14


def test_one_hiccup_changes_nothing() -> None:
    holder, steady = RateHolder(SIZES, 24), machine(0.02)
    run(holder, 2, steady)
    holder.took(0.5)
    assert set(run(holder, 2, steady)) == {1024}


def test_a_size_that_does_not_fit_into_memory_is_not_tried_again() -> None:
    holder = RateHolder(SIZES, 24)
    assert holder.lower()
    assert set(run(holder, 60, machine(0.001))) == {SIZES[1]}
    assert [holder.lower() for _ in SIZES[2:]] == [True] * len(SIZES[2:])
    assert not holder.lower() and holder.resolution == 256


def test_frames_per_second_are_those_of_the_last_seconds() -> None:
    tally = Tally(2.0)
    assert tally.rate(0.0) == 0
    tally.count(0.0)
    tally.count(0.0)
    assert tally.rate(0.0) == 0
    tally = Tally(2.0)
    for number in range(50):
        tally.count(number / 10)
    assert tally.rate(4.9) == pytest.approx(10)
    tally.count(7.0)
    assert tally.rate(8.0) == pytest.approx(1 / 2.1)  # slow, but not standing
    assert tally.rate(13.0) == 0
