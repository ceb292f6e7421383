# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyframe list's buttons: jump to one, add one at the playhead, remove one."""

import bpy
from bpy.props import IntProperty

from .. import compat, mask_keys, redraw, trimap_images
from ..errors import UserError
from ..keyframes import shown_keyframes
from .propagate import chosen_strip


class _KeyframeOperator:
    frame: IntProperty(name="Frame", description="Timeline frame of the keyframe")

    @classmethod
    def poll(cls, context):
        return chosen_strip(context) is not None


class JumpToKeyframe(_KeyframeOperator, bpy.types.Operator):
    bl_idname = "ftpvm.jump_to_keyframe"
    bl_label = "Jump to Keyframe"
    bl_description = "Move the playhead to this keyframe"

    def execute(self, context):
        compat.sequencer_scene(context).frame_set(self.frame)
        return {"FINISHED"}


class AddKeyframe(bpy.types.Operator):
    bl_idname = "ftpvm.add_keyframe"
    bl_label = "Add Keyframe"
    bl_description = "Key the whole mask as it is at the playhead, so that the matte starts anew from there"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        strip = chosen_strip(context)
        return strip is not None and strip.ftpvm.keyframes_from == "MASK" and strip.ftpvm.mask is not None

    def execute(self, context):
        scene, strip = compat.sequencer_scene(context), chosen_strip(context)
        if not compat.left_handle(strip) <= scene.frame_current < compat.right_handle(strip):
            self.report({"ERROR"}, "The playhead isn't over the strip: move it there first.")
            return {"CANCELLED"}
        try:
            mask_keys.insert_key(strip.ftpvm.mask, scene.frame_current)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class NewMask(bpy.types.Operator):
    bl_idname = "ftpvm.new_mask"
    bl_label = "New Mask"
    bl_description = "Make an empty mask for this strip, to be drawn in the Movie Clip or Image editor"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return chosen_strip(context) is not None

    def execute(self, context):
        strip = chosen_strip(context)
        mask = bpy.data.masks.new(strip.name)
        mask.layers.new()
        strip.ftpvm.keyframes_from, strip.ftpvm.mask = "MASK", mask
        return {"FINISHED"}


class RemoveKeyframe(_KeyframeOperator, bpy.types.Operator):
    bl_idname = "ftpvm.remove_keyframe"
    bl_label = "Remove Keyframe"
    bl_description = "Take this keyframe away; the frames around it then hang on its neighbours"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        strip = chosen_strip(context)
        return strip is not None and strip.ftpvm.keyframes_from in ("MASK", "IMAGES")

    def execute(self, context):
        scene, strip = compat.sequencer_scene(context), chosen_strip(context)
        if strip.ftpvm.keyframes_from == "MASK":
            mask_keys.remove_key(strip.ftpvm.mask, self.frame)
        else:
            for frame in {key.frame for key in shown_keyframes(strip, scene) if key.shown == self.frame}:
                trimap_images.forget_trimap(strip, frame)
        redraw.editors()
        return {"FINISHED"}


CLASSES = (JumpToKeyframe, NewMask, AddKeyframe, RemoveKeyframe)
