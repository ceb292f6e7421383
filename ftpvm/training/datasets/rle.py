# SPDX-License-Identifier: GPL-3.0-or-later
"""Uncompressed run-length encoding of masks, as COCO and YouTubeVIS have it."""

import numpy as np


def decode(counts: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mask (height, width) uint8 of 0 and 255 from run lengths, zeros first, column by column.

    Raises ValueError where the runs don't fill the mask.
    """
    if counts.min(initial=0) < 0 or counts.sum() != height * width:
        raise ValueError(f"runs of {counts.sum()} px in all for a mask of {height * width} px")
    values = np.arange(len(counts)) % 2 * np.uint8(255)
    return np.ascontiguousarray(np.repeat(values.astype(np.uint8), counts).reshape(width, height).T)
