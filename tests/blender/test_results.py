# SPDX-License-Identifier: GPL-3.0-or-later
import math
import shutil
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
import ramps
from shots import in_sequencer, make_meta, on_another_disk

FORMATS = ("png16", "png8", "exr")
CLOSE = 1 / 255 + 1 / 2048  # the last for what the file's own format rounds
FRAMED = 1.5 * CLOSE  # from 5.0 on the sequencer masks first and filters the result, in 8 bits


@pytest.fixture(scope="module")
def mattes(worker_python, tmp_path_factory):
    """A folder of mattes of all 48 frames for each format; a non-ASCII path as artists have them."""
    base = tmp_path_factory.mktemp("Größe 影")
    return {format: ramps.write(worker_python, base / format, format, range(ramps.COUNT)) for format in FORMATS}


@pytest.fixture
def plate(scene, addon):
    """The example clip at frame 10 of a scene of its size."""
    ramps.prepare(scene)
    return add_clip(addon, scene, "plate", 10)


def add_clip(addon, scene, name, frame):
    path = str(Path(ramps.CLIP).resolve())
    return addon.compat.strips(scene.sequence_editor).new_movie(name, path, 1, frame, fit_method="ORIGINAL")


def handles(addon, strip):
    return addon.compat.left_handle(strip), addon.compat.right_handle(strip)


def place(addon, scene, strip, folder, format="png16", first=0, last=ramps.COUNT - 1):
    files = addon.results.MatteFiles(folder, "shot_matte", format, first, last)
    return addon.results.place_matte(scene, strip, addon.strips.footage_of(strip, scene), files, as_seen=False)


def error_at(scene, strip, frame, source, tmp_path, size=(ramps.WIDTH, ramps.HEIGHT)):
    """How far the rendered alpha is from the matte of a source frame, framed like the strip."""
    render = scene.render
    alpha = ramps.rendered(scene, frame, tmp_path / "shown.png")[..., 3]
    wanted, sure = ramps.framed(source, strip, render.resolution_x, render.resolution_y, size)
    assert sure.mean() > 0.9
    return float(np.abs(alpha - wanted)[sure].max())


def worst(scene, addon, strip, matte, tmp_path, size=(ramps.WIDTH, ramps.HEIGHT)):
    """The largest error at ten frames spread over the matte."""
    footage, compat = addon.strips.footage_of(strip, scene), addon.compat
    frames = np.linspace(compat.left_handle(matte), compat.right_handle(matte) - 1, 10).round().astype(int)
    return max(error_at(scene, strip, int(f), footage.source_frame(int(f)), tmp_path, size) for f in frames)


def timed(addon, scene, strip, case):
    compat = addon.compat
    if case in ("reversed", "reversed and trimmed"):
        strip.use_reverse_frames = True
    if case in ("trimmed", "reversed and trimmed"):
        compat.set_handles(strip, 17, 41)
    if case == "moved before the start":
        compat.set_content_start(strip, -20)
    if case == "24 in 30":
        scene.render.fps = 30
    if case == "linear sequencer":
        scene.sequencer_colorspace_settings.name = "Linear Rec.709"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "case",
    ("plain", "reversed", "trimmed", "reversed and trimmed", "moved before the start", "24 in 30", "linear sequencer"),
)
def test_rendered_alpha_is_the_matte_file(scene, addon, plate, mattes, tmp_path, case, format):
    timed(addon, scene, plate, case)
    matte = place(addon, scene, plate, mattes[format], format)
    assert handles(addon, matte) == handles(addon, plate)
    assert matte.mute and plate.blend_type == "ALPHA_OVER" and matte.channel == 2
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE


def scaled_to_fit(strip):
    strip.transform.scale_x = strip.transform.scale_y = 0.75


def everything(strip):
    transform, crop = strip.transform, strip.crop
    transform.offset_x, transform.offset_y, transform.scale_x, transform.scale_y = 31, -17, 0.8, 1.3
    transform.rotation = math.radians(25)
    crop.min_x, crop.max_x, crop.min_y, crop.max_y = 40, 12, 8, 30
    strip.use_flip_x = True


def flipped(strip):
    strip.transform.offset_x = 25
    strip.use_flip_x = strip.use_flip_y = True


@pytest.mark.parametrize("framing", (scaled_to_fit, everything, flipped))
def test_the_matte_is_framed_like_its_source(scene, addon, plate, mattes, tmp_path, framing):
    ramps.prepare(scene, 400, 300)
    framing(plate)
    matte = place(addon, scene, plate, mattes["png16"])
    assert worst(scene, addon, plate, matte, tmp_path) < FRAMED


def test_a_part_of_the_strip_is_masked_where_it_has_mattes(scene, addon, plate, mattes, tmp_path):
    matte = place(addon, scene, plate, mattes["png16"], first=10, last=19)
    assert handles(addon, matte) == (20, 30)
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE
    assert ramps.rendered(scene, 19, tmp_path / "shown.png")[..., 3].min() == 1


def test_mattes_that_are_not_there_yet_leave_the_others_in_place(scene, addon, plate, mattes, tmp_path):
    some = tmp_path / "some"
    some.mkdir()
    for frame in (5, 6, 9):
        shutil.copy(mattes["png16"] / f"shot_matte.{frame:04d}.png", some)
    matte = place(addon, scene, plate, some)
    assert handles(addon, matte) == (15, 20)
    for source, holds in ((5, 5), (6, 6), (7, 6), (8, 6), (9, 9)):
        assert error_at(scene, plate, source + 10, holds, tmp_path) < CLOSE
    with pytest.raises(addon.results.NoMatteError, match="no matte"):
        place(addon, scene, plate, tmp_path / "none")
    shutil.copy(mattes["png16"] / "shot_matte.0007.png", some)
    place(addon, scene, plate, some)
    assert error_at(scene, plate, 17, 7, tmp_path) < CLOSE
    assert len(addon.compat.strips(scene.sequence_editor)) == 2


def test_only_mattes_that_join_on_are_shown_with_a_range(addon, tmp_path):
    files = addon.results.MatteFiles(tmp_path, "shot_matte", "png16", 5, 7)
    for frame in (2, 4, 5, 7, 8, 9):
        (tmp_path / files.file(frame)).touch()
    joined = files.with_neighbours(range(9))
    assert (joined.first, joined.last) == (4, 8)


def test_running_again_updates_in_place_and_keeps_what_the_artist_set(scene, addon, plate, mattes, tmp_path):
    folder = tmp_path / "mattes"
    shutil.copytree(mattes["png16"], folder)
    matte = place(addon, scene, plate, folder)
    assert error_at(scene, plate, 15, 5, tmp_path) < CLOSE
    matte.blend_alpha, matte.name, plate.blend_type, plate.modifiers[0].mute = 0.5, "hair", "ADD", True
    shutil.copy(folder / "shot_matte.0001.png", folder / "shot_matte.0005.png")
    again = place(addon, scene, plate, folder)
    assert again == matte and len(addon.compat.strips(scene.sequence_editor)) == 2 and len(plate.modifiers) == 1
    assert (matte.blend_alpha, matte.name, plate.blend_type, plate.modifiers[0].mute) == (0.5, "hair", "ADD", True)
    matte.blend_alpha, plate.blend_type, plate.modifiers[0].mute = 1, "ALPHA_OVER", False
    assert error_at(scene, plate, 15, 1, tmp_path) < CLOSE
    again = place(addon, scene, plate, mattes["exr"], "exr", first=3, last=20)
    assert again == matte and worst(scene, addon, plate, matte, tmp_path) < CLOSE
    assert len(addon.compat.strips(scene.sequence_editor)) == 2 and len(plate.modifiers) == 1


def test_a_matte_whose_strip_was_deleted_comes_back(scene, addon, plate, mattes, tmp_path):
    compat = addon.compat
    compat.strips(scene.sequence_editor).remove(place(addon, scene, plate, mattes["png16"]))
    matte = place(addon, scene, plate, mattes["png16"])
    assert len(compat.strips(scene.sequence_editor)) == 2 and len(plate.modifiers) == 1
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE


@pytest.mark.parametrize("percentage", (100, 50))
def test_a_matte_of_a_strip_as_seen_fills_the_frame(scene, addon, mattes, tmp_path, percentage):
    ramps.prepare(scene, 400, 225)
    scene.render.resolution_percentage = percentage
    lasts = {"length": 20} if bpy.app.version >= (5, 0) else {"frame_end": 50}
    strip = addon.compat.strips(scene.sequence_editor).new_effect("backdrop", "COLOR", 1, 30, **lasts)
    strip.transform.scale_x = 3
    strip.use_flip_x = True
    seen = range(20)  # counted from where the strip's content starts
    footage = addon.strips.Footage(["seen.png"] * 20, (ramps.WIDTH, ramps.HEIGHT), seen, range(30, 50), 1, -30)
    files = addon.results.MatteFiles(mattes["png16"], "shot_matte", "png16", 0, 19)
    matte = addon.results.place_matte(scene, strip, footage, files, as_seen=True)
    addon.compat.set_content_start(strip, 50)
    addon.results.realign(scene)
    assert handles(addon, matte) == (50, 70)
    width, height = 4 * percentage, 225 * percentage // 100
    row, column = np.mgrid[:height, :width] + 0.5
    for frame in (50, 57, 69):
        alpha = ramps.rendered(scene, frame, tmp_path / "shown.png")[..., 3]
        wanted = ramps.value(frame - 50, column * ramps.WIDTH / width, row * ramps.HEIGHT / height)
        assert np.abs(alpha - wanted)[3:-3, 3:-3].max() < FRAMED


def test_a_strip_set_to_as_seen_lets_go_of_its_files_framing(scene, addon, plate, mattes, tmp_path):
    """The matte's strip is the same one: a rendering of the strip is neither moved, turned, cropped nor reversed."""
    footage = replace(addon.strips.timing_of(plate, as_seen=True), size=(ramps.WIDTH, ramps.HEIGHT))
    files = addon.results.MatteFiles(mattes["png16"], "shot_matte", "png16", 0, ramps.COUNT - 1)

    def shown_as_seen():
        matte = addon.results.place_matte(scene, plate, footage, files, as_seen=True)
        matte.mute, plate.mute = False, True
        return matte, ramps.rendered(scene, 15, tmp_path / "shown.png")[..., 0]

    matte, wanted = shown_as_seen()
    addon.compat.strips(scene.sequence_editor).remove(matte)
    everything(plate)
    plate.use_reverse_frames = True
    matte = place(addon, scene, plate, mattes["png16"])
    everything(matte)
    plate.use_flip_x = plate.use_flip_y = False
    same, shown = shown_as_seen()
    assert same == matte and np.ptp(wanted) > 0.5
    assert np.abs(shown - wanted).max() < FRAMED
    place(addon, scene, plate, mattes["png16"])
    plate.mute, matte.mute = False, True
    assert worst(scene, addon, plate, matte, tmp_path) < FRAMED


def test_what_was_chosen_stays_chosen(scene, addon, plate, mattes):
    other = add_clip(addon, scene, "other", 100)
    scene.sequence_editor.active_strip, other.select = other, False
    matte = place(addon, scene, plate, mattes["png16"])
    assert scene.sequence_editor.active_strip == other and not matte.select


def test_the_matte_takes_the_first_free_channel_above_its_source(scene, addon, plate, mattes):
    add_clip(addon, scene, "title", 30).channel = 2
    add_clip(addon, scene, "later", 100).channel = 3
    assert place(addon, scene, plate, mattes["png16"]).channel == 3


def test_the_matte_follows_its_source(scene, addon, plate, mattes, tmp_path):
    matte, compat, realign = place(addon, scene, plate, mattes["png16"]), addon.compat, addon.results.realign
    compat.set_content_start(plate, 100)
    plate.name, matte.name = "Aufnahme 影", "renamed"
    realign(scene)
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE and compat.left_handle(matte) == 100
    compat.set_handles(plate, 110, 130)
    everything(plate)
    plate.use_reverse_frames = True
    realign(scene)
    assert handles(addon, matte) == (110, 130)
    assert worst(scene, addon, plate, matte, tmp_path) < FRAMED
    compat.strips(scene.sequence_editor).remove(plate)
    realign(scene)
    assert [strip.name for strip in compat.strips(scene.sequence_editor)] == ["renamed"]


@pytest.mark.parametrize("both", (False, True), ids=("source cut", "source and matte cut"))
@pytest.mark.parametrize("kind", ("SOFT", "HARD"))
def test_both_halves_of_a_cut_keep_their_matte(scene, addon, plate, mattes, tmp_path, kind, both):
    place(addon, scene, plate, mattes["png16"])
    compat = addon.compat
    for strip in compat.strips(scene.sequence_editor):
        strip.select = strip == plate or both
    with in_sequencer(scene):
        bpy.ops.sequencer.split(frame=30, channel=1, type=kind, side="BOTH")
    addon.results.realign(scene)
    halves = sorted((s for s in compat.strips(scene.sequence_editor) if s.type == "MOVIE"), key=compat.left_handle)
    assert len(halves) == 2 and len(compat.strips(scene.sequence_editor)) == 4
    owned = [addon.results.matte_of(half) for half in halves]
    assert owned[0] != owned[1] and len({half.ftpvm.uid for half in halves}) == 2
    compat.set_content_start(halves[1], compat.content_start(halves[1]) + 40)
    addon.results.realign(scene)
    for half, its in zip(halves, owned, strict=True):
        assert handles(addon, its) == handles(addon, half)
        assert worst(scene, addon, half, its, tmp_path) < CLOSE


@pytest.mark.parametrize("across_disks", (False, True))
def test_both_halves_of_a_cut_find_their_mattes_where_a_save_moved_them(
    scene, addon, plate, mattes, tmp_path, monkeypatch, across_disks
):
    if across_disks:
        on_another_disk(monkeypatch)
    folder = Path(shutil.copytree(mattes["png16"], addon.homes.matte_home(plate)))
    place(addon, scene, plate, folder)
    plate.select, compat = True, addon.compat
    with in_sequencer(scene):
        bpy.ops.sequencer.split(frame=30, channel=1, type="SOFT", side="BOTH")
    addon.results.realign(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert not folder.exists()
    halves = [strip for strip in compat.strips(scene.sequence_editor) if strip.type == "MOVIE"]
    shown = [addon.results.matte_of(half) for half in halves]
    assert len(shown) == 2
    for matte in shown:
        assert (Path(bpy.path.abspath(matte.directory)) / matte.elements[0].filename).is_file()


def test_a_strip_that_was_put_into_a_meta_keeps_its_matte(scene, addon, plate, mattes, tmp_path):
    folder = Path(shutil.copytree(mattes["png16"], addon.homes.matte_home(plate)))
    matte, compat = place(addon, scene, plate, folder), addon.compat
    make_meta(scene, plate, matte)
    assert addon.results.matte_of(plate) == matte
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert not folder.exists() and tmp_path in addon.homes.matte_home(plate).parents
    compat.set_handles(plate, 20, 40)
    addon.results.realign(scene)
    assert handles(addon, matte) == (20, 40)
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE


def test_a_strip_in_a_meta_gets_its_matte_there(scene, addon, plate, mattes, tmp_path):
    title = add_clip(addon, scene, "title", 10)  # above the meta, and in the way of nothing that is in it
    title.channel, title.mute = 2, True
    meta = make_meta(scene, plate)
    matte = place(addon, scene, plate, mattes["png16"])
    assert matte.parent_meta() == meta and matte.channel == plate.channel + 1
    assert worst(scene, addon, plate, matte, tmp_path) < CLOSE


def test_a_cut_strip_without_a_matte_becomes_two(scene, addon, plate):
    uid = addon.identity.uid_of(plate)
    plate.select = True
    with in_sequencer(scene):
        bpy.ops.sequencer.split(frame=30, channel=1, type="SOFT", side="BOTH")
    addon.results.realign(scene)
    halves = sorted(addon.compat.strips(scene.sequence_editor), key=addon.compat.left_handle)
    assert halves[0].ftpvm.uid == uid != halves[1].ftpvm.uid != ""


def test_a_copy_of_a_strip_gets_its_own_matte(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"])
    uid, compat = plate.ftpvm.uid, addon.compat
    for strip in compat.strips(scene.sequence_editor):
        strip.select = strip == plate
    with in_sequencer(scene):
        bpy.ops.sequencer.duplicate()
    copy = next(s for s in compat.strips(scene.sequence_editor) if s.type == "MOVIE" and s != plate)
    copy.channel = 8
    compat.set_content_start(copy, 3)
    addon.results.realign(scene)
    assert plate.ftpvm.uid == uid and addon.results.matte_of(plate) != addon.results.matte_of(copy)
    assert handles(addon, addon.results.matte_of(plate)) == (10, 58)
    assert handles(addon, addon.results.matte_of(copy)) == (3, 51)
    compat.strips(scene.sequence_editor).remove(plate)
    assert worst(scene, addon, copy, addon.results.matte_of(copy), tmp_path) < CLOSE


def test_a_saved_file_knows_which_scene_is_the_copy(scene, addon, plate, mattes, tmp_path):
    place(addon, scene, plate, mattes["png16"])
    uid = plate.ftpvm.uid
    copy = scene.copy()
    copy.name, copy.use_fake_user = "A copy", True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    plates = [addon.compat.strips(bpy.data.scenes[name].sequence_editor)["plate"] for name in ("Scene", "A copy")]
    assert plates[0].ftpvm.uid == uid != plates[1].ftpvm.uid
    assert [addon.results.matte_of(each).id_data for each in plates] == [each.id_data for each in plates]


def test_an_edit_realigns_at_once_and_comes_to_rest(scene, addon, plate, mattes):
    matte, compat = place(addon, scene, plate, mattes["png16"]), addon.compat
    calls = []
    bpy.app.handlers.depsgraph_update_post.append(lambda *_: calls.append(1))
    try:
        compat.set_content_start(plate, 60)
        bpy.context.view_layer.update()
        assert compat.content_start(matte) == 60
        bpy.context.view_layer.update()
        calls.clear()
        addon.results.realign(scene)
        bpy.context.view_layer.update()
    finally:
        bpy.app.handlers.depsgraph_update_post.pop()
    assert not calls


def test_undo_and_redo_leave_the_matte_over_its_source(scene, addon, plate, mattes):
    place(addon, scene, plate, mattes["png16"])
    uid = plate.ftpvm.uid
    bpy.ops.ed.undo_push(message="placed")
    addon.compat.set_content_start(plate, 70)
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="moved")
    for step, start in ((bpy.ops.ed.undo, 10), (bpy.ops.ed.redo, 70)):
        step()
        _, strip = addon.identity.strip_or_none(uid)
        assert addon.compat.content_start(strip) == addon.compat.content_start(addon.results.matte_of(strip)) == start


def test_a_saved_file_keeps_what_belongs_together(scene, addon, plate, mattes, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    shutil.copytree(mattes["png16"], tmp_path / "mattes")
    matte = place(addon, scene, plate, tmp_path / "mattes")
    assert matte.directory.startswith("//")
    uid = plate.ftpvm.uid
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    scene, plate = addon.identity.strip_or_none(uid)
    assert worst(scene, addon, plate, addon.results.matte_of(plate), tmp_path) < CLOSE


def test_nothing_stays_behind(addon):
    lists = [getattr(bpy.app.handlers, name) for name in ("depsgraph_update_post", "undo_post", "redo_post")]
    before = [len(each) for each in lists]
    addon.results.unregister()
    assert [len(each) for each in lists] == [count - 1 for count in before]
    addon.results.register()
    assert [len(each) for each in lists] == before


def test_files_that_the_artist_chose_stay_where_they_are(scene, addon, plate, mattes):
    matte, compat = place(addon, scene, plate, mattes["png16"]), addon.compat
    matte.elements[0].filename = "garbage.png"
    compat.set_content_start(plate, 60)
    addon.results.realign(scene)
    assert compat.content_start(matte) == 10


def test_new_files_show_in_a_scene_that_no_window_shows(scene, addon, plate, mattes, tmp_path):
    folder = tmp_path / "mattes"
    shutil.copytree(mattes["png16"], folder)
    place(addon, scene, plate, folder)
    assert error_at(scene, plate, 15, 5, tmp_path) < CLOSE
    for workspace in bpy.data.workspaces:
        if hasattr(workspace, "sequencer_scene"):
            workspace.sequencer_scene = bpy.data.scenes.new("another")
    shutil.copy(folder / "shot_matte.0001.png", folder / "shot_matte.0005.png")
    addon.results.refresh(scene)
    assert error_at(scene, plate, 15, 1, tmp_path) < CLOSE
