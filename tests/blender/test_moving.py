# SPDX-License-Identifier: GPL-3.0-or-later
import bpy
from shots import add_movie


def test_mattes_that_cant_be_moved_stay_until_they_can(scene, addon, tmp_path):
    strip = add_movie(scene, addon)
    temporary = addon.homes.matte_home(strip)
    temporary.mkdir(parents=True)
    (temporary / "clip_matte.0000.png").touch()
    (tmp_path / "mattes").touch()  # no folder can be made there
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert "can't be moved" in strip.ftpvm.message
    assert [path.name for path in temporary.iterdir()] == ["clip_matte.0000.png"]
    (tmp_path / "mattes").unlink()
    bpy.ops.wm.save_mainfile()
    assert [path.name for path in addon.homes.matte_home(strip).iterdir()] == ["clip_matte.0000.png"]
    assert tmp_path in addon.homes.matte_home(strip).parents and not temporary.exists()
