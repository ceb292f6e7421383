# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that runs the worker: $FTPVM_WORKER_PYTHON, or the environment that Set Up Worker makes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import nuke

from .errors import UserError
from .host.environment import OUTDATED, Environment, NoPythonError
from .host.installer import DONE, RUNNING, Installer
from .host.torch_builds import builds_here, likely_build

PYTHON = "FTPVM_WORKER_PYTHON"  # an environment variable, as farms and studios like it
_POLL = 0.1  # seconds

_last: Installer | None = None


def worker_command() -> list[str]:
    """What starts the worker. Raises UserError where there is none."""
    chosen = os.environ.get(PYTHON)
    own = environment()
    if not chosen and not own.is_ready():
        raise UserError(
            f"The worker isn't set up yet: press Set Up Worker, or name a Python that has ftpvm in ${PYTHON}."
        )
    return [chosen or own.python, "-m", "ftpvm.worker"]


def is_outdated() -> bool:
    """Whether the environment that Set Up Worker made holds another ftpvm than the one that came with this node."""
    try:
        return not os.environ.get(PYTHON) and environment().state(wheel()) == OUTDATED
    except UserError:
        return False


def environment() -> Environment:
    """The worker's own environment; it outlives upgrades of the node."""
    return Environment(Path.home() / ".nuke" / "ftpvm" / "env")


def wheel() -> Path:
    """The wheel of ftpvm that travels with the node. Raises UserError where it doesn't."""
    for found in (Path(__file__).parents[2] / "worker").glob("*.whl"):
        return found
    raise UserError("The folder of the node has no worker in it: install the whole ftpvm_nuke folder again.")


def set_up(torch_build: str, package_index: str) -> None:
    """Set up and return when it is done, with its output on the console. Raises UserError."""
    installer = _begun(torch_build, package_index)
    while installer.state == RUNNING:
        for line in installer.poll():
            nuke.tprint(line)
        time.sleep(_POLL)
    if installer.state != DONE:
        raise UserError(installer.message)


def ask_and_set_up() -> None:
    """Ask for the build of torch and where from, then set up with a progress bar. Raises UserError."""
    likely = likely_build()
    labels = {build.label: name for name, build in builds_here().items()}
    ordered = sorted(labels, key=lambda label: labels[label] != likely)
    panel = nuke.Panel("Set Up Worker")
    panel.addEnumerationPulldown("Torch", " ".join(f'"{label}"' for label in ordered))
    panel.addSingleLineInput("Package index (empty: public)", "")
    if panel.show():
        installer = _begun(labels[panel.value("Torch")], panel.value("Package index (empty: public)") or "")
        threading.Thread(target=_follow, args=(installer,), daemon=True).start()


def _begun(torch_build: str, package_index: str) -> Installer:
    """Raises UserError where one is under way, or mattes are being made."""
    global _last
    from . import session  # which imports this module

    current = session.current()
    if (_last is not None and _last.state == RUNNING) or (current is not None and current.going):
        raise UserError("Something is still under way: wait for it, or cancel it, then set the worker up.")
    session.closed()  # a worker that runs from the environment would hold its files
    try:
        _last = environment().set_up(torch_build or likely_build(), package_index, wheel())
    except NoPythonError as error:
        raise UserError(str(error)) from error
    return _last


def _follow(installer: Installer) -> None:
    bar: Any = nuke.ProgressTask("FTP-VM: Set Up Worker")
    while installer.state == RUNNING:
        installer.poll()
        bar.setMessage((installer.lines or [installer.message])[-1])
        bar.setProgress(100 * installer.step // len(installer.steps))
        if bar.isCancelled():
            installer.cancel()
        time.sleep(_POLL)
    words = "The worker is set up." if installer.state == DONE else installer.message
    nuke.executeInMainThread(nuke.message, args=(words,))
