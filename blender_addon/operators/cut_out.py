# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut Out: from a few strokes or a box to a whole trimap, found by the worker's GrabCut."""

import tempfile
from pathlib import Path

import bpy
from bpy.props import EnumProperty

from .. import as_seen, compat, identity, redraw, session, trimap_images
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
        try:
            request = _request(self.hint, strip, scene, item, folder)
            session.opened().ask("trimap", _painter(identity.uid_of(strip), item.frame), **request)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.app.background:
            session.wait()
        session.watch()
        return {"FINISHED"}


def _painted_or_none(context):
    """The painted trimap that the Image editor shows, else the one at the playhead's frame."""
    strip = chosen_strip(context)
    if strip is None:
        return None
    shown = getattr(context.space_data, "image", None)
    return next((item for item in strip.ftpvm.painted if item.image and item.image == shown), None) or next(
        (item for item in strip.ftpvm.painted if item.image and shown is None), None
    )


def _request(hint, strip, scene, item, folder):
    footage = as_seen.footage_chosen(strip, scene)
    out = folder / "cut.png"
    if hint == "STROKES":
        strokes = trimap_images.write_strokes(item.image, folder / "strokes.png")
        return trimap_images.cut_request(footage, item.frame, out, strokes=strokes)
    box = trimap_images.painted_box(item.image)
    if box is None:
        raise UserError("Nothing is painted foreground: mark the object's corners with the Foreground brush.")
    return trimap_images.cut_request(footage, item.frame, out, box=box)


def _painter(uid, frame):
    """What to do with the worker's answer."""

    def paint(event):
        found = identity.strip_or_none(uid)
        image = found and trimap_images.trimap_or_none(found[1], frame)
        if found and event["event"] == "error":
            found[1].ftpvm.message = event["message"]
        elif image:
            trimap_images.paint_from(image, Path(event["image"]))
        redraw.show(None)

    return paint


CLASSES = (CutOut,)
