# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by `as_seen.py` in a Blender of its own: renders one strip of a .blend, alone, frame by frame.

The add-on isn't enabled here, so this imports nothing of it, not even `compat.py`. Usage: Blender's Python, this file,
`as_seen.py`'s JSON file.
"""

import json
import sys
from pathlib import Path
from typing import Any

import bpy


def main(order: dict[str, Any]) -> None:
    bpy.ops.wm.open_mainfile(filepath=order["blend"], load_ui=False, use_scripts=order["use_scripts"])
    scene = bpy.data.scenes[order["scene"]]
    strip = _all_strips(scene.sequence_editor)[order["strip"]]
    _isolate(scene, strip, order["modifiers_off"])
    _set_output(scene, order["depth"])
    pattern = Path(order["pattern"])
    with bpy.context.temp_override(scene=scene):
        for number, frame in order["frames"]:
            scene.frame_set(frame)
            _render(scene, pattern.with_name(pattern.name.replace("######", f"{number:06d}")))
            print(f"FTPVM {number}", flush=True)


def _isolate(scene: bpy.types.Scene, strip: Any, modifiers_off: list[str]) -> None:
    """Show nothing but the strip, with what it is made of, opaque."""
    editor = scene.sequence_editor
    editor.display_stack(None)  # the sequencer may have been left inside a meta strip
    for name in modifiers_off:
        strip.modifiers[name].mute = True
    shown_names = needed(strip, editor)
    for other in _all_strips(editor):
        if other.name not in shown_names:
            other.mute = True
    for shown in (strip, *_parents(strip)):
        shown.mute = False
        (shown.parent_meta() or editor).channels[shown.channel].mute = False
    opacity = f"{strip.path_from_id()}.blend_alpha"
    for curve in _curves(scene):
        if curve.data_path == opacity:
            curve.mute = True
    strip.blend_type, strip.blend_alpha = "REPLACE", 1.0


def needed(strip: Any, editor: Any) -> set[str]:
    """Names of the strips without which this one is empty: itself, its parents, all that it is made of."""
    names, waiting = {parent.name for parent in _parents(strip)}, [strip]
    while waiting:
        one = waiting.pop()
        if one.name not in names:
            names.add(one.name)
            waiting += filter(None, _made_of(one, editor))
    return names


def _made_of(strip: Any, editor: Any) -> list[Any]:
    inside = list(_strips(strip)) if strip.type == "META" else []
    if strip.type in ("ADJUSTMENT", "MULTICAM"):
        inside = [other for other in _strips(strip.parent_meta() or editor) if other.channel < strip.channel]
    inputs = [getattr(strip, name, None) for name in ("input_1", "input_2")]
    return inside + inputs + [each.input_mask_strip for each in strip.modifiers if not each.mute]


def _parents(strip: Any) -> list[Any]:
    parent = strip.parent_meta()
    return [parent, *_parents(parent)] if parent else []


def _set_output(scene: bpy.types.Scene, depth: str) -> None:
    """Pictures as the sequencer's preview shows them, at full size."""
    render, settings = scene.render, scene.render.image_settings
    render.use_sequencer, render.use_compositing = True, False
    render.resolution_percentage, render.dither_intensity, render.use_multiview = 100, 0.0, False
    render.use_file_extension = render.use_border = False
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth, settings.compression = "PNG", "RGB", depth, 15
    settings.color_management = "FOLLOW_SCENE"
    for name in dir(render):
        if name.startswith("use_stamp"):  # dates and render times would make every file another
            setattr(render, name, False)


def _render(scene: bpy.types.Scene, path: Path) -> None:
    """Files appear whole, and stay as they were where nothing changed: if none did, the mattes stay up to date."""
    part = path.with_suffix(".part")
    scene.render.filepath = str(part)
    bpy.ops.render.render(write_still=True)
    if path.is_file() and path.read_bytes() == part.read_bytes():
        part.unlink()
    else:
        part.replace(path)


def _strips(owner: Any) -> Any:
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def _all_strips(editor: Any) -> Any:
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def _curves(scene: bpy.types.Scene) -> list[Any]:
    animation = scene.animation_data
    if not (animation and animation.action):
        return []
    if not hasattr(animation, "action_slot"):
        return list(animation.action.fcurves)
    bags = [part.channelbag(animation.action_slot) for layer in animation.action.layers for part in layer.strips]
    return [curve for bag in bags if bag for curve in bag.fcurves]


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8")))
