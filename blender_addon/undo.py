# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo steps of what runs change: pushed into a brush stroke, one would tear it in two and its paint be lost."""

from typing import Any

import bpy

# Operators of Blender's own: an add-on that shows pressed keys, say, is modal all day.
_STROKES = ("PAINT_OT_", "SCULPT_OT_", "GPENCIL_OT_", "GREASE_PENCIL_OT_", "MASK_OT_", "TRANSFORM_OT_", "SEQUENCER_OT_")

_waiting: str | None = None  # what the step is called that a stroke or drag holds back


def step(words: str) -> None:
    """Make what was changed since the last step one that the artist can undo, as soon as no stroke is under way."""
    global _waiting
    _waiting = words
    is_waiting()


def is_waiting() -> bool:
    """Push the step that was held back, if it can be by now. True while it can't."""
    global _waiting
    windows: Any = bpy.context.window_manager.windows
    if bpy.app.background or not windows:
        forget()
    running = (operator.bl_idname for window in windows for operator in window.modal_operators)
    if _waiting is None or any(name.startswith(_STROKES) for name in running):
        return _waiting is not None
    words, _waiting = _waiting, None
    with bpy.context.temp_override(window=windows[0]):
        bpy.ops.ed.undo_push(message=words)
    return False


def forget() -> None:
    """Nothing waits any more: what it would undo is gone."""
    global _waiting
    _waiting = None
