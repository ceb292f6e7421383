# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip of the example clip and a mask keyed on it, as an artist leaves them before pressing."""

import errno
import os
from pathlib import Path

import bpy

CLIP = Path(__file__).resolve().parents[2] / "examples/clip/clip.mp4"
BOXES = {
    0: (0.30, 0.30, 0.55, 0.75),
    5: (0.32, 0.30, 0.57, 0.75),
    11: (0.34, 0.30, 0.59, 0.75),
}  # left, bottom, right, top


def add_movie(scene, addon, path=CLIP, *, start=1, last=12):
    """The clip from `start` on, trimmed after `last` frames, active."""
    strip = addon.compat.strips(scene.sequence_editor).new_movie("Plate", str(path), 1, start)
    trim_end(strip, start + last)
    scene.sequence_editor.active_strip = strip
    strip.ftpvm.resolution = 128
    return strip


def trim_end(strip, frame):
    if hasattr(strip, "right_handle"):
        strip.right_handle = frame
    else:
        strip.frame_final_end = frame


def in_sequencer(scene):
    """A context in which the sequencer's operators work."""
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    return bpy.context.temp_override(window=window, area=area, region=area.regions[-1], scene=scene)


def on_another_disk(monkeypatch):
    """Refuse to move what is in Blender's temporary folder, as across disks."""
    rename = os.rename

    def refused(old, new):
        if str(old).startswith(bpy.app.tempdir):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(old, new)

    monkeypatch.setattr(os, "rename", refused)


def make_meta(scene, *strips):
    """The meta strip that now holds these strips."""
    with in_sequencer(scene):
        bpy.ops.sequencer.select_all(action="DESELECT")
        for strip in strips:
            strip.select = True
        bpy.ops.sequencer.meta_make()
    return strips[0].parent_meta()


def keyed_mask(start=1, boxes=BOXES):
    """A four-cornered mask keyed where `boxes` say, in frames counted from `start`."""
    mask = bpy.data.masks.new("Roto")
    spline = mask.layers.new().splines.new()
    spline.use_cyclic = True
    spline.points.add(4 - len(spline.points))
    for number, box in boxes.items():
        set_box(mask, start + number, box)
    return mask


def set_box(mask, frame, box):
    """Move the mask's corners and key them."""
    left, bottom, right, top = box
    corners = (left, bottom), (right, bottom), (right, top), (left, top)
    for index, (point, corner) in enumerate(zip(mask.layers[0].splines[0].points, corners, strict=True)):
        point.handle_type = "VECTOR"
        for name in ("co", "handle_left", "handle_right"):
            setattr(point, name, corner)
            mask.keyframe_insert(f'layers["{mask.layers[0].name}"].splines[0].points[{index}].{name}', frame=frame)
