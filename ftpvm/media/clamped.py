# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as files hold them."""

import numpy as np
from numpy.typing import NDArray


def clamped(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """float32 in [0, 1] of any shape; NaN becomes 0."""
    return np.clip(np.nan_to_num(values.astype(np.float32), nan=0.0), 0, 1)
