# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures at another size."""

import cv2
import numpy as np
from numpy.typing import NDArray


def resized(picture: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """A picture (h, w) or (h, w, 3) at `size` (width, height): by area where it shrinks, else bilinear."""
    if picture.shape[1::-1] == size:
        return np.asarray(picture, np.float32)
    enlarges = size[0] >= picture.shape[1] and size[1] >= picture.shape[0]
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR if enlarges else cv2.INTER_AREA)
    return np.asarray(scaled, np.float32)
