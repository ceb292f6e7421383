# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks against what they must look like, and their keys as an artist sets them."""

import importlib

import bpy
import coded_frames
import numpy as np
import pytest


@pytest.fixture
def roto(addon, scene):
    return importlib.import_module(f"{addon.__name__}.roto")


@pytest.fixture
def mask(scene):
    return bpy.data.masks.new("Roto")


def box(layer, left, bottom, right, top):
    """A closed spline with straight sides, in mask coordinates."""
    spline = layer.splines.new()
    spline.points.add(3)
    for point in spline.points:
        point.handle_type = point.handle_left_type = point.handle_right_type = "VECTOR"
    place(spline, left, bottom, right, top)
    spline.use_cyclic = True
    return spline


def place(spline, left, bottom, right, top):
    for point, co in zip(spline.points, ((left, bottom), (right, bottom), (right, top), (left, top)), strict=True):
        point.co = co


def box_layer(mask, name="Layer", corners=(0.25, 0.4, 0.75, 0.6)):
    layer = mask.layers.new(name=name)
    box(layer, *corners)
    return layer


def key_shape(mask, layer, *frames, corners=None):
    """Insert Shape Key as the Image editor's menu does, with the layer's box moved there first."""
    mask.active_layer_index = list(mask.layers).index(layer)
    for other in mask.layers:
        for spline in other.splines:
            for point in spline.points:
                point.select = other == layer
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "IMAGE_EDITOR"
    area.spaces.active.mode, area.spaces.active.mask = "MASK", mask
    for frame in frames:
        window.scene.frame_set(frame)
        if corners:
            place(layer.splines[0], *corners)
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=area.regions[-1]):
            assert bpy.ops.mask.shape_key_insert() == {"FINISHED"}


def drawn(roto, mask, path, size=(128, 96), frame=1):
    """H x W, 0..1, top row first."""
    picture = coded_frames.grey_of(roto.render_mask(mask, frame, size, path / "mask.png"))
    assert picture.shape == size[::-1]
    return picture


def expected(size, left, bottom, right, top):
    """Pixels inside a box in mask coordinates, which count from the middle in units of the longer side."""
    width, height = size
    unit = max(size)
    x = ((np.arange(width) + 0.5) - width / 2) / unit + 0.5
    y = ((np.arange(height)[::-1] + 0.5) - height / 2) / unit + 0.5
    return ((y > bottom) & (y < top))[:, None] & ((x > left) & (x < right))[None]


@pytest.mark.parametrize("size", [(128, 128), (128, 72), (72, 128), (129, 77)])
def test_a_box_lies_where_it_was_drawn(roto, mask, tmp_path, size):
    box_layer(mask)
    picture = drawn(roto, mask, tmp_path, size)
    inside = expected(size, 0.25, 0.4, 0.75, 0.6)
    assert np.array_equal(picture > 0.5, inside)


def test_a_mask_that_fills_everything_and_one_that_is_empty(roto, mask, tmp_path):
    layer = box_layer(mask, corners=(-1, -1, 2, 2))
    assert np.all(drawn(roto, mask, tmp_path) == 1)
    layer.hide_render = True
    assert np.all(drawn(roto, mask, tmp_path) == 0)


def test_opacity_is_data_not_colour(roto, mask, tmp_path):
    layer = box_layer(mask)
    for opacity in (0.25, 0.5, 0.75):
        layer.alpha = opacity
        assert drawn(roto, mask, tmp_path)[48, 64] == pytest.approx(opacity, abs=1.01 / 255)


def test_inversion_holes_and_hidden_layers(roto, mask, tmp_path):
    layer = box_layer(mask)
    layer.use_fill_holes = True
    box(layer, 0.6, 0.45, 0.4, 0.55)  # the other way round: a hole for either solver of 5.2
    picture = drawn(roto, mask, tmp_path)
    assert (picture[48, 64], picture[48, 40], picture[48, 5]) == (0, 1, 0)
    layer.invert = True
    picture = drawn(roto, mask, tmp_path)
    assert (picture[48, 64], picture[48, 40], picture[48, 5]) == (1, 0, 1)
    layer.invert = False
    box_layer(mask, "Fill", (0.4, 0.45, 0.6, 0.55))
    assert drawn(roto, mask, tmp_path)[48, 64] == 1
    mask.layers["Fill"].hide_render = True
    assert drawn(roto, mask, tmp_path)[48, 64] == 0


def test_feather_is_what_the_compositor_draws(roto, mask, scene, tmp_path):
    layer = box_layer(mask, corners=(0.4, 0.4, 0.6, 0.6))
    for point in layer.splines[0].points:
        point.handle_type = point.handle_left_type = point.handle_right_type = "FREE"
        point.weight = 0.1
    picture = drawn(roto, mask, tmp_path, (128, 72))
    assert np.count_nonzero((picture > 0.1) & (picture < 0.9)) > 500
    other = composited(scene, mask, (128, 72), tmp_path / "composited.png")
    assert np.allclose(picture, other, rtol=0, atol=2.5 / 255)


def composited(scene, mask, size, path):
    """What the compositor's Mask node draws."""
    if bpy.app.version >= (5, 0):
        tree = bpy.data.node_groups.new("Mask", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group, output = tree, "NodeGroupOutput"
    else:
        scene.use_nodes = True
        tree, output = scene.node_tree, "CompositorNodeComposite"
        tree.nodes.clear()
    node = tree.nodes.new("CompositorNodeMask")
    node.mask = mask
    tree.links.new(node.outputs[0], tree.nodes.new(output).inputs[0])
    coded_frames.prepare(scene)
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.compositor_device, scene.view_settings.view_transform = "CPU", "Raw"
    return coded_frames.grey_of(coded_frames.rendered(scene, 1, path))


def test_a_mask_moves_with_the_timeline(roto, mask, tmp_path):
    layer = box_layer(mask, corners=(0.0, 0.4, 0.2, 0.6))
    key_shape(mask, layer, 10)
    key_shape(mask, layer, 300, corners=(0.4, 0.4, 0.6, 0.6))
    lefts = [np.flatnonzero(drawn(roto, mask, tmp_path, frame=frame)[48])[0] for frame in (1, 10, 155, 300, 310)]
    assert lefts[0] == lefts[1] == 0
    assert lefts[2] == pytest.approx(0.2 * 128, abs=2)
    assert lefts[3] == lefts[4] == pytest.approx(0.4 * 128, abs=1)


def test_animation_keys_are_drawn_too(roto, mask, tmp_path):
    layer = box_layer(mask)
    layer.alpha = 0
    mask.keyframe_insert('layers["Layer"].alpha', frame=5)
    layer.alpha = 1
    mask.keyframe_insert('layers["Layer"].alpha', frame=9)
    assert [drawn(roto, mask, tmp_path, frame=frame)[48, 64] for frame in (5, 7, 9)] == pytest.approx(
        [0, 0.5, 1], abs=0.01
    )


def test_before_the_first_frame_is_said(roto, mask, tmp_path):
    box_layer(mask)
    with pytest.raises(roto.RotoError, match="frame -3"):
        roto.render_mask(mask, -3, (64, 64), tmp_path / "mask.png")


def test_drawing_leaves_the_file_as_it_was(roto, mask, scene, tmp_path):
    layer = box_layer(mask)
    key_shape(mask, layer, 3, 8)
    scene.frame_set(6)
    names = [set(getattr(bpy.data, kind).keys()) for kind in ("scenes", "masks", "actions", "images")]
    points = [tuple(point.co) for point in layer.splines[0].points]
    span = (mask.frame_start, mask.frame_end)
    drawn(roto, mask, tmp_path, frame=8)
    assert bpy.context.scene == scene
    assert scene.frame_current == 6
    assert [tuple(point.co) for point in layer.splines[0].points] == points
    assert (mask.frame_start, mask.frame_end) == span
    assert [path.name for path in tmp_path.iterdir()] == ["mask.png"]
    left = [set(getattr(bpy.data, kind).keys()) for kind in ("scenes", "masks", "actions", "images")]
    assert [after - before for before, after in zip(names, left, strict=True)] == [
        set(),
        set(),
        set(),
        {"Render Result"},
    ]


def test_keys_of_all_layers_that_render(roto, mask):
    key_shape(mask, box_layer(mask, "One"), 12, 3)
    key_shape(mask, box_layer(mask, "Zwei"), 20, 3)
    hidden = box_layer(mask, "Hidden")
    key_shape(mask, hidden, 30)
    hidden.hide_render = True
    mask.keyframe_insert('layers["One"].alpha', frame=40)
    mask.keyframe_insert("layers[1].splines[0].points[0].co", frame=41)
    mask.keyframe_insert('layers["Hidden"].alpha', frame=42)
    assert roto.mask_key_frames(mask) == [3, 12, 20, 40, 41]


def test_keys_survive_saving_and_strange_names(roto, mask, tmp_path):
    key_shape(mask, box_layer(mask, 'a "quoted] \\ Näme'), 7)
    mask.keyframe_insert(f"{mask.layers[0].path_from_id()}.alpha", frame=9)
    mask.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert roto.mask_key_frames(bpy.data.masks["Roto"]) == [7, 9]


def test_a_mask_without_keys(roto, mask):
    assert roto.mask_key_frames(mask) == []
    box_layer(mask)
    assert roto.mask_key_frames(mask) == []


def test_keys_of_a_blender_that_keeps_them_elsewhere(roto, mask, monkeypatch):
    key_shape(mask, box_layer(mask, "One"), 12, 3)
    monkeypatch.setattr(roto, "_LAYER_NAME", 17)
    with pytest.raises(roto.RotoError, match="update the add-on"):
        roto.mask_key_frames(mask)
    with pytest.raises(roto.RotoError, match="update the add-on"):
        roto.key_digests(mask)


def test_the_fingerprint_follows_the_drawing_and_not_the_frame(roto, mask, scene):
    layer = box_layer(mask)
    key_shape(mask, layer, 3)
    key_shape(mask, layer, 9, corners=(0.1, 0.1, 0.9, 0.9))
    first = roto.mask_fingerprint(mask)
    scene.frame_set(5)
    assert roto.mask_fingerprint(mask) == first
    seen = {first}
    layer.splines[0].points[0].select = True
    assert roto.mask_fingerprint(mask) in seen
    for change in (
        lambda: setattr(layer, "alpha", 0.5),
        lambda: setattr(layer, "invert", True),
        lambda: setattr(layer.splines[0], "use_cyclic", False),
        lambda: key_shape(mask, layer, 6),
        lambda: mask.keyframe_insert('layers["Layer"].alpha', frame=4),
        lambda: box_layer(mask, "Another"),
    ):
        change()
        assert roto.mask_fingerprint(mask) not in seen
        seen.add(roto.mask_fingerprint(mask))


def test_keys_from_before_a_spline_was_added_still_count(roto, mask):
    layer = box_layer(mask)
    key_shape(mask, layer, 3, 9)
    box(layer, 0.1, 0.1, 0.2, 0.2)  # as pasting does: shape keys keep the points they had
    assert roto.mask_key_frames(mask) == [3, 9]
    assert sorted(roto.key_digests(mask)) == [3, 9]


def test_digests_change_with_what_is_drawn_on_their_frame_only(roto, mask, scene):
    layer, still = box_layer(mask), box_layer(mask, "Still", (0.1, 0.1, 0.2, 0.2))
    for frame in (3, 9, 20):
        key_shape(mask, layer, frame)
    layer.alpha = 0.5
    mask.keyframe_insert('layers["Layer"].alpha', frame=14)
    before = roto.key_digests(mask)
    assert sorted(before) == [3, 9, 14, 20]
    scene.frame_set(6)
    for point in layer.splines[0].points:
        point.select = not point.select
    assert roto.key_digests(mask) == before
    key_shape(mask, layer, 9, corners=(0.1, 0.1, 0.9, 0.9))
    assert changed(roto, mask, before) == [9, 14]  # on 14 the shape is between 9's and 20's
    before = roto.key_digests(mask)
    place(still.splines[0], 0.1, 0.1, 0.3, 0.3)
    assert changed(roto, mask, before) == [3, 9, 14, 20]
    for name, value in (("invert", True), ("blend", "SUBTRACT"), ("falloff", "SHARP"), ("hide_render", True)):
        before = roto.key_digests(mask)
        setattr(still, name, value)
        assert changed(roto, mask, before) == [3, 9, 14, 20], name
    before = roto.key_digests(mask)
    layer.splines[0].points[0].handle_left_type = "FREE"
    assert changed(roto, mask, before) == [3, 9, 14, 20]


def changed(roto, mask, before):
    return [frame for frame, digest in roto.key_digests(mask).items() if before.get(frame) != digest]
