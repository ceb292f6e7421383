# SPDX-License-Identifier: GPL-3.0-or-later
"""The sets that mattes are measured on, by the name the command line uses."""

from collections.abc import Callable, Sequence
from pathlib import Path

from .folder import open_folder
from .footage import Footage, TrueFrame
from .realhuman import open_realhuman
from .vm108 import open_vm108
from .vm240k import open_vm240k

__all__ = ["SETS", "Footage", "TrueFrame", "open_set"]

SETS: dict[str, Callable[[Path], Sequence[Footage]]] = {
    "vm108": open_vm108, "vm240k": open_vm240k, "realhuman": open_realhuman, "folder": open_folder,
}  # fmt: skip


def open_set(name: str, root: Path) -> Sequence[Footage]:
    """The clips of a set. Raises DatasetError where something is missing or laid out in another way."""
    return SETS[name](root)
