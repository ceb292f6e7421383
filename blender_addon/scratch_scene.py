# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene that nobody sees, made to let the sequencer render one still and removed after."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from . import compat
from .errors import UserError


class BusyError(UserError):
    """Blender renders something else. `str(error)` says so in one sentence."""


@contextmanager
def scratch_scene(size: tuple[int, int]) -> Iterator[tuple[bpy.types.Scene, Any]]:
    """An empty scene of `size` (width, height) whose pixels are its strips', and its strips."""
    scene = bpy.data.scenes.new("FTP-VM scratch")
    strips = compat.strips(scene.sequence_editor_create())
    try:
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
        render.use_file_extension, render.dither_intensity = False, 0.0
        scene.view_settings.view_transform = "Standard"
        compat.choose_stills(render.image_settings)
        yield scene, strips
    finally:
        bpy.data.scenes.remove(scene)


def render_still(scene: bpy.types.Scene, frame: int, path: Path) -> None:
    """Render one frame to exactly this path. Blocks. Raises BusyError; only the Render Result is another after it."""
    if bpy.app.is_job_running("RENDER"):
        raise BusyError("Blender is rendering: wait for it, then try again.")
    scene.frame_current, scene.render.filepath = frame, str(path)
    with bpy.context.temp_override(scene=scene):  # the operator's own `scene` takes the frame from the visible one
        bpy.ops.render.render(write_still=True)
