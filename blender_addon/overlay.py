# SPDX-License-Identifier: GPL-3.0-or-later
"""The coverage strip: along the foot of each matted strip in the timeline, which spans are done, and its keyframes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from . import compat, results
from .coverage import Span, spans_now
from .errors import UserError
from .keyframes import Keyframe, shown_keyframes
from .strips import Footage, timing_of

COLOURS = {"done": (0.25, 0.75, 0.35, 1.0), "stale": (0.95, 0.65, 0.15, 1.0), "running": (0.25, 0.6, 1.0, 1.0)}
_DIAMOND, _EDGE = (0.97, 0.97, 0.97, 1.0), (0.0, 0.0, 0.0, 0.8)
_HEIGHT, _RADIUS = 6.0, 5.0  # pixels at a resolution scale of 1
_FOOT = 0.05  # of a channel lies between its border and a strip

Point = tuple[float, float]


@dataclass(frozen=True)
class Bar:
    """A piece of the coverage strip: from `left` to `right` on the timeline, as edges, not frames."""

    left: int
    right: int
    state: str


def bars(spans: Iterable[Span], timing: Footage) -> list[Bar]:
    """Spans (first and last source frame, state) as they lie under the strip, left to right, what is hidden cut off.

    Neighbours of one state stay apart, since they hang on different keyframes.
    """
    found = []
    for first, last, state in spans:
        start, end = sorted(map(timing.timeline_frame, (first, last)))
        left, right = max(start, timing.shown.start), min(end + 1, timing.shown.stop)
        if left < right:
            found.append(Bar(left, right, state))
    return sorted(found, key=lambda bar: bar.left)


def diamond(x: float, y: float, radius: float) -> list[Point]:
    """Corners of a keyframe's mark: left, bottom, right, top."""
    return [(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]


def covered(scene: bpy.types.Scene) -> Iterator[tuple[Any, list[Bar], list[int]]]:
    """The matted strips, the bars under each, and the timeline frames of its keyframes."""
    for strip in compat.strips(scene.sequence_editor):
        if strip.ftpvm.uid and not strip.ftpvm.matte_of:
            keys = _keyframes(strip, scene)
            matte = results.matte_of(strip)
            timing = timing_of(strip, (matte or strip).ftpvm.as_seen)
            yield strip, bars(spans_now(strip, keys), timing), [key.shown for key in keys]


def _draw() -> None:
    context = bpy.context
    scene, space = compat.sequencer_scene(context), context.space_data
    editor = scene.sequence_editor if scene else None
    if editor is None or len(editor.meta_stack) or not getattr(space, "show_overlays", True):
        return
    to_pixels, scale = context.region.view2d.view_to_region, context.preferences.system.ui_scale
    quads: dict[Any, list[list[Point]]] = {}
    for strip, under, keyed in covered(scene):
        foot = to_pixels(0, strip.channel + _FOOT, clip=False)[1]
        for bar in under:
            left, right = (to_pixels(frame, 0, clip=False)[0] for frame in (bar.left, bar.right))
            right = max(right - 1, left + 1)  # a gap between two spans
            top = foot + _HEIGHT * scale
            quads.setdefault(COLOURS[bar.state], []).append([(left, foot), (right, foot), (right, top), (left, top)])
        for frame in keyed:
            x, y = to_pixels(frame, 0, clip=False)[0], foot + _HEIGHT * scale / 2
            quads.setdefault(_EDGE, []).append(diamond(x, y, (_RADIUS + 1.5) * scale))
            quads.setdefault(_DIAMOND, []).append(diamond(x, y, _RADIUS * scale))
    _paint(quads)


def _keyframes(strip: Any, scene: bpy.types.Scene) -> list[Keyframe]:
    try:
        return shown_keyframes(strip, scene)
    except UserError:  # its file is gone, which the panel says
        return []


def _paint(quads: dict[Any, list[list[Point]]]) -> None:
    """Fill four-cornered shapes, keyed by colour; the marks of keyframes last."""
    import gpu  # not in every build without a window
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    for colour in (*COLOURS.values(), _EDGE, _DIAMOND):
        corners = [corner for quad in quads.get(colour, ()) for corner in quad]
        triangles = [(i + a, i + b, i + c) for i in range(0, len(corners), 4) for a, b, c in ((0, 1, 2), (0, 2, 3))]
        if corners:
            shader.uniform_float("color", colour)
            batch_for_shader(shader, "TRIS", {"pos": corners}, indices=triangles).draw(shader)
    gpu.state.blend_set("NONE")


_handle: Any = None


def register() -> None:
    global _handle
    if not bpy.app.background:  # there is nothing to draw on
        _handle = bpy.types.SpaceSequenceEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceSequenceEditor.draw_handler_remove(_handle, "WINDOW")
        _handle = None
