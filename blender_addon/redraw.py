# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask Blender to show a run's progress: draw again what shows it, and a line in the status bar."""

from typing import Any

import bpy

_SHOWN_IN = {"SEQUENCE_EDITOR", "CLIP_EDITOR"}


def show(status: str | None) -> None:
    """Redraw the sequencers and clip editors; `status` goes into the status bar, None gives it back to Blender."""
    for window in bpy.context.window_manager.windows:
        window.workspace.status_text_set(status)
        for area in window.screen.areas:
            if area.type in _SHOWN_IN:
                area.tag_redraw()


def undo_step(words: str) -> None:
    """Make what was changed since the last step one that the artist can undo."""
    windows: Any = bpy.context.window_manager.windows
    if windows and not bpy.app.background:
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=words)
