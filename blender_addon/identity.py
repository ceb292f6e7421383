# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips by their uid: names change, and no reference to a strip outlives an undo or a loaded file."""

import uuid
from collections.abc import Iterator
from typing import Any

import bpy

from . import compat


def uid_of(strip: Any) -> str:
    """The strip's uid, given to it when it has none."""
    if not strip.ftpvm.uid:
        strip.ftpvm.uid = uuid.uuid4().hex
    return strip.ftpvm.uid


def strip_or_none(uid: str) -> tuple[bpy.types.Scene, Any] | None:
    """The strip with this uid and the scene that it is in."""
    return next(((scene, strip) for scene, strip in all_strips() if strip.ftpvm.uid == uid), None)


def all_strips() -> Iterator[tuple[bpy.types.Scene, Any]]:
    """Every top-level strip of every scene."""
    for scene in bpy.data.scenes:
        if scene.sequence_editor:
            for strip in compat.strips(scene.sequence_editor):
                yield scene, strip
