# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job in a real Blender with the real worker: press, correct, cancel, and what can go wrong."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from shots import BOXES, CLIP, add_movie, keyed_mask, set_box, trim_end


@pytest.fixture
def shot(scene, addon, tmp_path):
    """(strip, mask) in a saved file; the worker is the real one."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    strip, mask = add_movie(bpy.context.scene, addon), keyed_mask()
    strip.ftpvm.mask = mask
    return strip, mask


@pytest.fixture
def another_worker(addon):
    """For tests that choose or kill the worker; the others share a warm one."""
    before = addon.preferences.chosen().worker_python
    addon.session.closed()
    yield
    addon.preferences.chosen().worker_python = before
    addon.session.closed()


@pytest.fixture(scope="module", autouse=True)
def the_worker_is_the_real_one(addon, worker_python):
    addon.preferences.chosen().worker_python = worker_python
    yield
    addon.preferences.chosen().worker_python = ""
    addon.session.closed()


def press(**names):
    return bpy.ops.ftpvm.propagate_matte("EXEC_DEFAULT", **names)


def mattes(addon, strip):
    return sorted(addon.homes.matte_home(strip).glob("*.png"))


def states(addon, strip):
    """What the list and the coverage strip say of the spans."""
    keys = addon.keyframes.shown_keyframes(strip, bpy.context.scene)
    return [state for _, _, state in addon.coverage.spans_now(strip, keys)]


def tick_until(session, true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, [run.progress.words for run in session.runs.values()]
        session.tick()
        time.sleep(0.005)


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


def test_cancel_keeps_what_is_done_and_the_next_press_goes_on(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: run.progress.done >= 8)
    bpy.ops.ftpvm.cancel()
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "cancelled"
    kept = len(mattes(addon, strip))
    assert 0 < kept < 12
    press()
    assert len(mattes(addon, strip)) == 12
    assert int(strip.ftpvm.message.split()[0]) < 24  # of 24 network frames in all


def test_a_killed_worker_is_started_again_and_the_job_goes_on(shot, addon, another_worker):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: run.progress.done >= 3)
    os.kill(session.worker.info["pid"], signal.SIGKILL)
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "done", run.progress.error
    assert any("started again" in warning for warning in run.progress.warnings)
    assert len(mattes(addon, strip)) == 12


def test_a_missing_worker_is_said_in_a_sentence(shot, addon, another_worker, tmp_path):
    addon.preferences.chosen().worker_python = str(tmp_path / "gone/python")
    with pytest.raises(RuntimeError, match="gone/python"):
        press()


def test_a_mask_without_keys_is_said_in_a_sentence(shot, addon):
    strip, _ = shot
    strip.ftpvm.mask = bpy.data.masks.new("Empty")
    with pytest.raises(RuntimeError, match="no keyframe"):
        press()


def test_a_strip_whose_file_is_gone(shot, addon, tmp_path):
    strip, _ = shot
    strip.filepath = str(tmp_path / "gone.mp4")
    with pytest.raises(RuntimeError, match=r"gone\.mp4"):
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


def test_a_full_disk_is_said_and_what_is_done_is_kept(shot, addon, another_worker, worker_python, tmp_path):
    """The kernel refuses the worker's writes in the middle of a file, as where a disk is full."""
    strip, _ = shot
    crammed = tmp_path / "python"
    crammed.write_text(f'#!/bin/sh\nulimit -f 16\nexec "{worker_python}" "$@"\n')
    crammed.chmod(0o755)
    addon.preferences.chosen().worker_python = str(crammed)
    with pytest.raises(RuntimeError, match=r"(?i)full|space"):
        press()
    assert not [f for f in mattes(addon, strip) if f.stat().st_size == 0]


def test_two_strips_can_be_queued(shot, addon):
    strip, _ = shot
    other = add_movie(bpy.context.scene, addon, start=60, last=3)
    other.channel, other.name = 3, "Other"
    other.ftpvm.mask = keyed_mask(60, {0: BOXES[0]})
    session = addon.session.opened()
    runs = [session.begin(bpy.context.scene, strip), session.begin(bpy.context.scene, other)]
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


def test_a_file_saved_in_the_midst_of_a_run_goes_on_with_it(shot, addon, tmp_path):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: run.progress.done >= 6)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert not session.going
    addon.session.resume()
    assert len(session.going) == 1
    tick_until(session, lambda: not session.going)
    strip = addon.compat.strips(bpy.context.scene.sequence_editor)["Plate"]
    assert len(mattes(addon, strip)) == 12


def reopened(addon):
    """The uids of what goes on after the file was saved and opened again."""
    path = bpy.data.filepath
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=path)
    addon.session.resume()
    return list(addon.session.opened().going)


def test_a_strip_cut_or_copied_during_its_run_is_gone_on_with_once(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    session.begin(bpy.context.scene, strip)
    bpy.context.scene.copy().use_fake_user = True  # its strip has the uid, too
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    strip.select = True
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.sequencer.split(frame=7, channel=1, type="SOFT", side="BOTH")
    addon.results.realign(bpy.context.scene)
    assert len({each.ftpvm.uid for _, each in addon.identity.all_strips()}) == 2
    assert len(list(addon.identity.all_strips())) == 3
    assert len(reopened(addon)) == 1 and len(list(addon.identity.all_strips())) == 3
    addon.session.closed()


def test_a_run_that_ended_stays_ended_after_undo(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    uid = session.begin(bpy.context.scene, strip).uid
    bpy.ops.ed.undo_push(message="something of the artist's")
    session.cancel(uid)
    tick_until(session, lambda: not session.going)
    bpy.ops.ed.undo_push(message="Propagate Matte")
    bpy.ops.ed.undo()
    assert addon.identity.strip_or_none(uid)[1].ftpvm.unfinished
    assert reopened(addon) == []


def test_as_seen_switched_during_a_run_leaves_its_matte_in_place(shot, addon):
    strip, _ = shot
    strip.use_reverse_frames = True
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: run.job is not None)
    strip.ftpvm.as_seen = True
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "done", run.progress.error
    matte, compat = addon.results.matte_of(strip), addon.compat
    assert not matte.ftpvm.as_seen and matte.use_reverse_frames
    assert compat.left_handle(matte) == compat.left_handle(strip)


def test_what_goes_wrong_in_blender_ends_the_runs_with_a_word(shot, addon, capfd):
    strip, _ = shot

    def broken(event):
        raise RuntimeError("Blender refuses")

    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    session.ask("status", broken)
    session.ask("status", broken)
    deadline = time.monotonic() + 60
    while addon.session._tick() is not None:  # what Blender's timer calls
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert (run.progress.state, run.progress.error) == ("failed", "Blender refuses")
    assert "Traceback" in capfd.readouterr().err
    assert not session.tick()
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    press()
    assert len(mattes(addon, strip)) == 2


def test_a_strip_deleted_during_its_run_takes_the_job_along(shot, addon):
    strip, mask = shot
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: run.progress.done >= 3)
    addon.compat.strips(bpy.context.scene.sequence_editor).remove(strip)
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "failed" and "gone" in run.progress.error
    other = add_movie(bpy.context.scene, addon, last=2)
    other.ftpvm.mask = mask
    press(strip=other.name)
    assert len(mattes(addon, other)) == 2  # it didn't wait for the lost one


def test_a_copied_scene_has_a_matte_of_its_own(shot, addon):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_first, strip.ftpvm.range_last = True, 1, 3
    press()
    first = addon.homes.matte_home(strip)
    copied = bpy.context.scene.copy()
    twin = addon.compat.strips(copied.sequence_editor)["Plate"]
    session = addon.session.opened()
    session.begin(copied, twin)
    tick_until(session, lambda: not session.going)
    assert addon.homes.matte_home(twin) != first == addon.homes.matte_home(strip)
    assert addon.results.matte_of(twin).id_data == copied
    assert len(mattes(addon, twin)) == 3


def test_an_unsaved_file_is_warned_of(scene, addon):
    strip = add_movie(scene, addon, last=2)
    strip.ftpvm.mask = keyed_mask(boxes={0: BOXES[0]})
    session = addon.session.opened()
    run = session.begin(scene, strip)
    tick_until(session, lambda: not session.going)
    assert any("Save the file" in warning for warning in run.progress.warnings)
    assert Path(bpy.app.tempdir) in mattes(addon, strip)[0].parents


@pytest.fixture
def an_older_worker(addon, another_worker, worker_python):
    """The environment that Set Up Worker makes, as an add-on before this one left it."""
    environment = addon.preferences.environment()
    python = Path(environment.python)
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{worker_python}" "$@"\n')
    python.chmod(0o755)
    (environment.folder / "ftpvm-environment.json").write_text('{"wheel": "of an older add-on"}')
    addon.preferences.chosen().worker_python = ""
    yield
    shutil.rmtree(environment.folder)


def test_an_outdated_worker_is_warned_of(shot, addon, an_older_worker):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    session = addon.session.opened()
    run = session.begin(bpy.context.scene, strip)
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "done", run.progress.error
    assert any("older than this add-on" in warning for warning in run.progress.warnings)


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
