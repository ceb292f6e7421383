# SPDX-License-Identifier: GPL-3.0-or-later
"""Closed-form matting by PyMatting's Laplacian, preconditioner and solver.

Levin et al., "A Closed-Form Solution to Natural Image Matting", CVPR 2006: with L the matting Laplacian, alpha is known
on K and on the unknown U solves L_UU a_U = -L_UK a_K.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.media.pymatting_part import pymatting_part, require_pymatting

Floats = NDArray[np.float32]

# Added to the diagonal until the incomplete Cholesky decomposition exists; PyMatting's first try, 0, mostly fails.
_SHIFTS = (1e-4, 1e-3, 1e-2, 0.1, 1.0)

# A thread of its own: loading numba's functions changes the number of threads that torch gets in the calling thread.
_THREAD = ThreadPoolExecutor(1, "ftpvm-closed-form")


def closed_form_matte(image: NDArray[np.floating], trimap: NDArray[np.floating]) -> Floats:
    """The matte float32 (h, w) in [0, 1] of an image (h, w, 3) in [0, 1] and a trimap (h, w) of 0, 0.5 and 1.

    Where the trimap has no foreground the unknown is background, and the other way round: there is nothing to solve.

    Raises:
        MissingDependencyError: PyMatting isn't installed.
    """
    package = require_solver()
    unknown, solid, empty = trimap == 0.5, bool((trimap == 1).any()), bool((trimap == 0).any())
    if not unknown.any() or not (solid and empty):
        return np.where(unknown, solid, trimap).astype(np.float32)
    matte = trimap.astype(np.float32)
    matte[unknown] = _THREAD.submit(_solved, package, image, trimap).result()
    return matte


def require_solver() -> Path:
    """The folder of PyMatting; MissingDependencyError, with what to do, where it isn't installed."""
    return require_pymatting("The baseline")


def _solved(package: Path, image: NDArray[np.floating], trimap: NDArray[np.floating]) -> NDArray[np.float64]:
    """Alpha of the unknown pixels, in order."""
    unknown = (trimap == 0.5).ravel()
    laplacian = pymatting_part(package, "laplacian", "cf_laplacian")(image.astype(np.float64), is_known=~unknown)
    rows = laplacian[unknown]
    system, pull = rows[:, unknown], -rows[:, ~unknown].dot(trimap.ravel()[~unknown].astype(np.float64))
    preconditioner = pymatting_part(package, "preconditioner", "ichol")(system, shifts=_SHIFTS)
    return np.clip(pymatting_part(package, "solver", "cg")(system, pull, M=preconditioner), 0, 1)
