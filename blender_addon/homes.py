# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a strip's mattes go, and what they are called."""

from pathlib import Path
from typing import Any

import bpy

from . import identity
from .host.folders import matte_folder


def matte_home(strip: Any) -> Path:
    """The folder of a strip's mattes: named after the source, not the strip, so that renaming changes nothing."""
    base = strip.ftpvm.folder
    if base.startswith("//") and not bpy.data.filepath:
        base = str(Path(bpy.app.tempdir) / "mattes")
    return Path(matte_folder(bpy.path.abspath(base), media_name(strip), identity.uid_of(strip)))


def media_name(strip: Any) -> str:
    """What mattes are called after: the file's name without its ending and frame number."""
    if strip.type == "MOVIE":
        return Path(bpy.path.basename(strip.filepath)).stem
    if strip.type == "IMAGE":
        return Path(strip.elements[0].filename).stem.rstrip("0123456789").rstrip("._- ") or "shot"
    return strip.type.lower()


def seen_folder(strip: Any) -> Path:
    """Where frames rendered as seen go: beside the mattes, since corrections need them again."""
    return matte_home(strip) / "as_seen"
