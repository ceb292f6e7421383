# SPDX-License-Identifier: GPL-3.0-or-later
"""Three brushes for painting trimaps: hard, full strength, one level each."""

import bpy

from . import compat

LEVELS = (
    ("FOREGROUND", "Foreground", "Paint white: surely part of the object"),
    ("UNKNOWN", "Unknown", "Paint grey: edges, hair, blur and glass, for the network to decide about"),
    ("BACKGROUND", "Background", "Paint black: surely not part of the object; what isn't painted is this too"),
)
_GREY = {"FOREGROUND": 1.0, "UNKNOWN": 0.5, "BACKGROUND": 0.0}


def brush_of(level: str) -> bpy.types.Brush:
    """The brush of a level, made when the file has none, and set right where it was changed."""
    name = f"Trimap {level.title()}"
    brush = bpy.data.brushes.get(name) or bpy.data.brushes.new(name, mode="TEXTURE_PAINT")
    brush.use_fake_user = True
    brush.blend, brush.strength, brush.use_pressure_strength = "MIX", 1.0, False
    brush.use_paint_antialiasing = False  # a blend of paint and picture is neither
    compat.set_hard_edge(brush)
    compat.set_brush_grey(brush, _GREY[level])
    return brush


def paint_with(scene: bpy.types.Scene, level: str) -> None:
    """Take up the brush of a level; needs the context of an Image editor in paint mode."""
    for each, _, _ in LEVELS:
        brush_of(each)
    shared = compat.unified_paint(scene)
    shared.use_unified_color = shared.use_unified_strength = False
    compat.use_brush(scene, brush_of(level))
