# SPDX-License-Identifier: GPL-3.0-or-later
"""Every metric on mattes small enough to work out by hand."""

import math

import numpy as np
import pytest
import torch

from ftpvm.errors import InputError
from ftpvm.evaluation import METRICS, conn, dtssd, error_maps, grad, mad, mse, sad, scores

TRUTH = np.array([[0.0, 1.0], [1.0, 0.0]])
MATTE = np.array([[0.0, 0.5], [1.0, 0.25]])
RIGHT = np.array([[False, True], [False, True]])


def row(*values: float) -> np.ndarray:
    return np.array([values])


def test_differences_are_averaged_and_summed() -> None:
    assert mad(MATTE, TRUTH) == pytest.approx(1e3 * (0.5 + 0.25) / 4)
    assert mse(MATTE, TRUTH) == pytest.approx(1e3 * (0.25 + 0.0625) / 4)
    assert sad(MATTE, TRUTH) == pytest.approx(0.75 / 1e3)


def test_a_region_leaves_the_rest_out() -> None:
    assert mad(MATTE, TRUTH, RIGHT) == pytest.approx(1e3 * (0.5 + 0.25) / 2)
    assert mad(MATTE, TRUTH, ~RIGHT) == 0
    nowhere = np.zeros_like(RIGHT)
    assert all(math.isnan(value) for value in scores(error_maps(MATTE, TRUTH, (MATTE, TRUTH)), nowhere).values())


def test_the_gradient_error_of_a_missing_edge_is_that_edge_s_gradient() -> None:
    # Across a step the derivative of a Gaussian sums up to the Gaussian itself, here with radius 4 and sigma 1.4.
    bell = [math.exp(-(x**2) / (2 * 1.4**2)) for x in range(-4, 5)]
    slope = [-x * b for x, b in zip(range(-4, 5), bell, strict=True)]
    norm = math.sqrt(sum(b**2 for b in bell) * sum(s**2 for s in slope))
    profile = [sum(bell) * sum(slope[:reached]) / norm for reached in range(1, 9)]
    step = np.repeat((np.arange(20) >= 10)[None].astype(float), 6, axis=0)
    assert grad(np.zeros_like(step), step) == pytest.approx(6 * sum(p**2 for p in profile) / 1e3, rel=1e-9)


def test_the_gradient_error_sees_edges_and_not_levels() -> None:
    soft = np.linspace(0, 0.5, 12)[None].repeat(8, axis=0)
    assert grad(soft + 0.3, soft) == pytest.approx(0, abs=1e-12)
    assert grad(soft[:, ::-1], soft) == pytest.approx(0, abs=1e-12)  # only the magnitude counts


def test_what_a_gap_cuts_off_is_disconnected() -> None:
    # All are connected up to 0.4, above it only the left three: the truth is cut off by 0.6 in the other three pixels,
    # the matte in the last two, so only the gap's own pixel differs.
    assert conn(row(1, 1, 1, 0.4, 1, 1), row(1, 1, 1, 1, 1, 1)) == pytest.approx(0.6 / 1e3)


def test_a_speck_of_its_own_is_disconnected_and_a_faint_one_is_forgiven() -> None:
    truth = row(1, 1, 1, 0, 0, 0)
    assert conn(row(1, 1, 1, 0, 0.9, 0), truth) == pytest.approx(0.9 / 1e3)
    assert conn(row(1, 1, 1, 0, 0.14, 0), truth) == 0


def test_flicker_is_change_that_the_truth_has_not() -> None:
    wrong = np.full((2, 2), 0.2)
    assert dtssd(wrong, TRUTH * 0, wrong, TRUTH * 0) == 0
    flash = wrong + np.array([[0.5, 0], [0, 0]])
    assert dtssd(flash, TRUTH, wrong, TRUTH) == pytest.approx(1e2 * math.sqrt(0.25 / 4))
    assert dtssd(TRUTH, TRUTH, TRUTH * 0, TRUTH * 0) == 0


def test_all_at_once_is_one_by_one_for_arrays_and_tensors() -> None:
    rng = np.random.default_rng(0)
    matte, truth, *before = (rng.random((16, 24)).astype(np.float32) for _ in range(4))
    region = rng.random((16, 24)) > 0.4
    single = dict(zip(METRICS, (f(matte, truth, region) for f in (mad, mse, sad, grad, conn)), strict=False))
    single["dtssd"] = dtssd(matte, truth, *before, region)
    assert scores(error_maps(matte, truth, (before[0], before[1])), region) == single
    tensors = [torch.from_numpy(x) for x in (matte, truth, *before)]
    maps = error_maps(tensors[0], tensors[1], (tensors[2], tensors[3]))
    assert scores(maps, torch.from_numpy(region)) == single and tuple(single) == METRICS


def test_sizes_must_agree() -> None:
    with pytest.raises(InputError, match="compared"):
        mad(MATTE, TRUTH[:1])
    with pytest.raises(InputError, match="compared"):
        conn(MATTE[None], TRUTH[None])
