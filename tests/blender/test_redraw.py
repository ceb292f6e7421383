# SPDX-License-Identifier: GPL-3.0-or-later
import bpy
import pytest


@pytest.fixture
def told(addon, monkeypatch):
    """What each workspace's status bar says: Blender tells the context's, whichever is asked."""
    lines = {}
    monkeypatch.setattr(
        bpy.types.WorkSpace, "status_text_set", lambda _, text: lines.update({bpy.context.workspace.name: text})
    )
    return lines


def test_the_line_leaves_the_workspace_that_the_artist_left(scene, addon, told):
    here = bpy.context.workspace.name
    left = next(each.name for each in bpy.data.workspaces if each.name != here)
    told[left] = "Matting 1"
    addon.redraw.show("Matting 2")
    assert told[left] is None and told[here] == "Matting 2"
    addon.redraw.show(None)
    assert not any(told.values())


def test_a_button_leaves_a_running_jobs_line(scene, addon, told):
    strip = addon.compat.strips(scene.sequence_editor).new_movie("plate", "examples/clip/clip.mp4", 1, 1)
    scene.sequence_editor.active_strip, strip.ftpvm.keyframes_from = strip, "IMAGES"
    assert bpy.ops.ftpvm.remove_keyframe(frame=1) == {"FINISHED"}
    assert not told
