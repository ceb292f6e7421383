# SPDX-License-Identifier: GPL-3.0-or-later
"""The Nuke node: a folder for NUKE_PATH, with the worker's client and the wheel that Set Up Worker installs."""

import tempfile
from pathlib import Path

import ftpvm
from ftpvm.packaging.archive import source_files, write_zip
from ftpvm.packaging.checkout import build_wheel

FOLDER = "ftpvm_nuke"
_PACKAGE = "python/ftpvm_nuke"


def build_node(root: Path, out: Path) -> Path:
    """Build the folder's zip from the checkout `root` into the folder `out`; returns its path.

    Raises what `build_wheel` and `write_zip` raise.
    """
    path = out / f"{FOLDER}-{ftpvm.__version__}.zip"
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(root, Path(folder))
        members = _members(root) | {f"worker/{wheel.name}": wheel}
        write_zip(path, {f"{FOLDER}/{name}": file for name, file in members.items()})
    return path


def _members(root: Path) -> dict[str, Path]:
    host = {f"{_PACKAGE}/host/{name}": path for name, path in source_files(root / "ftpvm/host").items()}
    return source_files(root / "nuke_node") | host | {"LICENSE": root / "LICENSE"}
