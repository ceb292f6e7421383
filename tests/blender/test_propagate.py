# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job in a real Blender with the real worker: press, correct, and every way to key a shot."""

import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from presses import mattes, press, states, tick_until
from shots import BOXES, CLIP, add_movie, keyed_mask, make_meta, set_box, trim_end

pytestmark = pytest.mark.usefixtures("the_worker_is_the_real_one")


def test_a_keyed_mask_becomes_a_matte_on_the_timeline(shot, addon):
    strip, _ = shot
    strip.ftpvm.mask = None
    assert press(strip="Plate", mask="Roto") == {"FINISHED"}
    files = mattes(addon, strip)
    assert [f.name for f in files] == [f"clip_matte.{n:04d}.png" for n in range(12)]
    matte = addon.results.matte_of(strip)
    assert matte.mute and matte.channel > strip.channel
    assert [m.type for m in strip.modifiers] == ["MASK"]
    assert [(s.first, s.last, s.state) for s in strip.ftpvm.spans] == [
        (0, 4, "done"),
        (5, 10, "done"),
        (11, 11, "done"),
    ]


def test_correcting_one_keyframe_runs_only_the_spans_that_hang_on_it(shot, addon):
    strip, mask = shot
    press()
    before = {f.name: f.stat().st_mtime_ns for f in mattes(addon, strip)}
    assert states(addon, strip) == ["done", "done", "done"]
    set_box(mask, 12, (0.2, 0.2, 0.7, 0.8))  # the last keyframe: frame 11 of the source
    assert states(addon, strip) == ["done", "stale", "stale"]
    press()
    assert states(addon, strip) == ["done", "done", "done"]
    changed = [f.name for f in mattes(addon, strip) if f.stat().st_mtime_ns != before[f.name]]
    assert changed == [f"clip_matte.{n:04d}.png" for n in range(5, 12)]
    assert strip.ftpvm.message.startswith("13 frames run, 1 spans")


def test_a_range_corrected_leaves_the_mattes_around_it_in_place(shot, addon):
    strip, mask = shot
    press()
    set_box(mask, 6, (0.2, 0.2, 0.7, 0.8))
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 5, 7
    press()
    matte, compat = addon.results.matte_of(strip), addon.compat
    assert (compat.left_handle(matte), compat.right_handle(matte)) == (1, 13)
    assert len({element.filename for element in matte.elements}) == 12


def test_adapting_to_the_keyframes_makes_other_mattes(shot, addon):
    strip, _ = shot
    strip.ftpvm.mask = keyed_mask(1, {0: BOXES[0]})
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 3
    press()
    before = [f.read_bytes() for f in mattes(addon, strip)]
    strip.ftpvm.adapt = True
    assert states(addon, strip) == ["stale"]
    press()
    assert states(addon, strip) == ["done"]
    assert strip.ftpvm.message.startswith("3 frames run, 0 spans")
    assert all(old != f.read_bytes() for old, f in zip(before[1:], mattes(addon, strip)[1:], strict=True))


def test_a_mask_without_keys_is_said_in_a_sentence(shot, addon):
    strip, _ = shot
    strip.ftpvm.mask = bpy.data.masks.new("Empty")
    with pytest.raises(RuntimeError, match="no keyframe"):
        press()


def test_paths_in_any_script(shot, addon, tmp_path):
    folder = tmp_path / "Été 漢字 plate's"
    folder.mkdir()
    (folder / "плёнка.mp4").write_bytes(CLIP.read_bytes())
    strip, mask = add_movie(bpy.context.scene, addon, folder / "плёнка.mp4", start=40, last=4), keyed_mask(40)
    strip.ftpvm.mask, strip.ftpvm.folder = mask, str(folder / "маты")
    press(strip=strip.name)
    assert [f.name for f in mattes(addon, strip)] == [f"плёнка_matte.{n:04d}.png" for n in range(4)]


def test_a_reversed_strip_is_keyed_and_matted_in_the_sources_frames(shot, addon):
    strip, _ = shot
    strip.use_reverse_frames = True
    press()
    shown = [addon.strips.footage_of(strip, bpy.context.scene).source_frame(f) for f in range(1, 13)]
    assert shown == list(range(47, 35, -1))
    assert [f.name for f in mattes(addon, strip)] == [f"clip_matte.{n:04d}.png" for n in range(36, 48)]


def test_forward_on_a_reversed_strip_is_later_on_the_timeline(shot, addon):
    strip, _ = shot
    strip.use_reverse_frames, strip.ftpvm.direction = True, "forward"
    strip.ftpvm.mask = keyed_mask(1, {5: BOXES[5]})  # on frame 6, which shows source frame 42
    press()
    assert [f.name for f in mattes(addon, strip)] == [f"clip_matte.{n:04d}.png" for n in range(36, 43)]
    (warning,) = addon.session.current().runs[strip.ftpvm.uid].progress.warnings
    assert warning.startswith("5 frame(s) can't be reached")


def test_a_strip_in_a_meta_is_matted_where_it_lies(shot, addon):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    scene = bpy.context.scene
    meta = make_meta(scene, strip)
    scene.sequence_editor.display_stack(meta)  # tabbed into it, where the button names the strip
    assert press(strip="Plate") == {"FINISHED"}
    assert addon.results.matte_of(strip).parent_meta() == meta
    assert len(mattes(addon, strip)) == 2


def test_two_strips_can_be_queued(shot, addon):
    strip, _ = shot
    other = add_movie(bpy.context.scene, addon, start=60, last=3)
    other.channel, other.name = 3, "Other"
    other.ftpvm.mask = keyed_mask(60, {0: BOXES[0]})
    session = addon.session.opened()
    runs = [session.begin(strip), session.begin(other)]
    tick_until(session, lambda: any("Waiting for 1" in run.progress.words for run in runs))
    tick_until(session, lambda: not session.going)
    assert [run.progress.state for run in runs] == ["done", "done"]
    assert len(mattes(addon, strip)) == 12 and len(mattes(addon, other)) == 3


def test_stills_over_the_frames_they_belong_to_are_keyframes(shot, addon):
    strip, _ = shot
    stills = addon.compat.strips(bpy.context.scene.sequence_editor)
    for frame, number in ((1, 0), (12, 24)):
        still = stills.new_image(f"trimap {number}", str(CLIP.with_name(f"trimap.{number:04d}.png")), 7, frame)
        trim_end(still, frame + 1)
    strip.ftpvm.keyframes_from, strip.ftpvm.trimap_strip = "STRIP", "trimap 0"
    keys = addon.keyframes.shown_keyframes(strip, bpy.context.scene)
    assert [(key.frame, key.shown) for key in keys] == [(0, 1), (11, 12)]
    press()
    assert len(mattes(addon, strip)) == 12
    stills["trimap 0"].name = "renamed"
    with pytest.raises(RuntimeError, match="There is no strip called “trimap 0”"):
        press()


def test_a_mask_among_trimaps_is_told_what_to_choose(shot, addon):
    strip, _ = shot
    stills = addon.compat.strips(bpy.context.scene.sequence_editor)
    trim_end(stills.new_image("roto", str(CLIP.with_name("alpha") / "0000.png"), 7, 1), 2)
    strip.ftpvm.keyframes_from, strip.ftpvm.trimap_strip = "STRIP", "roto"
    with pytest.raises(RuntimeError, match="choose Holds: Mattes or Masks"):
        press()
    strip.ftpvm.strip_holds = "MATTES"
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    press()
    assert len(mattes(addon, strip)) == 2


def test_a_painted_trimap_without_unknown_is_told_what_to_paint(shot, addon):
    strip, _ = shot
    bpy.context.scene.frame_set(3)
    bpy.ops.ftpvm.new_trimap()
    image = strip.ftpvm.painted[0].image
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    pixels[: len(pixels) // 2] = 1
    image.pixels.foreach_set(pixels)
    with pytest.raises(RuntimeError, match="Unknown brush"):
        press()


def test_a_painted_trimap_is_a_keyframe_and_grabcut_helps_to_paint_it(shot, addon):
    strip, _ = shot
    bpy.context.scene.frame_set(3)
    assert bpy.ops.ftpvm.new_trimap() == {"FINISHED"}
    (item,) = strip.ftpvm.painted
    width, height = item.image.size
    assert (item.frame, width, height) == (2, 512, 288)
    pixels = np.empty(width * height * 4, np.float32)
    item.image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, 4)
    pixels[60:260, 40:220] = 1  # the box around the creature, from the bottom up
    item.image.pixels.foreach_set(pixels.ravel())
    assert bpy.ops.ftpvm.cut_out(hint="BOX") == {"FINISHED"}
    assert strip.ftpvm.message == ""
    press()
    assert len(mattes(addon, strip)) == 12


def test_a_strip_that_must_be_rendered_is_never_read_from_its_file(shot, addon):
    strip, _ = shot
    strip.color_multiply = 0.5
    with pytest.raises(RuntimeError, match="As Seen"):
        press()
    strip.ftpvm.as_seen = True
    press()
    seen = sorted(addon.homes.seen_folder(strip).glob("*.png"))
    assert len(seen) == len(mattes(addon, strip)) == 12


def test_a_copied_scene_has_a_matte_of_its_own(shot, addon):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 3
    press()
    first = addon.homes.matte_home(strip)
    copied = bpy.context.scene.copy()
    twin = addon.compat.strips(copied.sequence_editor)["Plate"]
    session = addon.session.opened()
    session.begin(twin)
    tick_until(session, lambda: not session.going)
    assert addon.homes.matte_home(twin) != first == addon.homes.matte_home(strip)
    assert addon.results.matte_of(twin).id_data == copied
    assert len(mattes(addon, twin)) == 3


def test_what_was_copied_keeps_its_matte(shot, addon):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 3
    press()
    first = addon.homes.matte_home(strip)
    twin = addon.compat.strips(bpy.context.scene.copy().sequence_editor)["Plate"]
    press()
    assert strip.ftpvm.message.startswith("0 frames run")
    assert addon.homes.matte_home(strip) == first != addon.homes.matte_home(twin)


def test_what_was_pasted_into_an_older_scene_leaves_the_original_its_matte(shot, addon):
    """A paste brings the strip with all it knows, but not its matte."""
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 3
    original = addon.compat.strips(bpy.context.scene.copy().sequence_editor)["Plate"]
    session = addon.session.opened()
    session.begin(original)
    tick_until(session, lambda: not session.going)
    strip.ftpvm.uid = original.ftpvm.uid
    session.begin(original)
    tick_until(session, lambda: not session.going)
    assert original.ftpvm.message.startswith("0 frames run")
    assert addon.homes.matte_home(strip) != addon.homes.matte_home(original)


def test_a_range_as_seen_is_not_joined_to_mattes_of_the_file(shot, addon):
    strip, _ = shot
    press()
    assert len(addon.results.matte_of(strip).elements) > 3
    strip.ftpvm.as_seen = True
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 3
    press()
    assert len(addon.results.matte_of(strip).elements) == 3


def test_an_unsaved_file_is_warned_of(scene, addon):
    strip = add_movie(scene, addon, last=2)
    strip.ftpvm.mask = keyed_mask(boxes={0: BOXES[0]})
    session = addon.session.opened()
    run = session.begin(strip)
    tick_until(session, lambda: not session.going)
    assert any("Save the file" in warning for warning in run.progress.warnings)
    assert Path(bpy.app.tempdir) in mattes(addon, strip)[0].parents


def test_mattes_of_an_unsaved_file_move_beside_it_when_it_is_saved(scene, addon, tmp_path):
    strip = add_movie(scene, addon, last=2)
    strip.ftpvm.mask = keyed_mask(boxes={0: BOXES[0]})
    press()
    temporary = addon.homes.matte_home(strip)
    bpy.ops.ed.undo_push(message="matted")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))

    def assert_at_home():
        strip = addon.compat.strips(bpy.context.scene.sequence_editor)["Plate"]
        directory = addon.results.matte_of(strip).directory
        assert directory.startswith("//mattes/") and Path(bpy.path.abspath(directory)).is_dir()

    assert_at_home()
    assert len(mattes(addon, strip)) == 2 and tmp_path in mattes(addon, strip)[0].parents and not temporary.exists()
    strip.ftpvm.band_inner += 1
    bpy.ops.ed.undo_push(message="something of the artist's")
    bpy.ops.ed.undo()
    assert_at_home()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))  # it was saved before they moved
    assert_at_home()
    press(strip="Plate")
    strip = addon.compat.strips(bpy.context.scene.sequence_editor)["Plate"]
    assert strip.ftpvm.message.startswith("0 frames run, 1 spans")


@pytest.mark.parametrize("kind", ["png16", "png8", "exr"])
def test_what_blender_shows_of_the_strip_is_the_workers_matte(shot, addon, worker_python, kind, tmp_path):
    strip, _ = shot
    strip.ftpvm.format, strip.blend_type = kind, "ALPHA_OVER"
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 4
    press()
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 512, 288, 100
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", "16"
    scene.frame_set(3)
    scene.render.filepath = str(tmp_path / "shown.png")
    bpy.ops.render.render(write_still=True)
    (file,) = addon.homes.matte_home(strip).glob("*.0002.*")
    code = (
        "import sys, OpenImageIO as oiio, numpy as np\n"
        "shown, matte = (oiio.ImageBuf(p).get_pixels(oiio.FLOAT) for p in sys.argv[1:])\n"
        "print(np.abs(shown[..., 3] - matte[..., 0]).max(), matte.max() - matte.min())"
    )
    command = [worker_python, "-c", code, tmp_path / "shown.png", file]
    worst, spread = map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    assert worst < 1 / 255 + 1 / 2048 and spread > 0.5
