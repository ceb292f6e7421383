# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes that were made before the file was saved move to their home once it is."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from . import compositor, homes, redraw, results
from .errors import UserError


def bring_home(strip: Any) -> None:
    """Move the strip's mattes out of Blender's temporary folder, if the file is saved, and let their strip show them.

    A file that was saved just before, and an undo, still name the folder they were in. Changes nothing otherwise.
    """
    if homes.is_temporary(strip):
        return
    with suppress(UserError):  # the folder isn't a path, which the next press says
        home = homes.matte_home(strip)
        _move(strip, homes.temporary_home(strip), home)
        matte = results.matte_of(strip)
        shown = matte and results.matte_frames(matte) and Path(bpy.path.abspath(matte.directory))
        if shown and home.is_dir() and not shown.is_dir():
            matte.directory = results.for_blend_file(home)
            compositor.refresh(strip)
            redraw.undo_step("Move Mattes")  # so that Blender knows that the file must be saved again


def _move(strip: Any, folder: Path, home: Path) -> None:
    if not folder.is_dir() or home.exists():
        return
    part = home.with_name(f"{home.name}.part")
    try:
        shutil.copytree(folder, part, dirs_exist_ok=True)
        part.rename(home)
    except OSError as error:
        strip.ftpvm.message = f"Its mattes can't be moved to {home} ({error.strerror or error}): free some space there."
        return
    shutil.rmtree(folder, ignore_errors=True)
