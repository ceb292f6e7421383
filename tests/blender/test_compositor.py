# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
from pathlib import Path

import bpy
import coded_frames
import numpy as np
import pytest
import ramps
from shots import make_meta

EXACT = 1 / 1000
WITH_MODIFIER = pytest.mark.skipif(
    bpy.app.version < (5, 0), reason="Blender has Compositor strip modifiers from 5.0 on"
)
WITH_SIZES = pytest.mark.skipif(bpy.app.version < (4, 5), reason="sizes are sockets from 4.5 on")


@pytest.fixture(scope="module")
def mattes(worker_python, tmp_path_factory):
    base = tmp_path_factory.mktemp("Größe 影")
    return {
        each: ramps.write(worker_python, base / each, each, range(ramps.COUNT)) for each in ("png16", "png8", "exr")
    }


@pytest.fixture
def plate(scene, addon):
    """The example clip at frame 10 of a scene of its size."""
    ramps.prepare(scene)
    new_movie = addon.compat.strips(scene.sequence_editor).new_movie
    return new_movie("plate", str(Path(ramps.CLIP).resolve()), 1, 10, fit_method="ORIGINAL")


def place(addon, scene, strip, folder, format="png16", first=0, last=ramps.COUNT - 1):
    files = addon.results.MatteFiles(folder, "shot_matte", format, first, last)
    return addon.results.place_matte(scene, strip, addon.strips.footage_of(strip, scene), files, as_seen=False)


def add_nodes(scene, strip, **options):
    assert bpy.ops.ftpvm.add_matte_nodes(strip=strip.name, **options) == {"FINISHED"}
    scene.render.use_sequencer = bool(options.get("as_modifier"))
    return next(group for group in bpy.data.node_groups if group.name == "FTP-VM Matte")


def group_node(addon, scene):
    nodes = addon.compat.compositor_or_none(scene).nodes
    return next(node for node in nodes if node.bl_idname == "CompositorNodeGroup")


def error_at(scene, frame, source, tmp_path):
    alpha = ramps.rendered(scene, frame, tmp_path / "shown.png")[..., 3]
    row, column = np.mgrid[: ramps.HEIGHT, : ramps.WIDTH] + 0.5
    return float(np.abs(alpha - ramps.value(source, column, row)).max())


def worst(scene, addon, strip, tmp_path):
    """The largest error at ten frames of the strip."""
    footage = addon.strips.timing_of(strip)
    frames = np.linspace(footage.shown[0], footage.shown[-1], 10).round().astype(int).tolist()
    return max(error_at(scene, frame, footage.source_frame(frame), tmp_path) for frame in frames)


def timed(addon, strip, case):
    strip.use_reverse_frames = case == "reversed"
    if case == "trimmed":
        addon.compat.set_handles(strip, 17, 41)
    if case == "moved before the start":
        addon.compat.set_content_start(strip, -20)


@pytest.mark.parametrize("format", ("png16", "png8", "exr"))
@pytest.mark.parametrize("case", ("plain", "reversed", "trimmed", "moved before the start"))
def test_composited_alpha_is_the_matte_file(scene, addon, plate, mattes, tmp_path, case, format):
    timed(addon, plate, case)
    place(addon, scene, plate, mattes[format], format)
    add_nodes(scene, plate)
    assert worst(scene, addon, plate, tmp_path) < (1 / 255 if format == "png8" else EXACT)


@WITH_MODIFIER
@pytest.mark.parametrize("case", ("plain", "reversed", "trimmed", "moved before the start"))
def test_a_compositor_modifier_masks_the_strip(scene, addon, plate, mattes, tmp_path, case):
    timed(addon, plate, case)
    place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate, into_tree=False, as_modifier=True)
    assert addon.compat.compositor_or_none(scene) is None and [each.mute for each in plate.modifiers] == [True, False]
    assert worst(scene, addon, plate, tmp_path) < EXACT
    plate.transform.rotation, plate.transform.scale_x, plate.use_flip_x, plate.crop.min_x = 0.4, 0.8, True, 50
    alpha = ramps.rendered(scene, 20, tmp_path / "shown.png")[..., 3]
    source = addon.strips.timing_of(plate).source_frame(20)
    wanted, sure = ramps.framed(source, plate, ramps.WIDTH, ramps.HEIGHT)
    assert np.abs(alpha - wanted)[sure].max() < 1 / 255


@WITH_MODIFIER
def test_a_cut_or_moved_strip_keeps_its_modifier_in_time(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate, into_tree=False, as_modifier=True)
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type, plate.select = "SEQUENCE_EDITOR", True
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.sequencer.split(frame=30, channel=1, type="SOFT", side="BOTH")
    bpy.context.view_layer.update()
    halves = [strip for strip in addon.compat.strips(scene.sequence_editor) if strip.type == "MOVIE"]
    later = max(halves, key=addon.compat.left_handle)
    addon.compat.set_content_start(later, addon.compat.content_start(later) + 40)
    bpy.context.view_layer.update()
    assert len(halves) == 2 and all(worst(scene, addon, half, tmp_path) < EXACT for half in halves)
    place(addon, scene, later, mattes["exr"], "exr")
    addon.compositor.refresh(later)
    shown = {addon.compositor.group_or_none(half).nodes["Matte"].image.filepath[-4:] for half in halves}
    assert shown == {".png", ".exr"}
    assert all(worst(scene, addon, half, tmp_path) < EXACT for half in halves)


def test_the_matte_holds_outside_its_range(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"], first=10, last=19)
    add_nodes(scene, plate)
    for frame, source in ((1, 10), (19, 10), (20, 10), (25, 15), (29, 19), (30, 19), (80, 19)):
        assert error_at(scene, frame, source, tmp_path) < EXACT


def test_moving_the_strip_moves_its_nodes(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate)
    addon.compat.set_content_start(plate, 100)
    bpy.context.view_layer.update()
    assert worst(scene, addon, plate, tmp_path) < EXACT


def test_moving_a_meta_moves_the_nodes_of_what_is_in_it(scene, addon, plate, mattes, tmp_path):
    matte = place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate)
    meta = make_meta(scene, plate, matte)
    addon.compat.set_content_start(meta, 100)
    bpy.context.view_layer.update()
    assert addon.compat.left_handle(plate) == 100
    assert worst(scene, addon, plate, tmp_path) < EXACT


@pytest.mark.parametrize("backwards", (False, True))
def test_the_source_plays_as_the_strip_does(scene, addon, mattes, tmp_path, backwards):
    strips = addon.compat.strips(scene.sequence_editor)
    path = coded_frames.write_movie(scene, strips, tmp_path / "coded.mp4", 12)
    strip = strips.new_movie("coded", str(path), 1, 5, fit_method="ORIGINAL")
    strip.use_reverse_frames = backwards
    stills = strips.new_image("stills", str(coded_frames.write_still(tmp_path / "still.0007.png", 7)), 2, 5)
    for number in range(8, 19):
        stills.elements.append(coded_frames.write_still(tmp_path / f"still.{number:04d}.png", number).name)
    stills.use_reverse_frames = backwards
    ramps.prepare(scene, coded_frames.WIDTH, coded_frames.HEIGHT)
    for source, shift in ((strip, 0), (stills, 7)):
        place(addon, scene, source, mattes["png16"], last=11)
        add_nodes(scene, source)
        node = next(n for n in addon.compat.compositor_or_none(scene).nodes if n.label == source.name)
        tree, output = addon.compat.compositor(scene)
        tree.links.new(node.outputs["Image"], output.inputs["Image"])
        for frame in (5, 6, 11, 16):
            shown = coded_frames.number_in(
                coded_frames.grey_of(coded_frames.rendered(scene, frame, tmp_path / "a.png"))
            )
            assert shown == (16 - frame if backwards else frame - 5) + shift


def source_shown(scene, addon, frame, tmp_path):
    """The number in the picture that feeds the group."""
    tree, output = addon.compat.compositor(scene)
    node = next(node for node in tree.nodes if node.bl_idname == "CompositorNodeImage")
    tree.links.new(node.outputs["Image"], output.inputs["Image"])
    return coded_frames.number_in(coded_frames.grey_of(coded_frames.rendered(scene, frame, tmp_path / "a.png")))


def test_a_relinked_or_rendered_source_plays_what_its_matte_is_made_of(scene, addon, mattes, tmp_path):
    strips, folder = addon.compat.strips(scene.sequence_editor), tmp_path / "mattes"
    shutil.copytree(mattes["png16"], folder)
    for name, shift in (("one.{:04d}.png", 0), ("two.{:04d}.png", 20), ("mattes/as_seen/seen.{:06d}.png", 40)):
        for number in range(6):
            path = tmp_path / name.format(number)
            path.parent.mkdir(exist_ok=True)
            coded_frames.write_still(path, number + shift)
    strip = strips.new_image("stills", str(tmp_path / "one.0000.png"), 1, 5)
    for number in range(1, 6):
        strip.elements.append(f"one.{number:04d}.png")
    ramps.prepare(scene, coded_frames.WIDTH, coded_frames.HEIGHT)
    place(addon, scene, strip, folder, last=5)
    add_nodes(scene, strip)
    assert source_shown(scene, addon, 7, tmp_path) == 2
    for number, element in enumerate(strip.elements):
        element.filename = f"two.{number:04d}.png"
    strip.use_reverse_frames = True
    bpy.context.view_layer.update()
    assert source_shown(scene, addon, 6, tmp_path) == 24
    footage = addon.strips.Footage([], (ramps.WIDTH, ramps.HEIGHT), range(6), range(5, 11), 1, -5)
    files = addon.results.MatteFiles(folder, "shot_matte", "png16", 0, 5)
    addon.results.place_matte(scene, strip, footage, files, as_seen=True)
    addon.compositor.refresh(strip)
    assert source_shown(scene, addon, 6, tmp_path) == 41
    coded_frames.write_still(folder / "as_seen/seen.000001.png", 50)
    addon.compositor.refresh(strip)
    assert source_shown(scene, addon, 6, tmp_path) == 50


@WITH_SIZES
def test_choke_feather_and_invert(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate)
    inputs = group_node(addon, scene).inputs
    row, column = np.mgrid[: ramps.HEIGHT, : ramps.WIDTH] + 0.5
    plane = ramps.value(5, column, row)
    inner = (slice(40, -40), slice(40, -40))

    def alpha():
        return ramps.rendered(scene, 15, tmp_path / "shown.png")[..., 3]

    inputs["Invert"].default_value = 1
    assert np.abs(alpha() - (1 - plane)).max() < EXACT
    inputs["Invert"].default_value = 0
    for pixels in (6, -6):  # the smallest value in a square around each pixel
        inputs["Choke"].default_value = pixels
        lowered = pixels * (0.5 / ramps.WIDTH + 0.3 / ramps.HEIGHT)
        assert np.abs(alpha() - (plane - lowered))[inner].max() < EXACT
    inputs["Choke"].default_value, inputs["Feather"].default_value = 0, 12
    assert np.abs(alpha() - plane)[inner].max() < EXACT  # a blurred plane is a plane ...
    assert np.abs(alpha() - plane).max() > EXACT  # ... but for its edge


def test_running_again_updates_in_place(scene, addon, plate, mattes, tmp_path):
    folder = tmp_path / "mattes"
    shutil.copytree(mattes["png16"], folder)
    place(addon, scene, plate, folder)
    group = add_nodes(scene, plate)
    if addon.compat.HAS_SIZE_SOCKETS:
        group_node(addon, scene).inputs["Choke"].default_value = 3
    nodes = [node.name for node in addon.compat.compositor_or_none(scene).nodes]
    group.name = "Hair"
    before = len(bpy.data.node_groups), len(bpy.data.images), len(group.nodes)
    place(addon, scene, plate, mattes["exr"], "exr", first=5, last=30)
    bpy.ops.ftpvm.add_matte_nodes(strip=plate.name)
    assert (len(bpy.data.node_groups), len(bpy.data.images), len(group.nodes)) == before
    assert [node.name for node in addon.compat.compositor_or_none(scene).nodes] == nodes
    if addon.compat.HAS_SIZE_SOCKETS:
        assert group_node(addon, scene).inputs["Choke"].default_value == 3
        group_node(addon, scene).inputs["Choke"].default_value = 0
    assert error_at(scene, 12, 5, tmp_path) < EXACT and error_at(scene, 30, 20, tmp_path) < EXACT


def test_after_another_run_the_new_files_play(scene, addon, plate, mattes, tmp_path):
    folder = tmp_path / "mattes"
    shutil.copytree(mattes["png16"], folder)
    place(addon, scene, plate, folder)
    addon.compositor.refresh(plate)
    assert not bpy.data.node_groups
    add_nodes(scene, plate)
    assert error_at(scene, 15, 5, tmp_path) < EXACT
    shutil.copy(folder / "shot_matte.0001.png", folder / "shot_matte.0005.png")
    place(addon, scene, plate, folder)
    addon.compositor.refresh(plate)
    assert error_at(scene, 15, 1, tmp_path) < EXACT
    place(addon, scene, plate, mattes["exr"], "exr")
    shutil.rmtree(folder)
    addon.compositor.refresh(plate)
    assert error_at(scene, 15, 5, tmp_path) < EXACT


@WITH_MODIFIER
def test_our_modifier_is_known_whatever_its_group_is_called(scene, addon, plate, mattes):
    place(addon, scene, plate, mattes["png16"])
    group = add_nodes(scene, plate, into_tree=False, as_modifier=True)
    group.name = "Hair"
    assert addon.strips.why_as_seen(plate, scene) == []
    artists = bpy.data.node_groups.new("FTP-VM look-alike", "CompositorNodeTree")
    plate.modifiers.new("Grade", "COMPOSITOR").node_group = artists
    assert len(addon.strips.why_as_seen(plate, scene)) == 1


def test_an_artists_tree_keeps_its_output(scene, addon, plate, mattes):
    tree, output = addon.compat.compositor(scene)
    blur = tree.nodes.new("CompositorNodeBlur")
    tree.links.new(blur.outputs["Image"], output.inputs["Image"])
    place(addon, scene, plate, mattes["png16"])
    add_nodes(scene, plate)
    assert output.inputs["Image"].links[0].from_node == blur
    assert group_node(addon, scene).inputs["Image"].is_linked


def test_two_strips_have_a_group_each(scene, addon, plate, mattes):
    new_movie = addon.compat.strips(scene.sequence_editor).new_movie
    other = new_movie("other", str(Path(ramps.CLIP).resolve()), 5, 30)
    for strip in (plate, other):
        place(addon, scene, strip, mattes["png16"])
        add_nodes(scene, strip, into_tree=False)
    assert addon.compositor.group_or_none(plate) != addon.compositor.group_or_none(other)


def test_it_says_what_is_missing(scene, addon, plate):
    with pytest.raises(RuntimeError, match="press Propagate Matte"):
        bpy.ops.ftpvm.add_matte_nodes(strip="plate")
    with pytest.raises(RuntimeError, match="no strip called"):
        bpy.ops.ftpvm.add_matte_nodes(strip="nothing")
