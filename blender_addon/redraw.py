# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask Blender to show a run's progress: draw again what shows it, and a line in the status bar."""

import bpy

_SHOWN_IN = {"SEQUENCE_EDITOR", "CLIP_EDITOR", "IMAGE_EDITOR"}


def editors() -> None:
    """Draw again what shows runs, keyframes and trimaps."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _SHOWN_IN:
                area.tag_redraw()


def show(status: str | None) -> None:
    """`editors`, and `status` in the status bar; None gives it back to Blender."""
    windows = list(bpy.context.window_manager.windows)
    shown = {window.workspace: window for window in reversed(windows)}  # a main window shares its own with others
    for workspace in bpy.data.workspaces if windows else ():
        # Blender tells the context's workspace, whichever is asked; in one override, the window's would win.
        window = bpy.context.temp_override(window=shown.get(workspace, windows[0]))
        with window, bpy.context.temp_override(workspace=workspace):
            workspace.status_text_set(status if workspace in shown else None)  # the artist may have left the others
    editors()
