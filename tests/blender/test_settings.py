# SPDX-License-Identifier: GPL-3.0-or-later
import bpy


def test_settings_are_saved_with_the_strip(scene, addon, tmp_path):
    editor = scene.sequence_editor
    strip = addon.compat.strips(editor).new_movie("plate", "examples/clip/clip.mp4", 1, 1)
    strip.ftpvm.band_inner, strip.ftpvm.mask = 5, bpy.data.masks.new("Roto")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    strip = addon.compat.strips(bpy.context.scene.sequence_editor)[0]
    assert (strip.ftpvm.band_inner, strip.ftpvm.mask.name) == (5, "Roto")
