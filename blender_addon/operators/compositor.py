# SPDX-License-Identifier: GPL-3.0-or-later
"""Add Matte Nodes."""

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import compat, compositor, results
from .propagate import StripOperator, chosen_strip


class AddMatteNodes(StripOperator, bpy.types.Operator):
    bl_idname = "ftpvm.add_matte_nodes"
    bl_label = "Add Matte Nodes"
    bl_description = "Make the node group “FTP-VM Matte” for this strip's matte, or bring the one there is up to date"
    bl_options = {"REGISTER", "UNDO"}

    strip: StringProperty(name="Strip", description="Name of the source strip; the active one where it is empty")
    into_tree: BoolProperty(
        name="Into the Scene's Compositor", default=True,
        description="Put the group into the scene's node tree, fed by the pictures that the matte is made of",
    )  # fmt: skip
    as_modifier: BoolProperty(
        name="As Strip Modifier",
        description="Mask the strip with the group instead of a Mask modifier (Blender 5.0 and later)",
    )

    def draw(self, context):
        self.layout.prop(self, "into_tree")
        if compat.HAS_COMPOSITOR_MODIFIER:
            self.layout.prop(self, "as_modifier")

    def execute(self, context):
        strip, scene = chosen_strip(context, self.strip), compat.sequencer_scene(context)
        if strip is None:
            self.report({"ERROR"}, f"There is no strip called “{self.strip}”." if self.strip else "Select a strip.")
            return {"CANCELLED"}
        if self.as_modifier and not compat.HAS_COMPOSITOR_MODIFIER:
            self.report({"ERROR"}, "Compositor strip modifiers need Blender 5.0 or later.")
            return {"CANCELLED"}
        results.realign(scene)  # Blender tells of a cut only with the next edit
        try:
            group = compositor.matte_group(strip)
        except results.NoMatteError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if self.into_tree:
            compositor.add_to_tree(scene, strip, group)
        if self.as_modifier:
            compositor.mask_strip(strip, group)
        return {"FINISHED"}


CLASSES = (AddMatteNodes,)
