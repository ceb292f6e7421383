# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that only the workbook and the report need, imported when they are."""

import importlib
from typing import Any

from ftpvm.errors import MissingDependencyError


def optional(module: str) -> Any:
    """A module of the `evaluation` extra; MissingDependencyError, with what to do, where it isn't installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(
            f'The results need {package}: install it with `pip install "ftpvm[evaluation]"`, then run it again.'
        ) from error


def require_all() -> None:
    """Better told before hours of work than after."""
    for module in ("openpyxl", "matplotlib", "jinja2"):
        optional(module)
