# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion and its easing: pictures fill the square, and what moves keeps its bounds."""

import cv2
import numpy as np
import pytest

from ftpvm.training.datasets.augmentation import paused
from ftpvm.training.datasets.easing import ACCELERATING, random_easing
from ftpvm.training.datasets.motion import fitted, mirrored, moving, sample
from ftpvm.training.datasets.sampling import generator


@pytest.mark.parametrize("seed", range(40))
def test_curves_begin_at_0_end_at_1_and_hardly_leave_the_range(seed: int) -> None:
    curve = random_easing(generator(seed, 0))(np.linspace(0, 1, 101))
    assert curve[0] == pytest.approx(0, abs=1e-9) and curve[-1] == pytest.approx(1)
    assert curve.min() > -0.5 and curve.max() < 1.5


def test_easing_is_linear_one_time_in_five_and_otherwise_varied() -> None:
    drawn = {tuple(random_easing(generator(1, i))(np.array([0.3, 0.6]))) for i in range(500)}
    assert len(drawn) > 2 * len(ACCELERATING) and (0.3, 0.6) in drawn


def test_a_fitted_picture_fills_the_square_around_its_focus() -> None:
    picture = np.zeros((40, 120), np.float32)
    picture[:, 80:] = 1
    for x, expected in ((80, 0.5), (20, 0), (300, 1)):
        shown = sample([picture], fitted((40, 120), (x, 20), 1), 20, cv2.BORDER_CONSTANT)
        assert shown.shape == (1, 20, 20) and shown.mean() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("aspect", [0.9, 1.0, 1.1])
def test_a_fitted_picture_leaves_no_border(aspect: float) -> None:
    for size in ((40, 120), (120, 40), (50, 50)):
        shown = sample([np.ones(size, np.float32)], fitted(size, (0, 0), aspect), 32, cv2.BORDER_CONSTANT)
        assert shown[:, 1:-1, 1:-1].min() == 1


def test_pixels_keep_their_place_where_nothing_moves() -> None:
    picture = generator(0, 0).random((32, 32), np.float32)
    fit = fitted((32, 32), (16, 16), 1)
    assert np.allclose(sample([picture], fit, 32, cv2.BORDER_CONSTANT)[0], picture, atol=1e-5)
    flipped = sample([picture], mirrored(generator(0, 0), 1) @ fit, 32, cv2.BORDER_CONSTANT)[0]
    assert np.allclose(flipped, picture[:, ::-1], atol=1e-5)


def test_motion_stays_small_and_moves() -> None:
    for seed in range(50):
        path = moving(generator(seed, 0), 6)
        # Easing may overshoot by half.
        assert np.abs(path[:, :2, 2]).max() < 0.25
        assert np.linalg.det(path[:, :2, :2]).min() > 0.75 and np.linalg.det(path[:, :2, :2]).max() < 1.35
        assert np.abs(path[0] - path[-1]).max() > 1e-3


def test_a_pause_repeats_one_frame_for_some_time() -> None:
    for seed in range(50):
        order = paused(generator(seed, 0), 6)
        repeated = np.flatnonzero(np.diff(order) == 0)
        assert len(repeated) and (np.diff(repeated) == 1).all()
        moved = [number for at, number in enumerate(order) if at == number]
        assert len(moved) + len(repeated) == 6
