# SPDX-License-Identifier: GPL-3.0-or-later
"""From a grey image of three levels to a trimap, and the sentences for images that have no three levels.

Near black is background, near white foreground, all between is unknown. That takes any grey for the unknown (127, 128,
a linear 0.21) and puts antialiased pixels where they belong. Allowed without unknown pixels: all background (the object
isn't there) and all foreground (it fills the frame).
"""

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import MaskError, TrimapError

_DARK, _BRIGHT = 0.05, 0.95  # leaves room for JPEG's noise
_ONE_GREY_SHARE = 0.4  # of the unknown pixels; a blurred edge has about a tenth of them within any such window


def trimap_from_levels(grey: NDArray[np.floating], *, name: str = "The image") -> NDArray[np.float32]:
    """Trimap float32 (h, w) of exactly 0, 0.5 and 1 from `grey` (h, w) in [0, 1]; NaN is unknown.

    Raises, with a sentence that calls the image `name`, MaskError for a mask or a soft matte (they need a band) and
    TrimapError for an image that seems to hold class numbers.
    """
    grey = np.nan_to_num(np.asarray(grey, np.float32), nan=0.5)
    trimap = np.full(grey.shape, 0.5, np.float32)
    trimap[grey <= _DARK] = 0
    trimap[grey >= _BRIGHT] = 1
    unknown = grey[trimap == 0.5]
    if not unknown.size and 0 < grey.max() <= _DARK:
        raise TrimapError(
            f"{name} is nearly black everywhere: save it with black, grey and white instead of 0, 1 and 2."
        )
    if not unknown.size and trimap.min() != trimap.max():
        raise MaskError(f"{name} is a mask, black and white only: give it a band of unknown pixels.")
    if unknown.size and _share_of_one_grey(unknown) < _ONE_GREY_SHARE:
        raise MaskError(f"{name} is a soft matte, with many greys: give it a band of unknown pixels.")
    return trimap


def three_levels(scaled: NDArray[np.integer | np.floating]) -> NDArray[np.float32]:
    """A trimap again, after one was scaled: a pixel that several levels fall on is unknown."""
    return np.select([scaled < 0.02, scaled > 0.98], [0.0, 1.0], 0.5).astype(np.float32)


def _share_of_one_grey(values: NDArray[np.float32]) -> float:
    """The largest share of `values` that lies within 0.04 of one middle grey (from 0.15 to 0.85)."""
    counts = np.histogram(values, bins=256, range=(0, 1))[0]
    near = np.convolve(counts, np.ones(21), mode="same")
    return float(near[38:218].max() / values.size)
