# SPDX-License-Identifier: GPL-3.0-or-later
"""What any method makes of a frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MattedFrame:
    """Matte (h, w) in [0, 1], and the trimap (h, w) of 0, 0.5 and 1 that it was made from; None if not known."""

    frame: int
    matte: NDArray[np.float32]
    trimap: NDArray[np.float32] | None = None
