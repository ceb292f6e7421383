# SPDX-License-Identifier: GPL-3.0-or-later
"""The matte in the compositor: one node group for each matted strip, fed by files that play as the strip does."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import bpy

from . import as_seen, compat, homes, identity, results, strips

NAME = results.NAME
_OWNER = strips.MATTE_GROUP  # on the source's node, too
_FILES, _SOURCE = "Matte", "FTP-VM Source"  # names of nodes


def matte_group(strip: Any) -> bpy.types.NodeTree:
    """Make the strip's node group, or give the one there is the strip's present files and timing.

    Inputs: Image; Choke, pixels by which the matte shrinks (negative grows); Feather, pixels of blur; Invert, 0 or 1.
    Until 4.4 Choke and Feather are set on the nodes inside, which say so.
    Outputs: Image, its alpha multiplied by the matte, and Matte. Before its first and after its last file the matte
    holds. Raises results.NoMatteError.
    """
    matte = results.matte_of(strip)
    if matte is None:
        raise results.NoMatteError(f"“{strip.name}” has no matte yet: press Propagate Matte.")
    group = group_or_none(strip)
    if group is None or _FILES not in group.nodes:
        group = _filled(group or bpy.data.node_groups.new(NAME, "CompositorNodeTree"))
        group[_OWNER] = strip.ftpvm.uid
    node = group.nodes[_FILES]
    path = strips.first_file(matte)
    node.image = _sequence(path, node.image, is_matte=True)
    _time(node, strips.timing_of(strip, matte.ftpvm.as_seen), results.matte_frames(matte), 0)
    return group


def refresh(strip: Any) -> None:
    """Let the strip's group and source, where there are any, play what is on disk now, of another format or not."""
    if group_or_none(strip) and results.matte_of(strip):
        matte_group(strip)
        for node in _source_nodes():
            if node[_OWNER] == strip.ftpvm.uid and node.image:
                _play(node, strip)
                node.image.reload()


def group_or_none(strip: Any) -> bpy.types.NodeTree | None:
    """The strip's group, whatever it is called."""
    uid = strip.ftpvm.uid
    return next((each for each in bpy.data.node_groups if uid and each.get(_OWNER) == uid), None)


def add_to_tree(scene: bpy.types.Scene, strip: Any, group: bpy.types.NodeTree) -> Any:
    """Put the group into the scene's compositor, fed by the files that the matte was made of, and return its node.

    Takes the scene's output where nothing else has it. Does nothing but return the node where it is in there already.
    """
    tree, output = compat.compositor(scene)
    node = next((each for each in tree.nodes if getattr(each, "node_tree", None) == group), None)
    if node is not None:
        return node
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree, node.label = group, f"Matte of {strip.name}"
    node.location = output.location.x - 250, output.location.y
    source = _source_node(tree, strip)
    if source is not None:
        source.location = node.location.x - 300, node.location.y
        tree.links.new(source.outputs["Image"], node.inputs["Image"])
    if not output.inputs["Image"].is_linked:
        tree.links.new(node.outputs["Image"], output.inputs["Image"])
    return node


def mask_strip(strip: Any, group: bpy.types.NodeTree) -> Any:
    """From 5.0 on: mask the strip with the group in place of the Mask modifier, in floats and refinable."""
    mine = (each for each in strip.modifiers if each.type == "COMPOSITOR" and each.node_group == group)
    modifier = next(mine, None) or strip.modifiers.new(name=NAME, type="COMPOSITOR")
    modifier.node_group = group
    for each in strip.modifiers:
        if each.type == "MASK" and strips.is_our_modifier(each, strip):
            each.mute = True  # or the matte counts twice
    return modifier


def follow() -> None:
    """Keep everything that was made here in time with its strip. Changes nothing where it is."""
    made = [group for group in bpy.data.node_groups if _OWNER in group]
    if not made:
        return
    by_uid = {strip.ftpvm.uid: (scene, strip) for scene, strip in identity.all_strips() if strip.ftpvm.uid}
    for _, strip in by_uid.values():
        _own_group(strip)
    for group in [group for group in bpy.data.node_groups if _OWNER in group]:
        _, strip = by_uid.get(group[_OWNER], (None, None))
        matte = strip and results.matte_of(strip)
        if matte and _FILES in group.nodes:
            timing = strips.timing_of(strip, matte.ftpvm.as_seen)
            _time(group.nodes[_FILES], timing, results.matte_frames(matte), 0)
    for node in _source_nodes():
        _, strip = by_uid.get(node[_OWNER], (None, None))
        if strip:
            _play(node, strip)


def _own_group(strip: Any) -> None:
    """A cut leaves two strips with one group: the one whose uid is new gets a copy."""
    for modifier in strip.modifiers:
        group = modifier.node_group if modifier.type == "COMPOSITOR" else None
        if group is not None and group.get(_OWNER, strip.ftpvm.uid) != strip.ftpvm.uid:
            modifier.node_group = group_or_none(strip) or _copied(group, strip.ftpvm.uid)


def _copied(group: bpy.types.NodeTree, uid: str) -> bpy.types.NodeTree:
    """The same group for another strip, whose files it can play without the other's changing."""
    copy = group.copy()
    copy[_OWNER] = uid
    node = copy.nodes.get(_FILES)
    if node and node.image:
        node.image = node.image.copy()
    return copy


def _filled(group: bpy.types.NodeTree) -> bpy.types.NodeTree:
    """The group's sockets and nodes, made anew."""
    group.nodes.clear()
    group.interface.clear()
    compat.add_socket(group, "Image", "OUTPUT", "Color", "The image, transparent where the matte is black")
    compat.add_socket(group, "Matte", "OUTPUT", "Float", "The matte as it was applied")
    compat.add_socket(group, "Image", "INPUT", "Color", "The picture that the matte belongs to")
    if compat.HAS_SIZE_SOCKETS:
        compat.add_socket(group, "Choke", "INPUT", "Int", "Pixels by which the matte shrinks; negative grows it")
        compat.add_socket(group, "Feather", "INPUT", "Float", "Pixels of blur", minimum=0)
    compat.add_socket(group, "Invert", "INPUT", "Float", "1 keeps the background instead", minimum=0, maximum=1)
    kinds = {
        "In": "NodeGroupInput", _FILES: "CompositorNodeImage", "Negative": compat.MATH_NODE,
        "Choke": "CompositorNodeDilateErode", "Feather": "CompositorNodeBlur", "Invert": "CompositorNodeInvert",
        "Apply": "CompositorNodeSetAlpha", "Out": "NodeGroupOutput",
    }  # fmt: skip
    nodes = {}
    for place, (name, kind) in enumerate(kinds.items()):
        nodes[name] = group.nodes.new(kind)
        nodes[name].name, nodes[name].location = name, (200 * place, 0)
    nodes["Negative"].operation, nodes["Negative"].inputs[1].default_value = "MULTIPLY", -1
    compat.step_dilate(nodes["Choke"])
    compat.apply_mask(nodes["Apply"])
    link = group.links.new
    link(nodes[_FILES].outputs["Image"], nodes["Choke"].inputs["Mask"])
    link(nodes["Choke"].outputs["Mask"], nodes["Feather"].inputs["Image"])
    link(nodes["Feather"].outputs["Image"], nodes["Invert"].inputs["Color"])
    link(nodes["In"].outputs["Invert"], nodes["Invert"].inputs["Fac"])
    if compat.HAS_SIZE_SOCKETS:
        link(nodes["In"].outputs["Choke"], nodes["Negative"].inputs[0])
        link(nodes["Negative"].outputs[0], nodes["Choke"].inputs["Size"])
        link(nodes["In"].outputs["Feather"], nodes["Feather"].inputs["Size"])
    else:
        nodes["Choke"].label, nodes["Feather"].label = "Choke: minus Distance", "Feather: X and Y"
    link(nodes["In"].outputs["Image"], nodes["Apply"].inputs["Image"])
    link(nodes["Invert"].outputs["Color"], nodes["Apply"].inputs["Alpha"])
    link(nodes["Apply"].outputs["Image"], nodes["Out"].inputs["Image"])
    link(nodes["Invert"].outputs["Color"], nodes["Out"].inputs["Matte"])
    return group


def _sequence(path: str, image: Any, *, is_matte: bool) -> Any:
    """The image that plays the file's sequence: the one there is, or a new one."""
    if image is None:
        image = bpy.data.images.load(path)
    elif image.filepath != path:
        image.filepath = path
    image.source = "SEQUENCE"
    if is_matte:
        image.colorspace_settings.name = "Non-Color"  # right in every version, unlike in the sequencer
    image.reload()  # files may have been written anew
    return image


def _time(node: Any, timing: strips.Footage, frames: range, first_number: int) -> None:
    """Play source frame n, whose file is numbered `first_number` + n, when the strip shows it, held within `frames`.

    An Image node can't play backwards and shows nothing before its start, so it stands at its first frame and a driver
    moves its offset. A simple expression, which Blender runs with scripts disabled, too.
    """
    sign = "+" if timing.step > 0 else "-"
    wanted = f"min(max({timing.offset} {sign} frame, {frames[0]}), {frames[-1]}) + {first_number - 1}"
    path = node.path_from_id("frame_offset")
    animation = node.id_data.animation_data
    curve = animation.drivers.find(path) if animation else None
    if curve is not None and curve.driver.expression == wanted:
        return
    node.frame_duration, node.frame_start, node.use_auto_refresh = 1, -1_000_000, True
    curve = curve or node.driver_add("frame_offset")
    curve.driver.type, curve.driver.expression = "SCRIPTED", wanted


def _source_node(tree: bpy.types.NodeTree, strip: Any) -> Any:
    """An Image node that plays what the matte is made of; None for a strip without files, or whose aren't numbered."""
    if _first_number_or_none(strip) is None:
        return None
    node = tree.nodes.new("CompositorNodeImage")
    node.name, node.label, node[_OWNER] = _SOURCE, strip.name, strip.ftpvm.uid
    _play(node, strip)
    return node


def _play(node: Any, strip: Any) -> None:
    """Let a source's node play what the strip shows now, which may be another file. Writes only what differs."""
    path = _first_file(strip)
    if node.get("file") != path and (number := _first_number_or_none(strip)) is not None:
        with suppress(RuntimeError):  # no such file, which the sequencer shows
            node.image = bpy.data.images.load(path, check_existing=True)
            node["file"], node["first_number"] = path, number
            if _is_as_seen(strip) or (strip.type == "IMAGE" and len(strip.elements) > 1):
                node.image.source = "SEQUENCE"
    if "first_number" in node:
        timing = strips.timing_of(strip, _is_as_seen(strip))
        _time(node, timing, timing.frames, node["first_number"])


def _is_as_seen(strip: Any) -> bool:
    """Whether the strip's matte was made of a rendering of it."""
    matte = results.matte_of(strip)
    return matte is not None and matte.ftpvm.as_seen and len(results.matte_frames(matte)) > 0


def _first_file(strip: Any) -> str:
    """The first of the files that the strip's matte is made of."""
    if _is_as_seen(strip):
        matte = results.matte_of(strip)
        frame = results.matte_frames(matte)[0]
        return os.path.join(matte.directory, homes.SEEN, as_seen.numbered(frame))  # noqa: PTH118
    return strips.first_file(strip)


def _first_number_or_none(strip: Any) -> int | None:
    """The number that its source frame 0 has for an Image node."""
    if _is_as_seen(strip):
        return 0
    if strip.type != "IMAGE":
        return 1 if strip.type == "MOVIE" else None
    names = [element.filename for element in strip.elements]
    found = [re.fullmatch(r".*?(\d+)\.\w+", name) for name in names]
    numbers = [int(each[1]) for each in found if each]
    in_step = numbers == list(range(numbers[0], numbers[0] + len(names))) if numbers else len(names) == 1
    return (numbers[0] if numbers else 1) if in_step else None


def _source_nodes() -> Iterator[Any]:
    """The nodes that play the strips' own files, in every scene's compositor."""
    for scene in [scene for scene in bpy.data.scenes if scene.library is None]:
        tree = compat.compositor_or_none(scene)
        for node in tree.nodes if tree else ():
            if node.bl_idname == "CompositorNodeImage" and _OWNER in node:
                yield node


@bpy.app.handlers.persistent
def _on_change(scene: bpy.types.Scene, depsgraph: Any = None) -> None:
    """After any edit, and after `results` has brought mattes over their strips."""
    if not bpy.app.is_job_running("RENDER") and (depsgraph is None or depsgraph.id_type_updated("SCENE")):
        follow()


def register() -> None:
    for handlers in results.edited():
        handlers.append(_on_change)


def unregister() -> None:
    for handlers in results.edited():
        handlers.remove(_on_change)
