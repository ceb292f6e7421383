# SPDX-License-Identifier: GPL-3.0-or-later
import bpy
import pytest
from shots import add_movie


@pytest.fixture
def strip(scene, addon):
    strip = add_movie(scene, addon)
    strip.ftpvm.mask = bpy.data.masks.new("Roto")
    strip.ftpvm.mask.layers.new().splines.new().points.add(3)
    return strip


def test_the_buttons_key_the_mask_at_the_playhead_and_take_keys_away(strip, scene, addon):
    point = strip.ftpvm.mask.layers[0].splines[0].points[0]
    for frame, x in ((3, 0.25), (9, 0.75)):
        scene.frame_set(frame)
        point.co.x = x
        assert bpy.ops.ftpvm.add_keyframe() == {"FINISHED"}
    assert addon.roto.mask_key_frames(strip.ftpvm.mask) == [3, 9]
    scene.frame_set(6)
    assert point.co.x == pytest.approx(0.5, abs=0.01)  # between its keys
    bpy.ops.ftpvm.jump_to_keyframe(frame=3)
    assert scene.frame_current == 3
    assert bpy.ops.ftpvm.remove_keyframe(frame=3) == {"FINISHED"}
    assert addon.roto.mask_key_frames(strip.ftpvm.mask) == [9]


def test_the_editors_stay_as_they_were(strip, scene):
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[-1]
    area.type = "IMAGE_EDITOR"
    area.spaces.active.mode = "PAINT"
    kinds = [each.type for each in window.screen.areas]
    assert bpy.ops.ftpvm.add_keyframe() == {"FINISHED"}
    assert [each.type for each in window.screen.areas] == kinds
    assert area.spaces.active.mode == "PAINT" and area.spaces.active.mask is None


def test_a_scene_that_no_window_shows_is_keyed_at_its_own_playhead(strip, scene, addon):
    if not hasattr(bpy.context, "sequencer_scene"):
        pytest.skip("before 5.0 the sequencer shows the window's scene")
    scene.frame_set(7)
    bpy.context.window.scene = bpy.data.scenes.new("another")
    assert bpy.ops.ftpvm.add_keyframe() == {"FINISHED"}
    assert addon.roto.mask_key_frames(strip.ftpvm.mask) == [7]
    assert bpy.ops.ftpvm.remove_keyframe(frame=7) == {"FINISHED"}
    assert addon.roto.mask_key_frames(strip.ftpvm.mask) == []


def test_a_new_mask_is_the_strips(strip, addon):
    assert bpy.ops.ftpvm.new_mask() == {"FINISHED"}
    mask = strip.ftpvm.mask
    assert mask.name.startswith(strip.name) and len(mask.layers) == 1 and mask != bpy.data.masks["Roto"]


def test_no_key_is_made_where_the_strip_is_not(strip, scene):
    scene.frame_set(200)
    with pytest.raises(RuntimeError, match="playhead"):
        bpy.ops.ftpvm.add_keyframe()


def test_hidden_and_locked_layers_are_keyed_and_stay_so(strip, scene, addon):
    mask = strip.ftpvm.mask
    for name in ("hide", "hide_select"):
        layer = mask.layers.new()
        layer.splines.new().points.add(3)
        setattr(layer, name, True)

    def keys():
        return [[frame for frame, _ in addon.roto._shapes(layer)] for layer in mask.layers]

    scene.frame_set(7)
    assert bpy.ops.ftpvm.add_keyframe() == {"FINISHED"}
    assert keys() == [[7], [7], [7]]
    assert [(layer.hide, layer.hide_select) for layer in mask.layers] == [(False, False), (True, False), (False, True)]
    assert bpy.ops.ftpvm.remove_keyframe(frame=7) == {"FINISHED"}
    assert keys() == [[], [], []]


def test_an_empty_mask_is_said(strip):
    strip.ftpvm.mask = bpy.data.masks.new("Nothing")
    strip.ftpvm.mask.layers.new()
    with pytest.raises(RuntimeError, match="“Nothing” is empty"):
        bpy.ops.ftpvm.add_keyframe()
