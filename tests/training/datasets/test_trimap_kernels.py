# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from alpha: published kernels, thresholds and borders."""

import numpy as np

from ftpvm.training.datasets.sampling import generator
from ftpvm.training.datasets.trimaps import random_kernel, trimaps_from_alphas


def test_kernels_have_every_size_and_shape() -> None:
    kernels = [random_kernel(generator(0, index)) for index in range(600)]
    assert {max(kernel.shape) for kernel in kernels} == set(range(3, 32, 2))
    assert any(kernel.all() and min(kernel.shape) > 3 for kernel in kernels), "no rectangle"
    shapes = {kernel.shape for kernel in kernels if max(kernel.shape) == 21}
    assert shapes == {(21, 21), (10, 21), (21, 10)}
    assert any(kernel.shape == (21, 21) and not kernel.all() for kernel in kernels), "no ellipse"


def test_both_sides_of_an_edge_become_unknown_as_far_as_the_kernel_reaches() -> None:
    alphas = np.zeros((1, 20, 40), np.float32)
    alphas[..., 20:] = 1
    row = trimaps_from_alphas(alphas, np.ones((7, 7), np.uint8))[0, 10]
    assert row.tolist() == [0.0] * 17 + [0.5] * 6 + [1.0] * 17


def test_only_alpha_beyond_the_thresholds_is_certain() -> None:
    alphas = np.array([[[0.004, 0.006, 0.994, 0.996]]], np.float32)
    assert trimaps_from_alphas(alphas, np.ones((1, 1), np.uint8)).ravel().tolist() == [0, 0.5, 0.5, 1]
