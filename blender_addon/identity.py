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


def own_uid(strip: Any) -> str:
    """The strip's uid, which no strip of another scene has."""
    part_scenes()
    return uid_of(strip)


def part_scenes() -> None:
    """Give strips of a copied scene, and their mattes, uids of their own; those that were copied keep theirs."""
    taken: set[str] = set()
    for scene in _scenes():
        strips = list(compat.all_strips(scene.sequence_editor))
        here = {strip.ftpvm.uid for strip in strips} - {""}
        new = {uid: uuid.uuid4().hex for uid in here & taken}
        for settings in (strip.ftpvm for strip in strips):
            if settings.uid in new or settings.matte_of in new:
                settings.uid = new.get(settings.uid, settings.uid)
                settings.matte_of = new.get(settings.matte_of, settings.matte_of)
        taken |= here


def strip_or_none(uid: str) -> tuple[bpy.types.Scene, Any] | None:
    """The strip with this uid and the scene that it is in."""
    return next(((scene, strip) for scene, strip in all_strips() if strip.ftpvm.uid == uid), None)


def all_strips() -> Iterator[tuple[bpy.types.Scene, Any]]:
    """Every strip of every scene of this file, those inside meta strips too; the older scene's first."""
    for scene in _scenes():
        for strip in compat.all_strips(scene.sequence_editor):
            yield scene, strip


def _scenes() -> list[bpy.types.Scene]:
    """The scenes that may have strips of ours, a copied one before its copy while both are of this session."""
    scenes = [scene for scene in bpy.data.scenes if scene.sequence_editor and scene.library is None]
    return sorted(scenes, key=lambda scene: scene.session_uid)
