# SPDX-License-Identifier: GPL-3.0-or-later
"""The node as it is installed, in a strict stand-in for Nuke; nothing here imports ftpvm."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_nuke import FakeNuke

ROOT = Path(__file__).resolve().parents[2]


def _installed(archive: str | None) -> Path:
    """The folder that an artist puts on NUKE_PATH, out of a zip; one is made where none is given."""
    folder = Path(tempfile.mkdtemp(prefix="ftpvm-nuke-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if not archive:
        if importlib.util.find_spec("ftpvm") is None and "FTPVM_WORKER_PYTHON" not in os.environ:
            raise pytest.UsageError("set FTPVM_WORKER_PYTHON to a Python that has ftpvm[dev] installed")
        command = [WORKER_PYTHON, "-m", "ftpvm.cli", "package", "nuke", "--out", str(folder)]
        archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("  ")[0]
    with zipfile.ZipFile(archive) as whole:
        whole.extractall(folder)
    return folder / "ftpvm_nuke"


WORKER_PYTHON = os.environ.get("FTPVM_WORKER_PYTHON", sys.executable)
INSTALLED = _installed(os.environ.get("FTPVM_NUKE_ZIP"))
sys.path.insert(0, str(INSTALLED / "python"))  # for modules that need no Nuke; gone before the first test


def pytest_collection_finish() -> None:
    """From here on only init.py puts the node's code on the path."""
    sys.path.remove(str(INSTALLED / "python"))


@pytest.fixture(scope="session")
def worker_python() -> str:
    """A Python that has ftpvm and torch."""
    return WORKER_PYTHON


@pytest.fixture(scope="session")
def installed() -> Path:
    """The folder that an artist puts on NUKE_PATH."""
    return INSTALLED


@pytest.fixture
def fake() -> Iterator[FakeNuke]:
    """A Nuke with a window and without plug-ins."""
    nuke = FakeNuke()
    yield nuke
    assert nuke.close() == []
