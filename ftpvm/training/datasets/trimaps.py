# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from alpha as published: eroded and dilated by a kernel of random shape and size."""

import cv2
import numpy as np
from numpy.random import Generator

FIXED_KERNEL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17))


def random_kernel(rng: Generator) -> np.ndarray:
    """A rectangle, an ellipse or an ellipse half as high or wide; 3, 5, ... 31 px."""
    size = 2 * int(rng.integers(1, 16)) + 1
    shapes = (
        (cv2.MORPH_RECT, (size, size)), (cv2.MORPH_ELLIPSE, (size, size)),
        (cv2.MORPH_ELLIPSE, (size, size // 2)), (cv2.MORPH_ELLIPSE, (size // 2, size)),
    )  # fmt: skip
    return np.asarray(cv2.getStructuringElement(*shapes[rng.integers(len(shapes))]))


def trimaps_from_alphas(alphas: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Foreground alpha > 0.995 and background alpha < 0.005, each eroded; the picture's border erodes nothing.

    alphas: (n, h, w) in [0, 1]; returns the same shape, float32: 0 background, 0.5 unknown, 1 foreground.
    """

    def eroded(region: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.erode(region.astype(np.uint8), kernel), np.float32)

    return np.stack([0.5 + 0.5 * eroded(alpha > 0.995) - 0.5 * eroded(alpha < 0.005) for alpha in alphas])
