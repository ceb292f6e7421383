# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things go and what they are called, and how Nuke spells paths."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from .errors import UserError
from .host.folders import matte_folder, portable_name

_COUNTER = re.compile(r"#+|%\d*d")


def base_folder(chosen: str, script: str) -> Path:
    """The folder of all mattes: the chosen one, else `mattes` beside the script, else one that doesn't last.

    chosen: as evaluated by Nuke, "" for none. script: its path, "" where it was never saved. Raises UserError.
    """
    folder = Path(chosen or "mattes").expanduser()
    if not folder.is_absolute():
        if chosen and not script:
            raise UserError(f"The folder {chosen} is relative to the script, which isn't saved: save it first.")
        folder = (Path(script).parent if script else temporary_folder()) / folder
    if _COUNTER.search(folder.as_posix()):
        raise UserError(f"The folder {folder} has a # or %d, which Nuke takes for a frame number: choose another one.")
    return folder


def temporary_folder() -> Path:
    """Nuke's own temporary folder, or the system's."""
    return Path(os.environ.get("NUKE_TEMP_DIR") or tempfile.gettempdir()) / "ftpvm"


def home(base: Path, name: str, uid: str) -> Path:
    """The folder of one node's mattes."""
    return Path(matte_folder(str(base), name, uid))


def clip_name(file: str) -> str:
    """What mattes of a Read's file are called after: its name without counter and ending."""
    stem = Path(file).name.rsplit(".", 1)[0]
    return portable_name(_COUNTER.sub("", stem).rstrip("._- "))


def spelled(path: Path) -> str:
    """A path as a file knob takes it: slashes, and nothing that Tcl would run."""
    return re.sub(r"([\[\]$\\])", r"\\\1", path.as_posix())
