# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks: on which frames they are keyed, and their picture on a frame as Blender draws it."""

import ctypes
import hashlib
import re
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bpy

from . import compat, png
from .errors import UserError
from .scratch_scene import render_still, scratch_scene

# Where C structs keep what RNA doesn't show (DNA_mask_types.h, the same from 4.2 to 5.2 on 64-bit machines).
_LAYER_NAME, _LAYER_SPLINES, _LAYER_SHAPES = 16, 80, 96
_SHAPE_DATA, _SHAPE_POINTS, _SHAPE_FRAME = 16, 24, 28
_POINT_BYTES = 8 * 4  # position, two handles, weight and radius

_TARGA_HEADER = 18


class RotoError(UserError):
    """A mask that can't be read now. `str(error)` is one sentence the artist can act on."""


def mask_key_frames(mask: bpy.types.Mask) -> list[int]:
    """Timeline frames on which any layer has a shape key or an animation key, ascending.

    Layers that don't render count as little as they do in Blender's picture of the mask. Raises RotoError in a Blender
    that keeps shape keys in another way.
    """
    drawn = [layer for layer in mask.layers if not layer.hide_render]
    frames = {frame for layer in drawn for frame, _ in _shapes(layer)}
    curves = [curve for curve in compat.fcurves(mask) if not curve.mute and _layer_of(curve, mask) in drawn]
    return sorted(frames | {round(key.co[0]) for curve in curves for key in curve.keyframe_points})


def mask_fingerprint(mask: bpy.types.Mask) -> str:
    """Hex digest of what the artist drew and keyed, whatever the frame; tracks that points follow are not in it."""
    digest = hashlib.sha256()
    for path, value in _properties(mask):
        digest.update(f"{path}={value}\n".encode())
    for layer in mask.layers:
        with suppress(_UnknownLayoutError):
            for frame, points in _shapes(layer):
                digest.update(struct.pack("<i", frame) + points)
    for curve in compat.fcurves(mask):
        keys = [(*key.co, *key.handle_left, *key.handle_right, key.interpolation) for key in curve.keyframe_points]
        digest.update(f"{curve.data_path}[{curve.array_index}]={curve.mute}{keys}\n".encode())
    return digest.hexdigest()


def key_digests(mask: bpy.types.Mask) -> dict[int, str]:
    """For each of `mask_key_frames`, what changes with the mask as drawn then; quick enough for draw().

    A layer without a key there counts with the keys on both sides. Raises RotoError.
    """
    curves = compat.fcurves(mask)
    moving = {(_layer_of(curve, mask), curve.data_path.rpartition(".")[2]) for curve in curves}
    digests = {frame: hashlib.blake2b(digest_size=8) for frame in mask_key_frames(mask)}
    for layer in mask.layers:
        if layer.hide_render:
            continue
        shapes = list(_shapes(layer))
        looks = repr(list(_still(layer, {name for owner, name in moving if owner == layer}, not shapes)))
        still = hashlib.blake2b(looks.encode()).digest()
        for frame, digest in digests.items():
            digest.update(still)
            for keyed, points in _around(shapes, frame):
                digest.update(struct.pack("<i", keyed) + points)
    for curve in curves:
        for frame, digest in digests.items():
            digest.update(f"{curve.data_path}[{curve.array_index}]={curve.mute}{curve.evaluate(frame)}".encode())
    return {frame: digest.hexdigest() for frame, digest in digests.items()}


def render_mask(mask: bpy.types.Mask, frame: int, size: tuple[int, int], path: Path) -> Path:
    """The mask on a timeline frame over a picture of `size` (width, height): an 8-bit grey PNG, linear data.

    Blender's sequencer draws it in a scene made for that and removed after, so that the artist's scene and frame stay
    as they are; only the Render Result is another. Blocks. Raises RotoError before frame 0, where mask strips can't
    begin, and BusyError while Blender renders something else.
    """
    if frame < 0:
        raise RotoError(
            f"The mask can't be drawn on frame {frame}: move strip and mask so that they begin at 0 or later."
        )
    raw = path.with_suffix(".tga")
    with scratch_scene(size) as (scene, strips), _only_frame(mask, frame) as drawn:
        strip = strips.new_mask("mask", drawn, 1, frame)
        scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "TARGA_RAW", "BW"
        render_still(scene, frame, raw)
        strips.remove(strip)  # or else Blender 4 miscounts the mask's users and complains
    pixels = bytearray(raw.read_bytes()[_TARGA_HEADER : _TARGA_HEADER + size[0] * size[1]])
    raw.unlink()
    if compat.MASK_STRIPS_MISS_A_PIXEL:
        pixels[-1] = pixels[-2]
    png.write_grey(path, size, bytes(pixels))
    return path


class _UnknownLayoutError(RotoError):
    """This Blender keeps mask layers in another way."""

    def __init__(self) -> None:
        super().__init__("This Blender's mask keys can't be read: update the add-on, or paint trimaps instead.")


def _shapes(layer: Any) -> Iterator[tuple[int, bytes]]:
    """Frame and points of each shape key of a layer, in order.

    RNA has no way to them, so they are read from memory, after checking that what RNA does know is where it should be.
    """
    start = layer.as_pointer()
    first_spline = layer.splines[0].as_pointer() if len(layer.splines) else None
    if (
        ctypes.sizeof(ctypes.c_void_p) != 8
        or ctypes.string_at(start + _LAYER_NAME, 64).split(b"\0")[0] != layer.name.encode()
        or ctypes.c_void_p.from_address(start + _LAYER_SPLINES).value != first_spline
    ):
        raise _UnknownLayoutError
    shape = ctypes.c_void_p.from_address(start + _LAYER_SHAPES).value
    while shape:
        points = ctypes.c_int.from_address(shape + _SHAPE_POINTS).value  # pasted splines aren't in other shapes
        data = ctypes.c_void_p.from_address(shape + _SHAPE_DATA).value
        frame = ctypes.c_int.from_address(shape + _SHAPE_FRAME).value
        yield frame, ctypes.string_at(data, points * _POINT_BYTES) if data else b""
        shape = ctypes.c_void_p.from_address(shape).value


def _around(shapes: list[tuple[int, bytes]], frame: int) -> list[tuple[int, bytes]]:
    """The shape key on a frame, or else those before and after it."""
    keyed = [each for each, _ in shapes]
    return shapes[max(bisect_right(keyed, frame) - 1, 0) : bisect_left(keyed, frame) + 1]


def _still(layer: Any, moving: set[str], with_places: bool) -> Iterator[Any]:
    """What a layer's picture depends on besides its shape keys and the properties that are `moving`."""
    yield from ((name, getattr(layer, name)) for name in _LOOKS_OF_LAYERS if name not in moving)
    for spline in layer.splines:
        yield from ((name, getattr(spline, name)) for name in _LOOKS_OF_SPLINES if name not in moving)
        for point in spline.points:
            yield point.handle_left_type, point.handle_right_type
            yield [(feather.u, feather.weight) for feather in point.feather_points]
        for name in [name for name in _KEYED if with_places and name not in moving]:
            values = array("f", bytes(4 * len(spline.points) * (1 if name == "weight" else 2)))
            spline.points.foreach_get(name, values)
            yield values.tobytes()


_LOOKS_OF_LAYERS = ("name", "alpha", "blend", "invert", "falloff", "use_fill_holes", "use_fill_overlap")
_LOOKS_OF_SPLINES = ("use_cyclic", "use_fill", "offset_mode", "weight_interpolation")


def _layer_of(curve: Any, mask: bpy.types.Mask) -> Any:
    """The layer that a curve animates, whether it is named or counted there."""
    with suppress(ValueError, KeyError, IndexError):
        path = re.match(r'layers\[(?:\d+|"(?:[^"\\]|\\.)*")\]', curve.data_path)
        return mask.path_resolve(path[0]) if path else None
    return None


def _properties(mask: bpy.types.Mask) -> Iterator[tuple[str, Any]]:
    """Every plain property of a mask's layers, splines and points by its path."""
    for layer in mask.layers:
        yield from _plain(layer, layer.name)
        keyed = any(True for _ in _shapes_or_none(layer))
        for number, spline in enumerate(layer.splines):
            yield from _plain(spline, f"{layer.name}/{number}")
            for place, point in enumerate(spline.points):
                # Blender rewrites the points of a keyed layer whenever the frame changes
                yield from _plain(point, f"{layer.name}/{number}/{place}", () if not keyed else _KEYED)
                yield from ((f"feather {feather.u}", feather.weight) for feather in point.feather_points)


_KEYED = ("co", "handle_left", "handle_right", "weight")
_STATE = ("select", "is_active", "show", "hide_select", "active")


def _plain(owner: Any, name: str, without: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for prop in owner.bl_rna.properties:
        identifier = prop.identifier
        if prop.type in ("POINTER", "COLLECTION") or identifier in without or identifier.startswith(_STATE):
            continue
        value = getattr(owner, identifier)
        yield f"{name}.{identifier}", tuple(value) if getattr(prop, "is_array", False) else value


def _shapes_or_none(layer: Any) -> Iterator[tuple[int, bytes]]:
    with suppress(_UnknownLayoutError):
        yield from _shapes(layer)


@contextmanager
def _only_frame(mask: bpy.types.Mask, frame: int) -> Iterator[bpy.types.Mask]:
    """A copy that begins with this frame: a mask strip shows its mask's own range of frames, and nothing beyond."""
    drawn = mask.copy()
    drawn.frame_start, drawn.frame_end = frame, frame + 1
    try:
        yield drawn
    finally:
        bpy.data.masks.remove(drawn)
