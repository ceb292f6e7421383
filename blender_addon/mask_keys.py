# SPDX-License-Identifier: GPL-3.0-or-later
"""Key the whole of a mask on a frame, and take such keys away: what artists do with I in a mask editor."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from . import compat


def insert_key(mask: bpy.types.Mask, frame: int) -> None:
    """A shape key of every layer on a timeline frame, the mask as it is now."""
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
    window = bpy.context.window_manager.windows[0]
    area, scene = window.screen.areas[0], window.scene
    kind, before = area.type, scene.frame_current
    selected = [[point.select for point in spline.points] for layer in mask.layers for spline in layer.splines]
    area.type = "IMAGE_EDITOR"  # a clip editor wants a clip
    area.spaces.active.mode, area.spaces.active.mask = "MASK", mask
    if frame != before:  # going to a frame takes back what isn't keyed yet
        scene.frame_set(frame)
    try:
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=area.regions[-1]):
            yield
    finally:
        splines = [spline for layer in mask.layers for spline in layer.splines]
        for spline, states in zip(splines, selected, strict=True):
            for point, state in zip(spline.points, states, strict=True):
                point.select = state
        if frame != before:
            scene.frame_set(before)
        area.type = kind
