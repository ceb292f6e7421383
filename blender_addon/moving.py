# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes that were made before the file was saved move to their home once it is."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from . import compositor, homes, results
from .errors import UserError


def move_home(strip: Any) -> None:
    """Move mattes out of Blender's temporary folder, if the file is saved by now, and let their strip show them."""
    with suppress(UserError):  # the folder isn't a path, which the next press says
        folder, home = homes.temporary_home(strip), homes.matte_home(strip)
        if folder.is_dir() and not home.exists():
            _move(strip, folder, home)
        find_home(strip)


def find_home(strip: Any) -> None:
    """Let a matte whose files are gone show what is in its home: a save just before, and an undo, name the old one."""
    with suppress(UserError):
        matte, own = results.matte_of(strip), homes.matte_home(strip)
        shown = Path(bpy.path.abspath(matte.directory)) if matte and results.matte_frames(matte) else None
        if shown is None or (shown / matte.elements[0].filename).is_file():
            return
        # The other half of a cut strip shows those of the first one until it is pressed itself.
        homes_now = [home for home in (own, own.parent / shown.name) if (home / matte.elements[0].filename).is_file()]
        if homes_now:
            matte.directory = results.for_blend_file(homes_now[0])
            compositor.refresh(strip)


def _move(strip: Any, folder: Path, home: Path) -> None:
    part = home.with_name(f"{home.name}.part")
    try:
        shutil.copytree(folder, part)
        part.rename(home)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        why = error.strerror or "is there room?"
        strip.ftpvm.message = f"Its mattes can't be moved to {home} ({why}): press again to make them there."
    else:
        shutil.rmtree(folder, ignore_errors=True)
