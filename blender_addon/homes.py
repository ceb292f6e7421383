# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a strip's mattes go, and what they are called."""

from pathlib import Path
from typing import Any

import bpy

from . import identity
from .errors import UserError
from .host.folders import matte_folder, portable_name

SEEN = "as_seen"  # in a strip's folder, the frames that were rendered of it


def matte_home(strip: Any) -> Path:
    """The folder of a strip's mattes: named after the source, not the strip, so that renaming changes nothing."""
    if is_temporary(strip):
        return temporary_home(strip)
    base = bpy.path.abspath(strip.ftpvm.folder or "//mattes/")
    if not Path(base).is_absolute():
        raise UserError(f"The folder {strip.ftpvm.folder} isn't a whole path: begin it with // or choose it anew.")
    return Path(matte_folder(base, media_name(strip), identity.uid_of(strip)))


def is_temporary(strip: Any) -> bool:
    """Whether mattes go where Blender deletes them when it quits: the file they belong to isn't saved."""
    return not bpy.data.filepath and (strip.ftpvm.folder or "//").startswith("//")


def temporary_home(strip: Any) -> Path:
    """Where mattes are until the file is saved."""
    base = str(Path(bpy.app.tempdir) / "mattes")
    return Path(matte_folder(base, media_name(strip), identity.uid_of(strip)))


def media_name(strip: Any) -> str:
    """What mattes are called after: the file's name without its ending and frame number."""
    if strip.type == "MOVIE":
        return portable_name(Path(bpy.path.basename(strip.filepath)).stem)
    if strip.type == "IMAGE":
        return portable_name(Path(strip.elements[0].filename).stem.rstrip("0123456789").rstrip("._- "))
    return strip.type.lower()


def seen_folder(strip: Any) -> Path:
    """Where frames rendered as seen go: beside the mattes, since corrections need them again."""
    return matte_home(strip) / SEEN
