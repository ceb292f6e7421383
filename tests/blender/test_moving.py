# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from shots import CLIP, add_movie, on_another_disk

pytestmark = pytest.mark.usefixtures("the_worker_is_the_real_one")


@pytest.fixture
def strip(scene, addon):
    """A strip of an unsaved file, with a matte."""
    strip = add_movie(scene, addon)
    temporary = addon.homes.matte_home(strip)
    temporary.mkdir(parents=True)
    shutil.copy(CLIP.with_name("alpha") / "0000.png", temporary / "clip_matte.0000.png")
    files = addon.results.MatteFiles(temporary, "clip_matte", "png8", 0, 0)
    addon.results.place_matte(scene, strip, addon.strips.timing_of(strip), files, as_seen=False)
    return strip


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_mattes_that_cant_be_moved_stay_until_they_can(addon, strip, tmp_path):
    temporary = addon.homes.matte_home(strip)
    (tmp_path / "mattes").touch()  # no folder can be made there
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert "can't be moved" in strip.ftpvm.message
    assert names(temporary) == ["clip_matte.0000.png"]
    (tmp_path / "mattes").unlink()
    bpy.ops.wm.save_mainfile()
    assert names(addon.homes.matte_home(strip)) == ["clip_matte.0000.png"]
    assert tmp_path in addon.homes.matte_home(strip).parents and not temporary.exists()


@pytest.fixture
def another_disk(monkeypatch):
    """Set it to let copies end."""
    copytree, go_on = shutil.copytree, threading.Event()

    def slow(old, new):
        assert go_on.wait(60)
        return copytree(old, new)

    on_another_disk(monkeypatch)
    monkeypatch.setattr(shutil, "copytree", slow)
    yield go_on
    go_on.set()


@pytest.fixture
def windowed(addon, monkeypatch):
    """As in a window, whose timer `_tick` stands for."""
    timers = SimpleNamespace(is_registered=lambda _: False, register=lambda _: None)
    app = SimpleNamespace(background=False, timers=timers, tempdir=bpy.app.tempdir, version_string="test")
    monkeypatch.setattr(addon.session, "bpy", SimpleNamespace(app=app))


def test_across_disks_blender_goes_on_while_mattes_are_copied(addon, strip, another_disk, windowed, tmp_path):
    temporary, matte = addon.homes.matte_home(strip), addon.results.matte_of(strip)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    session = addon.session.opened()
    run = session.begin(strip)
    assert addon.session._tick() is not None
    assert run.progress.words.startswith("Moving its mattes")
    assert Path(bpy.path.abspath(matte.directory)).samefile(temporary)  # until all is there
    session.cancel(run.uid)
    another_disk.set()
    deadline = time.monotonic() + 60
    while addon.session._tick() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert matte.directory.startswith("//mattes/") and not temporary.exists()
    assert names(addon.homes.matte_home(strip)) == ["clip_matte.0000.png"]
    addon.session.closed()


def test_a_second_save_waits_for_the_mattes_of_the_first(addon, strip, another_disk, windowed, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    another_disk.set()
    bpy.ops.wm.save_mainfile()
    assert addon.results.matte_of(strip).directory.startswith("//mattes/")
