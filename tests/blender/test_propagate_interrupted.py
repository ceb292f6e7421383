# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job with something in its way: cancelled, killed, a full disk, a strip that is cut, undone or deleted."""

import contextlib
import importlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from presses import mattes, press, tick_until
from shots import BOXES, CLIP, add_movie, in_sequencer, keyed_mask

pytestmark = pytest.mark.usefixtures("the_worker_is_the_real_one")


def test_cancel_keeps_what_is_done_and_the_next_press_goes_on(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(strip)
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
    run = session.begin(strip)
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


def no_such_strip(scene, addon, strip):
    press(strip="nothing")


def no_picture(scene, addon, strip):
    addon.compat.strips(scene.sequence_editor).new_sound("Sound", str(CLIP), 5, 1)
    press(strip="Sound")


def no_such_mask(scene, addon, strip):
    press(mask="nothing")


def no_whole_path(scene, addon, strip):
    strip.ftpvm.folder = "mattes"
    press()


def no_such_device(scene, addon, strip):
    addon.preferences.chosen().device = "cuda" if sys.platform == "darwin" else "mps"
    press()


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (no_such_strip, "There is no strip 'nothing'"), (no_picture, "“Sound” has no picture"),
        (no_such_mask, "There is no mask 'nothing'"), (no_whole_path, "isn't a whole path: begin it with //"),
        (no_such_device, "This machine has no"),
    ],
)  # fmt: skip
def test_what_cant_be_is_refused_in_a_sentence(shot, addon, another_worker, worker_python, refused, sentence):
    strip, _ = shot
    addon.preferences.chosen().worker_python = worker_python
    try:
        with pytest.raises(RuntimeError, match=sentence):
            refused(bpy.context.scene, addon, strip)
    finally:
        addon.preferences.chosen().property_unset("device")


def test_a_keyframe_that_goes_away_while_they_are_drawn_is_said(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(strip)
    tick_until(session, lambda: run.progress.words.startswith("Keyframe 1"))
    strip.ftpvm.mask = keyed_mask(1, {0: BOXES[0]})
    tick_until(session, lambda: not session.going)
    assert run.progress.error == "A keyframe went away while they were drawn: press again."


def test_the_worker_starts_on_the_device_that_was_chosen_last(addon, another_worker):
    chosen = addon.preferences.chosen()
    for device in ("cpu", "auto"):
        chosen.device = device
        assert addon.session.opened().worker.device == device


def test_a_strip_whose_file_is_gone(shot, addon, tmp_path):
    strip, _ = shot
    strip.filepath = str(tmp_path / "gone.mp4")
    with pytest.raises(RuntimeError, match=r"gone\.mp4"):
        press()


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


def test_a_file_saved_in_the_midst_of_a_run_goes_on_with_it(shot, addon, tmp_path):
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(strip)
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
    session.begin(strip)
    bpy.context.scene.copy().use_fake_user = True  # its strip has the uid, too
    strip.select = True
    with in_sequencer(bpy.context.scene):
        bpy.ops.sequencer.split(frame=7, channel=1, type="SOFT", side="BOTH")
    addon.results.realign(bpy.context.scene)
    assert len({each.ftpvm.uid for _, each in addon.identity.all_strips()}) == 2
    assert len(list(addon.identity.all_strips())) == 3
    assert len(reopened(addon)) == 1 and len(list(addon.identity.all_strips())) == 3
    addon.session.closed()


def test_a_run_that_ended_stays_ended_after_undo(shot, addon):
    strip, _ = shot
    session = addon.session.opened()
    uid = session.begin(strip).uid
    bpy.ops.ed.undo_push(message="something of the artist's")
    session.cancel(uid)
    tick_until(session, lambda: not session.going)
    bpy.ops.ed.undo_push(message="Propagate Matte")
    bpy.ops.ed.undo()
    assert addon.identity.strip_or_none(uid)[1].ftpvm.unfinished
    assert reopened(addon) == []


def test_a_press_while_blender_renders_waits_for_it(shot, addon, monkeypatch):
    rendering = ["RENDER"]

    class Busy:
        def __getattr__(self, name):
            return getattr(bpy.app, name)

        def is_job_running(self, kind):
            return kind in rendering

    for module in (addon.runs, importlib.import_module(f"{addon.__name__}.scratch_scene")):
        busy = SimpleNamespace(app=Busy(), context=bpy.context, ops=bpy.ops, data=bpy.data, types=bpy.types)
        monkeypatch.setattr(module, "bpy", busy)
    strip, _ = shot
    session = addon.session.opened()
    run = session.begin(strip)
    for _ in range(20):
        session.tick()
    assert session.going and run.job is None and run.progress.error is None
    rendering.clear()
    tick_until(session, lambda: run.job is not None)
    session.cancel(run.uid)
    tick_until(session, lambda: not session.going)


def test_only_a_press_that_changed_something_can_be_undone(shot, addon, monkeypatch):
    steps = []
    monkeypatch.setattr(addon.session.undo, "step", steps.append)
    strip, mask = shot
    strip.ftpvm.mask = bpy.data.masks.new("Empty")
    with pytest.raises(RuntimeError, match="no keyframe"):
        press()
    assert "Propagate Matte" not in steps
    strip.ftpvm.mask = mask
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    press()
    assert steps.count("Propagate Matte") == 1


def test_a_run_that_ends_during_a_brush_stroke_adds_its_undo_step_after_it(shot, addon, monkeypatch):
    strip, _ = shot
    strip.ftpvm.use_range, strip.ftpvm.range_last = True, 2
    always_on = SimpleNamespace(bl_idname="SCREENCAST_OT_keys")
    strokes, steps = [SimpleNamespace(bl_idname="PAINT_OT_image_paint"), always_on], []
    window = SimpleNamespace(modal_operators=strokes)
    context = SimpleNamespace(
        window_manager=SimpleNamespace(windows=[window]), temp_override=lambda **_: contextlib.nullcontext()
    )
    pushing = SimpleNamespace(ed=SimpleNamespace(undo_push=lambda message: steps.append(message)))
    windowed = SimpleNamespace(app=SimpleNamespace(background=False), context=context, ops=pushing)
    monkeypatch.setattr(addon.session.undo, "bpy", windowed)
    session, tick = addon.session.opened(), addon.session._tick  # what Blender's timer calls
    session.begin(strip)
    deadline = time.monotonic() + 60
    while session.going:
        assert time.monotonic() < deadline
        assert tick() is not None
        time.sleep(0.005)
    assert tick() is not None and steps == []
    strokes.remove(strokes[0])
    assert tick() is None and steps == ["Propagate Matte"]


def test_a_cut_strip_keeps_its_run_when_what_came_after_the_press_is_undone(shot, addon, monkeypatch):
    strip, _ = shot
    addon.identity.uid_of(strip)
    scene = bpy.context.scene
    with in_sequencer(scene):
        strip.select = True
        bpy.ops.sequencer.split(frame=7, channel=1, type="SOFT", side="BOTH")
    bpy.ops.ed.undo_push(message="Split")
    addon.results.realign(scene)
    later = max(addon.compat.strips(scene.sequence_editor), key=addon.compat.left_handle)
    monkeypatch.setattr(addon.session.undo, "step", lambda words: bpy.ops.ed.undo_push(message=words))
    uid = addon.session.opened().begin(later).uid
    scene.frame_current = 9
    bpy.ops.ed.undo_push(message="something of the artist's")
    bpy.ops.ed.undo()
    assert addon.identity.strip_or_none(uid)
    addon.session.closed()


def test_as_seen_switched_during_a_run_leaves_its_matte_in_place(shot, addon):
    strip, _ = shot
    strip.use_reverse_frames = True
    session = addon.session.opened()
    run = session.begin(strip)
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
    run = session.begin(strip)
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
    run = session.begin(strip)
    tick_until(session, lambda: run.progress.done >= 3)
    addon.compat.strips(bpy.context.scene.sequence_editor).remove(strip)
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "failed" and "gone" in run.progress.error
    other = add_movie(bpy.context.scene, addon, last=2)
    other.ftpvm.mask = mask
    press(strip=other.name)
    assert len(mattes(addon, other)) == 2  # it didn't wait for the lost one


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
    run = session.begin(strip)
    tick_until(session, lambda: not session.going)
    assert run.progress.state == "done", run.progress.error
    assert any("older than this add-on" in warning for warning in run.progress.warnings)
