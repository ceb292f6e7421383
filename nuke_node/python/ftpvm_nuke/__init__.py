# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP-VM in Nuke. From a script: `import ftpvm_nuke; ftpvm_nuke.propagate(nuke.toNode("FTPVM_PropagateMatte1"))`."""

from __future__ import annotations

from typing import Any


def propagate(node: Any) -> None:
    """Bring a node's matte up to date and return when it is; also without a window (`nuke -t`), and on farms.

    Raises ftpvm_nuke.errors.UserError where it can't be, or was stopped; its sentence is in the node's status as well.
    """
    from . import session

    session.propagate(node)


def set_up_worker(torch_build: str = "", package_index: str = "") -> None:
    """Make or update the worker's Python environment and return when it is done, with pip's words on the console.

    torch_build: a name in ftpvm_nuke.host.torch_builds, "" for this machine's GPU. package_index: a URL or a folder of
    wheels, "" for PyTorch's and Python's public ones. Raises ftpvm_nuke.errors.UserError.
    """
    from . import worker_setup

    worker_setup.set_up(torch_build, package_index)
