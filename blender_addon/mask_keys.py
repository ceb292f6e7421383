# SPDX-License-Identifier: GPL-3.0-or-later
"""Key the whole of a mask on a frame, and take such keys away: what artists do with I in a mask editor."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from . import compat
from .errors import UserError


class EmptyMaskError(UserError):
    """There is nothing to key. `str(error)` is one sentence the artist can act on."""


def insert_key(mask: bpy.types.Mask, frame: int) -> None:
    """A shape key of every layer on a timeline frame, the mask as it is now. Raises EmptyMaskError."""
    if not any(spline.points for layer in mask.layers for spline in layer.splines):
        raise EmptyMaskError(f"The mask “{mask.name}” is empty: draw the object's outline first.")
    with _edited(mask, frame):
        bpy.ops.mask.select_all(action="SELECT")
        bpy.ops.mask.shape_key_insert()


def remove_key(mask: bpy.types.Mask, frame: int) -> None:
    """Take away the shape keys and animation keys of every layer on a timeline frame."""
    with _edited(mask, frame):
        bpy.ops.mask.select_all(action="SELECT")
        bpy.ops.mask.shape_key_clear()
    for curve in compat.fcurves(mask):
        for key in [key for key in curve.keyframe_points if round(key.co[0]) == frame]:
            curve.keyframe_points.remove(key)


@contextmanager
def _edited(mask: bpy.types.Mask, frame: int) -> Iterator[None]:
    """Blender's mask operators work on the mask and frame of a mask editor: borrow an area to be one."""
    areas = [(window, area) for window in bpy.context.window_manager.windows for area in window.screen.areas]
    window, area = next((each for each in areas if each[1].type == "IMAGE_EDITOR"), areas[0])
    scene = compat.sequencer_scene(bpy.context)
    kind, before = area.type, scene.frame_current
    shut = [(layer, layer.hide, layer.hide_select) for layer in mask.layers]
    selected = [[point.select for point in spline.points] for layer in mask.layers for spline in layer.splines]
    if kind != "IMAGE_EDITOR":  # which would lose its mode
        area.type = "IMAGE_EDITOR"  # a clip editor wants a clip
    space = area.spaces.active
    mode, masked = space.mode, space.mask
    space.mode, space.mask = "MASK", mask
    region = next(region for region in area.regions if region.type == "WINDOW")
    for layer in mask.layers:  # the operators leave hidden and locked ones out, and say nothing
        layer.hide = layer.hide_select = False
    if frame != before:  # going to a frame takes back what isn't keyed yet
        scene.frame_set(frame)
    try:
        editor = bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region)
        with editor, bpy.context.temp_override(scene=scene):  # in one, the window's scene would win
            yield
    finally:
        splines = [spline for layer in mask.layers for spline in layer.splines]
        for spline, states in zip(splines, selected, strict=True):
            for point, state in zip(spline.points, states, strict=True):
                point.select = state
        for layer, hide, hide_select in shut:
            layer.hide, layer.hide_select = hide, hide_select
        if frame != before:
            scene.frame_set(before)
        space.mask, space.mode = masked, mode
        if kind != "IMAGE_EDITOR":
            area.type = kind
