# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of PyMatting, each from its own file: importing all of the package compiles for over a minute at first."""

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ftpvm.errors import MissingDependencyError


def require_pymatting(what: str) -> Path:
    """PyMatting's folder; MissingDependencyError, which says that `what` needs it, where it isn't installed."""
    package = importlib.util.find_spec("pymatting")
    if package is None or not package.submodule_search_locations:
        raise MissingDependencyError(f'{what} needs PyMatting: install it with `pip install "ftpvm[foreground]"`.')
    return Path(package.submodule_search_locations[0])


@cache
def pymatting_part(package: Path, folder: str, name: str) -> Any:
    """The function `name` of `folder`/`name`.py in PyMatting's folder."""
    file = package / folder / f"{name}.py"
    if not file.is_file():
        return getattr(importlib.import_module("pymatting"), name)
    spec = importlib.util.spec_from_file_location(f"ftpvm_pymatting_{name}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # numba looks its functions up by module name
    spec.loader.exec_module(module)
    return getattr(module, name)
