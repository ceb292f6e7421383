# SPDX-License-Identifier: GPL-3.0-or-later
"""What is saved in the .blend: for each strip, where its keyframes come from and how its matte is made."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import compat, strips

KEYFRAME_SOURCES = (
    ("MASK", "Mask", "Every frame on which any layer of a mask is keyed"),
    ("STRIP", "Strip", "An image or image-sequence strip of trimaps or mattes: each of its pictures is a keyframe"),
    ("IMAGES", "Painted Trimaps", "Trimaps painted in the Image editor, made by New Trimap at This Frame"),
)  # fmt: skip
STRIP_HOLDS = (
    ("TRIMAPS", "Trimaps", "Black background, white foreground, grey unknown"),
    ("MATTES", "Mattes or Masks", "The band around their edge becomes unknown"),
)
DIRECTIONS = (
    ("both", "Both", "Between keyframes a forward and a backward pass, blended; beyond them away from the nearest"),
    ("forward", "Forward", "Only forward from each keyframe"),
    ("backward", "Backward", "Only backward from each keyframe"),
)  # fmt: skip
FORMATS = (
    ("png16", "PNG 16 bit", "Lossless, 16 bits a pixel"),
    ("png8", "PNG 8 bit", "Small files, 8 bits a pixel"),
    ("exr", "OpenEXR half", "Half floats"),
)  # fmt: skip


class Trimap(bpy.types.PropertyGroup):
    """A painted keyframe."""

    frame: IntProperty(name="Frame", description="Source frame that the trimap belongs to")
    image: PointerProperty(
        name="Trimap", type=bpy.types.Image, description="Black background, white foreground, grey unknown"
    )


class DoneKeyframe(bpy.types.PropertyGroup):
    """A keyframe as it was when the mattes were made."""

    frame: IntProperty()
    digest: StringProperty()


class SpanState(bpy.types.PropertyGroup):
    """Frames that hang on the same keyframes, in source frames."""

    first: IntProperty()
    last: IntProperty()
    state: EnumProperty(items=[("stale", "Stale", ""), ("running", "Running", ""), ("done", "Done", "")])


def _begin_range(settings, context):
    """A range that was never set is all that is shown."""
    if settings.use_range and settings.range_first == settings.range_last == 0:
        strip = _strip_of(settings)
        settings.range_first, settings.range_last = compat.left_handle(strip), compat.right_handle(strip) - 1


def _recount(settings, context):
    """Painted trimaps stay on the timeline frames that they were painted for: a rendering counts from elsewhere."""
    if settings.as_seen == settings.counts_as_seen:  # set to what it was
        return
    strip, settings.counts_as_seen = _strip_of(settings), settings.as_seen
    before, now = (strips.timing_of(strip, as_seen) for as_seen in (not settings.as_seen, settings.as_seen))
    for item in settings.painted:
        item.frame = now.offset + now.step * before.timeline_frame(item.frame)


def _strip_of(settings):
    """The strip that has these settings."""
    return next(each for each in compat.all_strips(settings.id_data.sequence_editor) if each.ftpvm == settings)


class StripSettings(bpy.types.PropertyGroup):
    """`strip.ftpvm`."""

    uid: StringProperty(description="Ties a matte to its source, whatever the strips are called", options={"HIDDEN"})
    matte_of: StringProperty(description="On a matte strip: the uid of its source", options={"HIDDEN"})
    keyframes_from: EnumProperty(
        name="Keyframes From", items=KEYFRAME_SOURCES, description="What says what is foreground on the keyframes"
    )
    mask: PointerProperty(name="Mask", type=bpy.types.Mask, description="Its keyed frames are the keyframes")
    strip_holds: EnumProperty(name="Holds", items=STRIP_HOLDS, description="What the strip's pictures are")
    trimap_strip: StringProperty(
        name="Trimap Strip",
        description="One of the image strips of trimaps or mattes; all in its channel count, each where it lies",
    )
    painted: CollectionProperty(type=Trimap)
    band_inner: IntProperty(
        name="Inside",
        default=8,
        min=0,
        soft_max=100,
        subtype="PIXEL",
        description="Pixels inside the mask's edge that the network decides about",
    )
    band_outer: IntProperty(
        name="Outside",
        default=12,
        min=0,
        soft_max=100,
        subtype="PIXEL",
        description="Pixels outside the mask's edge that the network decides about",
    )
    use_range: BoolProperty(name="Range", update=_begin_range, description="Matte only a part of the strip")
    range_first: IntProperty(name="Start", description="First timeline frame to matte")
    range_last: IntProperty(name="End", description="Last timeline frame to matte")
    direction: EnumProperty(name="Direction", items=DIRECTIONS, description="Which way keyframes spread")
    resolution: IntProperty(
        name="Resolution",
        min=0,
        soft_max=2048,
        subtype="PIXEL",
        description="Long side at which the network works; 0 takes what the weights are best at",
    )
    adapt: BoolProperty(
        name="Adapt to Keyframes",
        description="Train the network on the keyframes first: better mattes of hard shots. Every stretch between two "
        "keyframes then starts later, on a CPU by a minute or two at 512 px",
    )
    format: EnumProperty(name="Format", items=FORMATS, description="File format of the mattes")
    folder: StringProperty(
        name="Folder", subtype="DIR_PATH", default="//mattes/", description="Where mattes go; // is the .blend's folder"
    )
    as_seen: BoolProperty(
        name="As Seen",
        update=_recount,
        description="Render this strip through the sequencer because its file alone doesn't show what you see",
    )
    counts_as_seen: BoolProperty(description="How the frames of painted trimaps are counted", options={"HIDDEN"})
    spans: CollectionProperty(type=SpanState)
    done_keyframes: CollectionProperty(type=DoneKeyframe)
    unfinished: StringProperty(description="The machine that a run is under way on", options={"HIDDEN"})
    message: StringProperty(description="How the last run ended", options={"HIDDEN"})


CLASSES = (Trimap, DoneKeyframe, SpanState, StripSettings)


def register() -> None:
    compat.STRIP_TYPE.ftpvm = PointerProperty(type=StripSettings)


def unregister() -> None:
    del compat.STRIP_TYPE.ftpvm
