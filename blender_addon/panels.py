# SPDX-License-Identifier: GPL-3.0-or-later
"""The FTP-VM tab: the whole of it beside the Sequencer, the essentials beside the Movie Clip editor."""

import textwrap

import bpy

from . import compat, coverage, preferences, session
from .errors import UserError
from .host.progress import DONE
from .keyframes import shown_keyframes
from .operators.propagate import chosen_strip

_STATE_ICONS = {"done": "CHECKMARK", "running": "PLAY", "stale": "FILE_REFRESH"}
_LETTER = 7.5  # pixels of width, on average and with the panel's borders
_MOST_LISTED = 12  # keyframes; the rest is counted in words


class _Tab:
    bl_category = "FTP-VM"
    bl_region_type = "UI"

    @classmethod
    def poll(cls, context):
        return chosen_strip(context) is not None


class _SequencerTab(_Tab):
    bl_space_type = "SEQUENCE_EDITOR"


class FTPVM_PT_matte(_SequencerTab, bpy.types.Panel):
    bl_label = "Propagate Matte"

    @classmethod
    def poll(cls, context):
        return True

    def draw(self, context):
        strip, layout = chosen_strip(context), self.layout
        if not preferences.is_set_up():
            preferences.draw_set_up(layout, width=_letters())
        elif strip is None:
            layout.label(text="Select a movie or image strip", icon="INFO")
        else:
            layout.label(text=strip.name, icon="SEQUENCE")
            draw_press(layout, strip)


class FTPVM_PT_keyframes(_SequencerTab, bpy.types.Panel):
    bl_label = "Keyframes"

    def draw(self, context):
        draw_keyframes(self.layout, compat.sequencer_scene(context), chosen_strip(context))


class FTPVM_PT_settings(_SequencerTab, bpy.types.Panel):
    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        settings, layout = chosen_strip(context).ftpvm, self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(settings, "direction")
        layout.prop(settings, "resolution")
        layout.prop(settings, "adapt")
        column = layout.column(heading="Range", align=True)
        column.prop(settings, "use_range", text="")
        rows = column.column(align=True)
        rows.active = settings.use_range
        rows.prop(settings, "range_first")
        rows.prop(settings, "range_last")
        layout.prop(settings, "as_seen")
        layout.prop(settings, "folder")
        layout.prop(settings, "format")
        layout.prop(preferences.chosen(), "device")


class FTPVM_PT_compositor(_SequencerTab, bpy.types.Panel):
    bl_label = "Compositor"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        self.layout.operator("ftpvm.add_matte_nodes", icon="NODE_COMPOSITING")


class FTPVM_PT_clip(_Tab, bpy.types.Panel):
    """Masks are drawn in this editor: key them and press without leaving it."""

    bl_label = "Propagate Matte"
    bl_space_type = "CLIP_EDITOR"

    def draw(self, context):
        strip, layout = chosen_strip(context), self.layout
        layout.label(text=strip.name, icon="SEQUENCE")
        draw_keyframes(layout, compat.sequencer_scene(context), strip)
        draw_press(layout, strip)


def draw_press(layout, strip):
    """The button, or how far it is; then how it ended."""
    current = session.current()
    run = current.runs.get(strip.ftpvm.uid) if current and strip.ftpvm.uid else None
    if run and strip.ftpvm.uid in current.going:
        draw_progress(layout, run)
        return
    row = layout.row()
    row.scale_y = 1.6
    row.operator("ftpvm.propagate_matte", icon="MOD_MASK").strip = strip.name
    if run and run.progress.error:
        draw_words(layout, run.progress.error, "ERROR")
    elif strip.ftpvm.message:
        draw_words(layout, strip.ftpvm.message, "CHECKMARK" if run and run.progress.state == DONE else "INFO")
    for warning in run.progress.warnings if run else ():
        draw_words(layout, warning, "INFO")


def draw_progress(layout, run):
    share = run.progress.done / run.progress.total if run.progress.total else 0.0
    layout.progress(factor=share, text=run.progress.line())
    layout.operator("ftpvm.cancel", icon="CANCEL", text="Cancel (Esc)")


def draw_keyframes(layout, scene, strip):
    """Where they come from, and a row for each."""
    settings = strip.ftpvm
    column = layout.column()
    column.prop(settings, "keyframes_from", text="From")
    if settings.keyframes_from == "MASK":
        column.template_ID(settings, "mask", new="ftpvm.new_mask")
    elif settings.keyframes_from == "STRIP":
        editor = scene.sequence_editor
        column.prop_search(settings, "trimap_strip", editor, compat.all_strips_name(editor), text="Strip")
        column.prop(settings, "strip_holds")
    if settings.keyframes_from == "MASK" or (settings.keyframes_from, settings.strip_holds) == ("STRIP", "MATTES"):
        row = column.row(align=True)
        row.prop(settings, "band_inner")
        row.prop(settings, "band_outer")
    try:
        keys = shown_keyframes(strip, scene)
    except UserError as error:
        draw_words(layout, str(error), "ERROR")
        return
    spans = coverage.spans_now(strip, keys)
    for key in keys[:_MOST_LISTED]:
        _draw_keyframe(layout, key, coverage.state_at(key.frame, spans), scene.frame_current)
    if len(keys) > _MOST_LISTED:
        layout.label(text=f"and {len(keys) - _MOST_LISTED} more")
    if settings.keyframes_from == "MASK":
        layout.operator("ftpvm.add_keyframe", icon="ADD")
    elif settings.keyframes_from == "IMAGES":
        layout.operator("ftpvm.new_trimap", icon="BRUSH_DATA")


def _draw_keyframe(layout, key, state, playhead):
    row = layout.row(align=True)
    jump = row.operator(
        "ftpvm.jump_to_keyframe",
        text=f"Frame {key.shown}",
        icon=_STATE_ICONS[state],
        depress=key.shown == playhead,
    )
    jump.frame = key.shown
    row.operator("ftpvm.remove_keyframe", text="", icon="REMOVE").frame = key.shown


def draw_words(layout, words, icon):
    """A sentence over as many lines as the narrow panel needs; labels don't wrap."""
    column = layout.column(align=True)
    for index, line in enumerate(textwrap.wrap(words, _letters())):
        column.label(text=line, icon=icon if index == 0 else "BLANK1")


def _letters():
    """How many fit into a line of the panel."""
    return max(20, round(bpy.context.region.width / bpy.context.preferences.system.ui_scale / _LETTER))


CLASSES = (FTPVM_PT_matte, FTPVM_PT_keyframes, FTPVM_PT_settings, FTPVM_PT_compositor, FTPVM_PT_clip)
