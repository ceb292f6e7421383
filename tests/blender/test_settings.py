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


def test_a_range_begins_as_all_that_is_shown_and_stays_as_it_was_set(scene, addon):
    strips = addon.compat.strips(scene.sequence_editor)
    strips.new_movie("other", "examples/clip/clip.mp4", 2, 1)
    strip = strips.new_movie("plate", "examples/clip/clip.mp4", 1, 10)
    strip.ftpvm.use_range = True
    assert (strip.ftpvm.range_first, strip.ftpvm.range_last) == (10, 57)
    strip.ftpvm.range_first = 20
    for on in (False, True):
        strip.ftpvm.use_range = on
    assert (strip.ftpvm.range_first, strip.ftpvm.range_last) == (20, 57)
