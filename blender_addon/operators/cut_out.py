# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut Out: from a few strokes or a box to a whole trimap, found by the worker's GrabCut."""

import tempfile
from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import EnumProperty

from .. import as_seen, compat, identity, redraw, session, strips, trimap_images
from ..errors import UserError
from .propagate import chosen_strip

HINTS = (
    ("STROKES", "Strokes", "What is painted foreground and background is sure; the rest is found out"),
    ("BOX", "Box", "The object is inside the rectangle around all that is painted foreground"),
)


class CutOut(bpy.types.Operator):
    bl_idname = "ftpvm.cut_out"
    bl_label = "Cut Out"
    bl_description = "Let GrabCut make a trimap of what you painted roughly; then mend it with the brushes"
    bl_options = {"REGISTER"}

    hint: EnumProperty(name="From", items=HINTS, description="What the paint means")

    @classmethod
    def poll(cls, context):
        return _painted_or_none(context) is not None

    def execute(self, context):
        scene, strip, item = compat.sequencer_scene(context), chosen_strip(context), _painted_or_none(context)
        folder = Path(tempfile.mkdtemp(prefix="cut", dir=bpy.app.tempdir))
        problems = []
        try:
            request = _request(self.hint, strip, scene, item, folder)
            session.opened().ask("trimap", _painter(identity.uid_of(strip), item.frame, problems), **request)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.app.background:
            session.wait()
        if problems:
            self.report({"ERROR"}, problems[0])
            return {"CANCELLED"}
        session.watch()
        return {"FINISHED"}


def _painted_or_none(context):
    """The painted trimap that the Image editor shows, else the one of the frame at the playhead."""
    strip = chosen_strip(context)
    if strip is None:
        return None
    painted = [item for item in strip.ftpvm.painted if item.image]
    in_editor = getattr(context.space_data, "image", None)
    timing, playhead = strips.timing_of(strip, strip.ftpvm.as_seen), compat.sequencer_scene(context).frame_current
    frame = timing.source_frame(playhead) if playhead in timing.shown else None
    return next(
        (item for item in painted if item.image == in_editor),
        next((item for item in painted if item.frame == frame), None),
    )


def _request(hint, strip, scene, item, folder):
    out, box, frame = folder / "cut.png", None, item.frame
    if hint == "BOX" and (box := trimap_images.painted_box(item.image)) is None:
        raise UserError("Nothing is painted foreground: mark the object's corners with the Foreground brush.")
    strokes = trimap_images.write_strokes(item.image, folder / "strokes.png") if hint == "STROKES" else None
    footage = as_seen.footage_chosen(strip, scene, folder / "seen")
    if strip.ftpvm.as_seen:  # the strip may not be rendered yet, or look different now
        picture = as_seen.frame_seen(strip, scene, folder / "seen", frame)
        footage, frame = replace(footage, source=[str(picture)]), 0
    return trimap_images.cut_request(footage, frame, out, box=box, strokes=strokes)


def _painter(uid, frame, problems):
    """What to do with the worker's answer. What is wrong goes under the button, too: by then the operator has ended."""

    def paint(event):
        found = identity.strip_or_none(uid)
        image = found and trimap_images.trimap_or_none(found[1], frame)
        said = ""
        try:
            if event["event"] == "error":
                raise UserError(event["message"])
            if image and event["event"] == "done":
                trimap_images.paint_from(image, Path(event["image"]))
        except UserError as error:
            said = str(error)
            problems.append(said)
        if found:
            found[1].ftpvm.message = said
        redraw.editors()

    return paint


CLASSES = (CutOut,)
