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


def own_uid(scene: bpy.types.Scene, strip: Any) -> str:
    """The strip's uid, a new one where a copy of it in another scene has the same; its matte goes with it."""
    old = uid_of(strip)
    if any(each != strip and each.ftpvm.uid == old for _, each in all_strips()):
        strip.ftpvm.uid = uuid.uuid4().hex
        for matte in compat.all_strips(scene.sequence_editor):
            if matte.ftpvm.matte_of == old:
                matte.ftpvm.matte_of = strip.ftpvm.uid
    return strip.ftpvm.uid


def strip_or_none(uid: str) -> tuple[bpy.types.Scene, Any] | None:
    """The strip with this uid and the scene that it is in."""
    return next(((scene, strip) for scene, strip in all_strips() if strip.ftpvm.uid == uid), None)


def all_strips() -> Iterator[tuple[bpy.types.Scene, Any]]:
    """Every strip of every scene of this file, those inside meta strips too."""
    for scene in bpy.data.scenes:
        if scene.sequence_editor and scene.library is None:
            for strip in compat.all_strips(scene.sequence_editor):
                yield scene, strip
