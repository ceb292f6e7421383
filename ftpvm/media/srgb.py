# SPDX-License-Identifier: GPL-3.0-or-later
"""The sRGB curve, both ways, on float arrays of any shape."""

import numpy as np
from numpy.typing import NDArray


def linear_from_srgb(display: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display-referred sRGB values in [0, 1] to linear light in [0, 1]."""
    bright = ((np.clip(display, 0, 1) + 0.055) / 1.055) ** 2.4
    return np.where(display <= 0.04045, np.maximum(display, 0) / 12.92, bright).astype(np.float32)


def srgb_from_linear(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light (clipped to [0, 1]) to display-referred sRGB values in [0, 1]."""
    clipped = np.clip(linear, 0, 1)
    bright = 1.055 * clipped ** (1 / 2.4) - 0.055
    return np.where(clipped <= 0.0031308, clipped * 12.92, bright).astype(np.float32)
