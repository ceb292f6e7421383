# SPDX-License-Identifier: GPL-3.0-or-later
"""The foreground's own colours, freed of the background that shines through soft edges."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.media.clamped import clamped
from ftpvm.media.pymatting_part import pymatting_part, require_pymatting

# One thread of its own: numba's simplest threading layer aborts the process when entered twice, and its OpenMP layer
# changes the number of threads that everybody else in the calling thread gets.
_THREAD = ThreadPoolExecutor(1, "ftpvm-foreground")


def estimate_foreground(image: NDArray[np.floating], matte: NDArray[np.floating]) -> NDArray[np.float32]:
    """Foreground colours float32 (h, w, 3) in [0, 1] of `image` (h, w, 3), given its `matte` (h, w), both in [0, 1].

    Colours are straight, in the space of `image`, and defined even where the matte is 0. Where the matte is 1 they are
    the image's own. Raises MissingDependencyError without PyMatting.
    """
    package = require_estimator()
    clean, alpha = clamped(image), clamped(matte)
    colours = _THREAD.submit(_estimate, package, clean, alpha).result()
    return np.where(alpha[..., None] >= 1, clean, clamped(colours))


def require_estimator() -> Path:
    """The folder of PyMatting; raises MissingDependencyError, with what to do, where it isn't installed."""
    return require_pymatting("Estimating the foreground")


def _estimate(package: Path, image: NDArray[np.float32], matte: NDArray[np.float32]) -> NDArray[np.float32]:
    estimate: Callable[..., NDArray[np.float32]]
    estimate = pymatting_part(package, "foreground", "estimate_foreground_ml")
    return estimate(image, matte)


def straight(foreground: NDArray[np.floating], matte: NDArray[np.floating]) -> NDArray[np.float32]:
    """RGBA float32 (h, w, 4) in [0, 1]: colours (h, w, 3) as they are, `matte` (h, w) as alpha."""
    return np.concatenate([clamped(foreground), clamped(matte)[..., None]], axis=-1)
