# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes that were made before the file was saved move to their home once it is, across disks in a thread."""

import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from . import compositor, homes, identity, results
from .errors import UserError


class _Copying(threading.Thread):
    """Copies a folder, then removes it. error: why it couldn't."""

    def __init__(self, uid: str, folder: Path, home: Path) -> None:
        super().__init__()
        self.uid, self.home, self._folder = uid, home, folder
        self.error: OSError | None = None

    def run(self) -> None:
        part = self.home.with_name(f"{self.home.name}.part")
        try:
            shutil.copytree(self._folder, part)
            part.rename(self.home)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            self.error = error
        else:
            shutil.rmtree(self._folder, ignore_errors=True)


_under_way: list[_Copying] = []


def move_home(strip: Any) -> None:
    """Move mattes out of Blender's temporary folder, if the file is saved by now, and let their strip show them.

    Where they must be copied, `settle` or `wait` ends it.
    """
    with suppress(UserError):  # the folder isn't a path, which the next press says
        folder, home = homes.temporary_home(strip), homes.matte_home(strip)
        if folder.is_dir() and not home.exists() and not is_moving(strip.ftpvm.uid):
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


def is_moving(uid: str) -> bool:
    """Whether the mattes of the strip with this uid are being copied."""
    return any(copying.uid == uid for copying in _under_way)


def settle() -> bool:
    """Let strips show what was copied by now. True while anything is under way."""
    for copying in [copying for copying in _under_way if not copying.is_alive()]:
        _under_way.remove(copying)
        for _, strip in identity.all_strips():
            if copying.error and strip.ftpvm.uid == copying.uid:
                where, why = copying.home, copying.error.strerror or "is there room?"
                strip.ftpvm.message = f"Its mattes can't be moved to {where} ({why}): press again to make them there."
            if strip.ftpvm.uid:  # the other half of a cut strip may show them, too
                find_home(strip)
    return bool(_under_way)


def wait() -> None:
    """Block until all is moved: before the file is another, and where timers never fire."""
    for copying in _under_way:
        copying.join()
    settle()


def _move(strip: Any, folder: Path, home: Path) -> None:
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(home)
    except OSError:  # across disks, say
        _under_way.append(_Copying(strip.ftpvm.uid, folder, home))
        _under_way[-1].start()
