# SPDX-License-Identifier: GPL-3.0-or-later
"""The foreground's own colours, freed of the background that shines through soft edges."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import MissingDependencyError

# One thread of its own: numba's simplest threading layer aborts the process when entered twice, and its OpenMP layer
# changes the number of threads that everybody else in the calling thread gets.
_THREAD = ThreadPoolExecutor(1, "ftpvm-foreground")


def estimate_foreground(image: NDArray[np.floating], matte: NDArray[np.floating]) -> NDArray[np.float32]:
    """Foreground colours float32 (h, w, 3) in [0, 1] of `image` (h, w, 3), given its `matte` (h, w), both in [0, 1].

    Colours are straight, in the space of `image`, and defined even where the matte is 0. Where the matte is 1 they are
    the image's own. Raises MissingDependencyError without PyMatting.
    """
    package = require_estimator()
    clean, alpha = _unit(image), _unit(matte)
    colours = _THREAD.submit(lambda: _estimator(package)(clean, alpha)).result()
    return np.where(alpha[..., None] >= 1, clean, _unit(colours))


def require_estimator() -> str:
    """The folder of PyMatting; raises MissingDependencyError, with what to do, where it isn't installed."""
    package = importlib.util.find_spec("pymatting")
    if package is None or not package.submodule_search_locations:
        raise MissingDependencyError(
            'Estimating the foreground needs PyMatting: install it with `pip install "ftpvm[foreground]"`.'
        )
    return package.submodule_search_locations[0]


@cache
def _estimator(package: str) -> Callable[..., NDArray[np.float32]]:
    """The multi-level estimator from its own file: importing all of PyMatting compiles for over a minute at first."""
    file = Path(package) / "foreground" / "estimate_foreground_ml.py"
    if not file.is_file():
        return cast(Callable[..., NDArray[np.float32]], importlib.import_module("pymatting").estimate_foreground_ml)
    spec = importlib.util.spec_from_file_location("ftpvm_estimate_foreground_ml", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # numba looks its functions up by module name
    spec.loader.exec_module(module)
    return cast(Callable[..., NDArray[np.float32]], module.estimate_foreground_ml)


def straight(foreground: NDArray[np.floating], matte: NDArray[np.floating]) -> NDArray[np.float32]:
    """RGBA float32 (h, w, 4) in [0, 1]: colours (h, w, 3) as they are, `matte` (h, w) as alpha."""
    return np.concatenate([_unit(foreground), _unit(matte)[..., None]], axis=-1)


def _unit(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.clip(np.nan_to_num(values.astype(np.float32), nan=0.0), 0, 1)
