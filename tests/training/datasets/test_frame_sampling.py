# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames a clip shows: distances, speeds, directions, and no cuts."""

import numpy as np
import pytest

from ftpvm.training.datasets.sampling import FAR_STEPS, SPEEDS, FrameSampler, generator, item_of

LONG = 1000


def drawn(sampler: FrameSampler, length: int = LONG, clips: int = 300) -> np.ndarray:
    return np.array([sampler(generator(1, index), length) for index in range(clips)])


def test_query_frames_are_neighbours_at_every_speed_either_way() -> None:
    steps = np.diff(drawn(FrameSampler(6))[:, 1:], axis=1)
    whole = {int(row[0]) for row in steps if len(set(row)) == 1}
    assert whole == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}
    # At half speed each frame is shown twice.
    halves = [row for row in steps if len(set(row)) > 1]
    assert halves and all(set(np.abs(row)) == {0, 1} for row in halves)
    assert 0.4 < (steps.sum(1) > 0).mean() < 0.6


def test_a_far_memory_is_1_to_16_clip_steps_before_the_query() -> None:
    frames = drawn(FrameSampler(5, speeds=(2,)))
    ahead = np.sign(frames[:, 2] - frames[:, 1])
    assert set((frames[:, 1] - frames[:, 0]) * ahead / 2) == set(FAR_STEPS)


def test_a_near_memory_is_one_clip_step_before_the_query() -> None:
    steps = np.diff(drawn(FrameSampler(4, far=False, speeds=(3,))), axis=1)
    assert set(np.abs(steps).ravel()) == {3} and all(len(set(row)) == 1 for row in steps)


@pytest.mark.parametrize("length", [1, 2, 7, 30])
def test_short_footage_turns_round_and_has_no_cut(length: int) -> None:
    frames = drawn(FrameSampler(8), length)
    assert frames.min() >= 0 and frames.max() < length
    assert np.abs(np.diff(frames[:, 1:], axis=1)).max() <= max(SPEEDS)
    assert len(np.unique(frames)) == length


def test_every_item_comes_once_an_epoch_in_changing_order() -> None:
    first, second = ([item_of(5, epoch * 20 + i, 20) for i in range(20)] for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert first != [item_of(6, i, 20) for i in range(20)]
