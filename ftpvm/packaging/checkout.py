# SPDX-License-Identifier: GPL-3.0-or-later
"""The source checkout that ftpvm runs from, and the wheel of it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import ftpvm
from ftpvm.errors import InputError, MissingDependencyError
from ftpvm.packaging.archive import EPOCH


def checkout() -> Path:
    """The root folder of the sources. Raises InputError where ftpvm was installed without them."""
    root = Path(ftpvm.__file__).resolve().parents[1]
    if not (root / "blender_addon").is_dir():
        raise InputError(
            f"{root} holds no sources of the add-ons: run this from a source checkout, installed with pip install -e ."
        )
    return root


def build_wheel(root: Path, folder: Path) -> Path:
    """Build ftpvm's wheel, default weights included, into `folder`; the same sources give the same bytes.

    Raises MissingDependencyError without hatchling, InputError where the sources can't be built.
    """
    if find_spec("hatchling") is None:
        raise MissingDependencyError("Building the wheel needs hatchling: pip install hatchling")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wheels = list(folder.glob("*.whl"))
    if built.returncode or len(wheels) != 1:
        last = next((line for line in reversed(built.stdout.splitlines()) if line.strip()), "no word")
        raise InputError(f"The wheel can't be built from {root}: {last}")
    return wheels[0]
