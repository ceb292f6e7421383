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
    """Give strips that were copied to another scene, and their mattes, uids of their own; the originals keep theirs."""
    scenes_of: dict[str, list[bpy.types.Scene]] = {}
    for scene in _scenes():
        for uid in {strip.ftpvm.uid for strip in compat.all_strips(scene.sequence_editor)} - {""}:
            scenes_of.setdefault(uid, []).append(scene)
    for uid, scenes in scenes_of.items():
        if len(scenes) == 1:
            continue
        # A strip may be pasted into an older scene, without its matte.
        original = next((scene for scene in scenes if _has_matte_of(uid, scene)), scenes[0])
        for scene in scenes:
            if scene != original:
                _rename(uid, scene)


def _has_matte_of(uid: str, scene: bpy.types.Scene) -> bool:
    return any(strip.ftpvm.matte_of == uid for strip in compat.all_strips(scene.sequence_editor))


def _rename(uid: str, scene: bpy.types.Scene) -> None:
    """Give a scene's strips with this uid a new one, and it to their mattes."""
    new = uuid.uuid4().hex
    for settings in (strip.ftpvm for strip in compat.all_strips(scene.sequence_editor)):
        if settings.uid == uid:
            settings.uid = new
        elif settings.matte_of == uid:
            settings.matte_of = new


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
