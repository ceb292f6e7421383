# SPDX-License-Identifier: GPL-3.0-or-later
"""Propagate Matte and Cancel."""

from typing import Any

import bpy
from bpy.props import StringProperty

from .. import compat, results, session, strips
from ..errors import UserError
from ..host.progress import DONE


def chosen_strip(context: Any, name: str = "") -> Any:
    """The strip of this name, else the active one; None where there is none."""
    scene = compat.sequencer_scene(context)
    editor = scene.sequence_editor if scene else None
    if editor is None:
        return None
    strip = compat.all_strips(editor).get(name) if name else editor.active_strip
    if strip and strip.ftpvm.matte_of:  # who selects the matte means its source
        return next((s for s in compat.all_strips(editor) if s.ftpvm.uid == strip.ftpvm.matte_of), strip)
    return strip


def _is_picture(strip: Any) -> bool:
    return strip is not None and strip.type != "SOUND"


class StripOperator:
    """What works on a strip: the active one where there is a window, any by its name from a script."""

    @classmethod
    def poll(cls, context):
        if chosen_strip(context) is None and not bpy.app.background:
            cls.poll_message_set("Select a strip")
            return False
        return True


class PropagateMatte(StripOperator, bpy.types.Operator):
    bl_idname = "ftpvm.propagate_matte"
    bl_label = "Propagate Matte"
    bl_description = "Spread the keyframes through the strip and put its matte on the timeline; runs only what changed"
    bl_options = {"REGISTER"}

    strip: StringProperty(
        name="Strip", description="Name of the source strip; the active one where it is empty", options={"SKIP_SAVE"}
    )
    mask: StringProperty(
        name="Mask",
        description="Name of the mask to take keyframes from; empty keeps the strip's own",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context, event):
        """From a button: the window stays usable. Asks once where the strip must be rendered."""
        self.in_window = True
        strip = chosen_strip(context, self.strip)
        self.reasons = strips.why_as_seen(strip, compat.sequencer_scene(context)) if _is_picture(strip) else []
        if self.reasons and not strip.ftpvm.as_seen:
            return context.window_manager.invoke_props_dialog(self, width=440)
        return self.execute(context)

    def draw(self, context):
        for reason in self.reasons:
            self.layout.label(text=reason, icon="INFO")
        self.layout.label(text="Its file alone doesn't show what you see. Render it through the sequencer first?")

    def execute(self, context):
        """From a script: returns when the matte is done."""
        in_window = getattr(self, "in_window", False)
        try:
            strip = self._prepared(context, agreed=in_window)
            run = session.opened().begin(strip)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if in_window:
            session.watch()
            return {"FINISHED"}
        session.wait()
        for warning in run.progress.warnings:
            self.report({"WARNING"}, warning)
        if run.progress.error:
            self.report({"ERROR"}, run.progress.error)
        return {"FINISHED"} if run.progress.state == DONE else {"CANCELLED"}

    def _prepared(self, context, agreed):
        strip = chosen_strip(context, self.strip)
        if strip is None:
            raise UserError(f"There is no strip {self.strip!r}: select the strip to matte.")
        if not _is_picture(strip):
            raise UserError(f"“{strip.name}” has no picture: choose a strip with pictures.")
        results.realign(compat.sequencer_scene(context))  # Blender tells of a cut only with the next edit
        if self.mask:
            if self.mask not in bpy.data.masks:
                raise UserError(f"There is no mask {self.mask!r}: choose one of the file's masks.")
            strip.ftpvm.keyframes_from, strip.ftpvm.mask = "MASK", bpy.data.masks[self.mask]
        if agreed and self.reasons:
            strip.ftpvm.as_seen = True
        return strip


class CancelMatte(bpy.types.Operator):
    bl_idname = "ftpvm.cancel"
    bl_label = "Cancel Propagation"
    bl_description = "Stop the strip's run, or else the first, and keep what is done; the next press goes on from there"

    @classmethod
    def poll(cls, context):
        current = session.current()
        return bool(current and current.going)

    def execute(self, context):
        current, strip = session.current(), chosen_strip(context)
        current.cancel(strip.ftpvm.uid if strip and strip.ftpvm.uid in current.going else next(iter(current.going)))
        return {"FINISHED"}


CLASSES = (PropagateMatte, CancelMatte)
_keys: list[tuple[Any, Any]] = []


def register() -> None:
    """Esc over the sequencer; the key does what it always did while nothing runs, because of CancelMatte.poll."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:  # without a window
        return
    for name in compat.SEQUENCER_KEYMAPS:
        keymap = configuration.keymaps.new(name=name, space_type="SEQUENCE_EDITOR")
        _keys.append((keymap, keymap.keymap_items.new(CancelMatte.bl_idname, "ESC", "PRESS")))


def unregister() -> None:
    for keymap, item in _keys:
        keymap.keymap_items.remove(item)
    _keys.clear()
