# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a picture's channels its matte is in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_COLOURFUL, _COLOURFUL_SHARE = 0.1, 0.005  # how far apart channels of [0, 1] are in colour, and in how many pixels


def alpha_in(colours: NDArray[Any], alpha: NDArray[Any] | None) -> NDArray[Any] | None:
    """The matte (h, w) of a picture with colours (h, w, 3) and perhaps an alpha channel (h, w), all in [0, 1].

    An alpha channel that varies is the matte, and an empty one under colours; else grey colours are. None where it is
    a picture in colour.
    """
    if alpha is not None and alpha.min() < alpha.max():
        return alpha
    if np.mean(np.ptp(colours, axis=-1) > _COLOURFUL) <= _COLOURFUL_SHARE:
        return np.ascontiguousarray(colours[..., 0])
    return alpha if alpha is not None and not alpha.any() else None
