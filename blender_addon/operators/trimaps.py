# SPDX-License-Identifier: GPL-3.0-or-later
"""Painted trimaps: New Trimap at This Frame, the three brushes, and writing trimaps to files."""

import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from .. import as_seen, brushes, compat, session, strips, trimap_images
from ..errors import UserError
from ..panels import draw_words
from . import cut_out
from .propagate import chosen_strip


class NewTrimap(bpy.types.Operator):
    bl_idname = "ftpvm.new_trimap"
    bl_label = "New Trimap at This Frame"
    bl_description = "Paint over the frame at the playhead: white foreground, grey unknown, black or nothing background"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return chosen_strip(context) is not None

    def execute(self, context):
        scene, strip = compat.sequencer_scene(context), chosen_strip(context)
        was_as_seen = strip.ftpvm.as_seen
        try:
            image = self._trimap(scene, strip)
        except UserError as error:
            strip.ftpvm.as_seen = was_as_seen
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if image is None:
            self.report({"ERROR"}, "The playhead isn't over the strip: move it there first.")
            return {"CANCELLED"}
        strip.ftpvm.keyframes_from = "IMAGES"
        for level, _, _ in brushes.LEVELS:
            brushes.brush_of(level)
        if context.window and not bpy.app.background:
            _show(context, image)
        return {"FINISHED"}

    def _trimap(self, scene, strip):
        """The trimap of the frame at the playhead, a new one where there is none; None beside the strip."""
        if not compat.left_handle(strip) <= scene.frame_current < compat.right_handle(strip):
            return None
        with tempfile.TemporaryDirectory(prefix="ftpvm-") as folder:
            if strips.why_as_seen(strip, scene):
                strip.ftpvm.as_seen = True  # or else runs would count its frames otherwise
            footage = as_seen.footage_chosen(strip, scene, Path(folder))
            frame = footage.source_frame(scene.frame_current)
            if image := trimap_images.trimap_or_none(strip, frame):
                return image
            picture = Path(folder) / "picture.png"
            if strip.ftpvm.as_seen:
                picture = as_seen.frame_seen(strip, scene, Path(folder), frame)
            else:
                trimap_images.picture_of(footage, frame, picture)
            return trimap_images.new_trimap(strip, footage, frame, picture)


class TrimapBrush(bpy.types.Operator):
    bl_idname = "ftpvm.trimap_brush"
    bl_label = "Trimap Brush"
    bl_options = {"REGISTER"}

    level: EnumProperty(name="Level", items=brushes.LEVELS, description="What the brush paints")

    @classmethod
    def description(cls, context, properties):
        return next(words for level, _, words in brushes.LEVELS if level == properties.level)

    @classmethod
    def poll(cls, context):
        space = context.space_data
        return space is not None and space.type == "IMAGE_EDITOR" and space.mode == "PAINT" and not bpy.app.background

    def execute(self, context):
        try:
            brushes.paint_with(context.scene, self.level)
        except RuntimeError:
            self.report({"ERROR"}, "Blender is still reading its brushes: press again in a moment.")
            return {"CANCELLED"}
        return {"FINISHED"}


class WriteTrimaps(bpy.types.Operator):
    bl_idname = "ftpvm.write_trimaps"
    bl_label = "Write Trimaps"
    bl_description = (
        "Write the strip's painted trimaps to a folder as trimap.0042.png, the number being the source frame"
    )

    directory: StringProperty(name="Folder", subtype="DIR_PATH", description="Where the files go")

    @classmethod
    def poll(cls, context):
        strip = chosen_strip(context)
        return strip is not None and any(item.image for item in strip.ftpvm.painted)

    def invoke(self, context, event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        folder = Path(bpy.path.abspath(self.directory))
        items = [item for item in chosen_strip(context).ftpvm.painted if item.image]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for item in items:
                trimap_images.write_trimap(item.image, folder / f"trimap.{item.frame:04d}.png")
        except OSError as error:
            self.report({"ERROR"}, f"Trimaps can't be written to {folder} ({error.strerror}).")
            return {"CANCELLED"}
        self.report({"INFO"}, f"{len(items)} trimaps written to {folder}")
        return {"FINISHED"}


class TrimapPanel(bpy.types.Panel):
    bl_idname = "FTPVM_PT_trimap"
    bl_label = "Trimap"
    bl_space_type, bl_region_type, bl_category = "IMAGE_EDITOR", "UI", "FTP-VM"

    @classmethod
    def poll(cls, context):
        return context.space_data.mode == "PAINT"

    def draw(self, context):
        column = self.layout.column(align=True)
        for level, name, _ in brushes.LEVELS:
            column.operator(TrimapBrush.bl_idname, text=name).level = level
        row = self.layout.row(align=True)
        for hint, name, _ in cut_out.HINTS:
            row.operator(cut_out.CutOut.bl_idname, text=f"Cut Out {name}").hint = hint
        self.layout.operator(WriteTrimaps.bl_idname, icon="EXPORT")
        strip, current = chosen_strip(context), session.current()
        if current and current.asked:
            self.layout.label(text="Cutting out ...", icon="SORTTIME")
        elif strip and strip.ftpvm.message:
            draw_words(self.layout, strip.ftpvm.message, "INFO")


def _show(context, image):
    """In an Image editor of any window, best of this one, or of a new window, ready to paint foreground."""
    windows = [context.window, *(each for each in context.window_manager.windows if each != context.window)]
    places = ((window, area) for window in windows for area in window.screen.areas if area.type == "IMAGE_EDITOR")
    window, area = next(places, (None, None))
    if area is None:
        bpy.ops.wm.window_new()
        window = context.window_manager.windows[-1]
        area = window.screen.areas[0]
        area.type = "IMAGE_EDITOR"
    space = area.spaces.active
    space.image, space.mode, space.display_channels, space.show_region_ui = image, "PAINT", "COLOR", True
    bpy.app.timers.register(partial(_ready, window, area, tries=iter(range(20))), first_interval=0.3)


def _ready(window, area, tries):
    """Fit the image and take up the first brush: Blender crashes on brushes in an editor that wasn't drawn yet.

    A timer: called again after what it returns, in seconds, until Blender has read its brushes.
    """
    if area not in list(window.screen.areas) or area.type != "IMAGE_EDITOR":
        return None
    regions = {region.type: region for region in area.regions}
    with suppress(TypeError):  # the sidebar has no such tab before it is drawn
        regions["UI"].active_panel_category = TrimapPanel.bl_category
    with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=regions["WINDOW"]):
        bpy.ops.image.view_all(fit_view=True)
        try:
            brushes.paint_with(window.scene, "FOREGROUND")
        except RuntimeError:
            return None if next(tries, None) is None else 0.3
    return None


CLASSES = (NewTrimap, TrimapBrush, WriteTrimaps, TrimapPanel)
