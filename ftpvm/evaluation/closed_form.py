# SPDX-License-Identifier: GPL-3.0-or-later
"""Closed-form matting by PyMatting's Laplacian, preconditioner and solver.

Levin et al., "A Closed-Form Solution to Natural Image Matting", CVPR 2006: with L the matting Laplacian, alpha is known
on K and on the unknown U solves L_UU a_U = -L_UK a_K.
"""

import importlib
import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import MissingDependencyError

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
    package = importlib.util.find_spec("pymatting")
    if package is None or not package.submodule_search_locations:
        raise MissingDependencyError('The baseline needs PyMatting: install it with `pip install "ftpvm[foreground]"`.')
    return Path(package.submodule_search_locations[0])


def _solved(package: Path, image: NDArray[np.floating], trimap: NDArray[np.floating]) -> NDArray[np.float64]:
    """Alpha of the unknown pixels, in order."""
    unknown = (trimap == 0.5).ravel()
    laplacian = _part(package, "laplacian", "cf_laplacian")(image.astype(np.float64), is_known=~unknown)
    rows = laplacian[unknown]
    system, pull = rows[:, unknown], -rows[:, ~unknown].dot(trimap.ravel()[~unknown].astype(np.float64))
    preconditioner = _part(package, "preconditioner", "ichol")(system, shifts=_SHIFTS)
    return np.clip(_part(package, "solver", "cg")(system, pull, M=preconditioner), 0, 1)


@cache
def _part(package: Path, folder: str, name: str) -> Any:
    """A function of PyMatting from its own file: importing all of it compiles for over a minute at first."""
    file = package / folder / f"{name}.py"
    if not file.is_file():
        return getattr(importlib.import_module("pymatting"), name)
    spec = importlib.util.spec_from_file_location(f"ftpvm_pymatting_{name}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # numba looks its functions up by module name
    spec.loader.exec_module(module)
    return getattr(module, name)
