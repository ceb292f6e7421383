# SPDX-License-Identifier: GPL-3.0-or-later
"""A fingerprint of how a strip looks, so that it isn't rendered anew where nothing changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from . import compat, render_strip, roto
from .strips import is_our_modifier

_ELSEWHERE = ("SCENE", "MOVIECLIP", "ADJUSTMENT", "MULTICAM")  # they show what other data-blocks look like
_OF_NO_MATTER = ("rna_type", "ftpvm", "proxy", "strips", "sequences", "channels", "connections", "modifiers", "lock")
_STATE = ("select", "show_", "is_active", "active", "color_tag")
_ALONE = ("mute", "channel", "blend_")  # of the strip itself, which is rendered alone, opaque


class _UnknowableError(Exception):
    """The picture hangs on more than can be listed."""


def appearance_or_none(strip: Any, scene: bpy.types.Scene) -> str | None:
    """Hex digest of all that the strip's picture alone hangs on; None where that can't be told."""
    try:
        digest = hashlib.sha256(str(bpy.app.version).encode())
        for line in _everything(strip, scene):
            digest.update(f"{line}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
    except _UnknowableError:
        return None


def _everything(strip: Any, scene: bpy.types.Scene) -> Iterator[str]:
    if scene.animation_data and (scene.animation_data.drivers or scene.animation_data.nla_tracks):
        raise _UnknowableError
    ours = [modifier.input_mask_strip for modifier in strip.modifiers if is_our_modifier(modifier, strip)]
    names = render_strip.needed(strip, scene.sequence_editor) - {matte.name for matte in ours if matte}
    for one in sorted((each for each in compat.all_strips(scene.sequence_editor) if each.name in names), key=_name):
        if one.type in _ELSEWHERE:
            raise _UnknowableError
        yield from _plain(one, one.name, _ALONE if one == strip else ())
        yield from (
            line for each in one.modifiers if not is_our_modifier(each, strip) for line in _plain(each, each.name)
        )
        yield from map(_file, _files(one))
        if one.type == "META":
            yield str([channel.mute for channel in one.channels])
    for curve in compat.fcurves(scene):
        keys = [(*key.co, *key.handle_left, *key.handle_right, key.interpolation) for key in curve.keyframe_points]
        yield f"{curve.data_path}[{curve.array_index}] {curve.mute} {curve.extrapolation} {keys}"
        yield from (line for each in curve.modifiers for line in _plain(each, curve.data_path))
    render = scene.render
    yield str((render.resolution_x, render.resolution_y, render.fps, render.fps_base))
    for settings in (scene.view_settings, scene.display_settings, scene.sequencer_colorspace_settings):
        yield from _plain(settings, "colour")


def _name(strip: Any) -> str:
    return strip.name


def _plain(owner: Any, path: str, skipped: tuple[str, ...] = ()) -> Iterator[str]:
    """Every property of a piece of Blender's data that may change its picture, and of the pieces inside it."""
    for prop in owner.bl_rna.properties:
        name = prop.identifier
        if name in _OF_NO_MATTER or name.startswith((*_STATE, *skipped)) or getattr(prop, "is_deprecated", False):
            continue
        value, here = getattr(owner, name), f"{path}.{name}"
        if prop.type == "COLLECTION":
            for number, item in enumerate(value):
                yield from _plain(item, f"{here}[{number}]")
        elif prop.type == "POINTER":
            yield from _pointed(value, here)
        else:
            yield f"{here}={tuple(value) if getattr(prop, 'is_array', False) else value}"


def _pointed(value: Any, path: str) -> Iterator[str]:
    if value is None or isinstance(value, compat.STRIP_TYPE):
        yield f"{path}={value and value.name}"
    elif isinstance(value, bpy.types.Mask):
        yield f"{path}={roto.mask_fingerprint(value)}"
    elif isinstance(value, (bpy.types.VectorFont, bpy.types.Sound)):
        yield f"{path}={value.filepath}"
    elif isinstance(value, bpy.types.ID):
        raise _UnknowableError
    else:
        yield from _plain(value, path)


def _files(strip: Any) -> list[str]:
    if strip.type == "MOVIE":
        return [strip.filepath]
    return [f"{strip.directory}/{each.filename}" for each in strip.elements] if strip.type == "IMAGE" else []


def _file(path: str) -> str:
    file = Path(bpy.path.abspath(path))
    return f"{file} {(file.stat().st_size, file.stat().st_mtime_ns) if file.is_file() else 'missing'}"
