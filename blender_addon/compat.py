# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences between Blender versions that the add-on knows of; `render_strip.py` runs alone and has its own."""

from typing import Any

import bpy

STRIP_TYPE: Any = getattr(bpy.types, "Strip", None) or bpy.types.Sequence  # `Sequence` until 4.3


def strips(editor: Any) -> Any:
    """The top-level strips of a sequence editor."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def all_strips(editor: Any) -> Any:
    """The strips of a sequence editor, those inside meta strips too."""
    return getattr(editor, all_strips_name(editor))


def siblings(strip: Any, editor: Any) -> Any:
    """The strips among which a strip lies: the top-level ones, or those of its meta strip."""
    return strips(strip.parent_meta() or editor)


def left_handle(strip: Any) -> int:
    """First timeline frame on which the strip is shown."""
    return int(strip.left_handle if hasattr(strip, "left_handle") else strip.frame_final_start)


def right_handle(strip: Any) -> int:
    """Timeline frame after the last on which the strip is shown."""
    return int(strip.right_handle if hasattr(strip, "right_handle") else strip.frame_final_end)


def content_start(strip: Any) -> float:
    """Timeline frame of the first frame that the strip could show."""
    return float(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def content_duration(strip: Any) -> int:
    """How many timeline frames the strip could show without holding its last."""
    return int(strip.content_duration if hasattr(strip, "content_duration") else strip.frame_duration)


def content_trim(strip: Any) -> tuple[int, int]:
    """Media frames that the strip leaves out at its start and at its end."""
    if hasattr(strip, "content_trim_start"):
        return strip.content_trim_start, strip.content_trim_end
    return strip.animation_offset_start, strip.animation_offset_end


def fcurves(owner: Any) -> list[Any]:
    """The curves of the action that animates a data-block; from 4.4 on an action has a slot for each user."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return []
    action = animation.action
    if not hasattr(animation, "action_slot"):
        return list(action.fcurves)
    bags = [strip.channelbag(animation.action_slot) for layer in action.layers for strip in layer.strips]
    return [curve for bag in bags if bag for curve in bag.fcurves]


def sequencer_scene(context: Any) -> Any:
    """The scene that the sequencer shows: from 5.0 on it need not be the window's."""
    return getattr(context, "sequencer_scene", None) or context.scene


def as_sequencer_scene(scene: bpy.types.Scene) -> dict[str, Any]:
    """What to override in a context so that sequencer operators work on this scene."""
    return {"sequencer_scene": scene} if bpy.app.version >= (5, 0) else {}


def all_strips_name(editor: Any) -> str:
    """What the strips are called that `all_strips` returns."""
    return "strips_all" if hasattr(editor, "strips_all") else "sequences_all"


def set_content_start(strip: Any, frame: int) -> None:
    """Move the strip so that its content starts there; its handles move along."""
    setattr(strip, "content_start" if hasattr(strip, "content_start") else "frame_start", frame)


def set_handles(strip: Any, left: int, right: int) -> None:
    """Show the strip from `left` until before `right`."""
    old, new = ("frame_final_start", "frame_final_end"), ("left_handle", "right_handle")
    ends = list(zip(new if hasattr(strip, "left_handle") else old, (left, right), strict=True))
    for name, frame in ends if left < right_handle(strip) else reversed(ends):  # they can't cross
        setattr(strip, name, frame)


def matte_label(format: str, scene: bpy.types.Scene) -> str:
    """The colour space to give a matte strip so that the sequencer reads the file's values as they are.

    8 bit is never converted. Until 5.1 deeper files are brought into the sequencer's space as if they were colours.
    """
    if format == "png8" or bpy.app.version >= (5, 2):
        return "Non-Color"
    return scene.sequencer_colorspace_settings.name


def mask_is_flipped_with_source() -> bool:
    """Whether the sequencer applies a strip's flip after its Mask modifier, to picture and mask at once."""
    return bpy.app.version >= (5, 0)


# Before 5.0 the last pixel of a mask strip, at the top right, is whatever was in memory.
MASK_STRIPS_MISS_A_PIXEL = bpy.app.version < (5, 0)


def choose_stills(image_settings: Any) -> None:
    """Let render settings take the name of an image format: from 5.0 on they may be set to movies only."""
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "IMAGE"


# Until 4.4 these nodes take sizes from their own fields only.
HAS_SIZE_SOCKETS = bpy.app.version >= (4, 5)
HAS_COMPOSITOR_MODIFIER = bpy.app.version >= (5, 0)
MATH_NODE = "ShaderNodeMath" if bpy.app.version >= (4, 5) else "CompositorNodeMath"


def compositor_or_none(scene: bpy.types.Scene) -> Any:
    """The scene's compositor nodes."""
    return scene.compositing_node_group if hasattr(scene, "compositing_node_group") else scene.node_tree


def compositor(scene: bpy.types.Scene) -> tuple[Any, Any]:
    """The scene's compositor nodes and their output node, made where there are none. Turns the compositor on."""
    kind = "NodeGroupOutput"
    if hasattr(scene, "compositing_node_group"):
        if scene.compositing_node_group is None:
            scene.compositing_node_group = bpy.data.node_groups.new(f"{scene.name} Compositing", "CompositorNodeTree")
            add_socket(scene.compositing_node_group, "Image", "OUTPUT", "Color", "What the scene renders")
    else:
        kind, was_empty = "CompositorNodeComposite", scene.node_tree is None
        scene.use_nodes = True
        if was_empty:
            scene.node_tree.nodes.clear()  # of a camera's picture
    nodes = compositor_or_none(scene).nodes
    output = next((node for node in nodes if node.bl_idname == kind), None) or nodes.new(kind)
    return compositor_or_none(scene), output


def add_socket(
    group: Any,
    name: str,
    in_out: str,
    kind: str,
    description: str,
    minimum: float | None = None,
    maximum: float | None = None,
) -> None:
    """A socket on a node group, of kind Color, Float or Int; numbers begin at 0."""
    socket = group.interface.new_socket(name, in_out=in_out, socket_type=f"NodeSocket{kind}", description=description)
    if minimum is not None:
        socket.min_value = minimum
    if maximum is not None:
        socket.max_value, socket.subtype = maximum, "FACTOR"


def step_dilate(node: Any) -> None:
    """Let a Dilate/Erode node move edges by whole pixels."""
    if hasattr(node, "mode"):
        node.mode = "STEP"
    else:
        node.inputs["Type"].default_value = "Steps"


def apply_mask(node: Any) -> None:
    """Let a Set Alpha node multiply the alpha there is, premultiplied colours with it."""
    if hasattr(node, "mode"):
        node.mode = "APPLY"
    else:
        node.inputs["Type"].default_value = "Apply Mask"


# The keymaps of the sequencer's two halves.
SEQUENCER_KEYMAPS = ("Sequencer", "Preview" if bpy.app.version >= (4, 5) else "SequencerPreview")
KEEPS_PICTURES_OF_FILES = bpy.app.version >= (5, 0)  # those read by strips, until it is told to read them anew


def unified_paint(scene: bpy.types.Scene) -> Any:
    """What all brushes of image painting may share: size, strength, colour."""
    settings = scene.tool_settings
    return getattr(settings, "unified_paint_settings", None) or settings.image_paint.unified_paint_settings


def set_brush_grey(brush: bpy.types.Brush, grey: float) -> None:
    """Paint this grey, 0..1 as displayed: from 5.0 on brushes keep scene-linear colours."""
    linear = brush.bl_rna.properties["color"].subtype == "COLOR"
    brush.color = [((grey + 0.055) / 1.055) ** 2.4 if linear and grey > 0.04045 else grey] * 3


def set_hard_edge(brush: bpy.types.Brush) -> None:
    """No fall-off from the brush's middle to its edge."""
    name = "curve_preset" if hasattr(brush, "curve_preset") else "curve_distance_falloff_preset"
    setattr(brush, name, "CONSTANT")


def use_brush(scene: bpy.types.Scene, brush: bpy.types.Brush) -> None:
    """Paint images with this brush; from 4.3 on brushes are assets, and only a mode's own operator changes them.

    Raises RuntimeError where Blender hasn't read its assets yet.
    """
    if not scene.tool_settings.image_paint.is_property_readonly("brush"):
        scene.tool_settings.image_paint.brush = brush
        return
    if brush.asset_data is None:
        brush.asset_mark()
    bpy.ops.brush.asset_activate(asset_library_type="LOCAL", relative_asset_identifier=f"Brush/{brush.name}")
