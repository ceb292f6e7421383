# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in Blender's hands: valid, gone without a trace, upgraded without loss. Each test has its own Blender."""

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import bl_pkg
import bpy
import pytest
from fresh import run_in_blender


@pytest.fixture
def profile(tmp_path):
    return tmp_path / "profile"


def newer(archive, folder):
    """The same extension as version 0.1.1."""
    path = folder / "newer.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'"0.1.0"', b'"0.1.1"') if name.endswith(".toml") else content)
    return path


def test_blender_finds_the_zip_valid(archive):
    cli = Path(bl_pkg.__file__).parent / "cli/blender_ext.py"
    checked = subprocess.run([sys.executable, str(cli), "validate", str(archive)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_install_disable_enable_and_uninstall_leave_nothing_behind(archive, profile):
    told = run_in_blender(
        """
        before = traces()
        addon = install(sys.argv[1])
        enabled = traces()
        (addon.preferences.environment().folder).mkdir(parents=True)
        bpy.ops.preferences.addon_disable(module=MODULE)
        disabled = traces()
        bpy.ops.preferences.addon_enable(module=MODULE)
        again = traces()
        uninstall()
        told(before=before, enabled=enabled, disabled=disabled, again=again, uninstalled=traces(),
             modules=[name for name in sys.modules if name.startswith(MODULE)])
        """,
        profile,
        archive,
    )
    assert told["disabled"] == told["uninstalled"] == told["before"] != told["enabled"]
    assert told["enabled"] == told["again"]
    assert told["modules"] == []
    assert list(profile.rglob("*ftpvm*")) == []


def test_an_upgrade_keeps_the_settings_and_the_workers_environment(archive, profile, tmp_path):
    told = run_in_blender(
        """
        addon = install(sys.argv[1])
        chosen = addon.preferences.chosen()
        chosen.worker_python, chosen.package_index, chosen.device = sys.argv[3], "/wheels", "cpu"
        folder = addon.preferences.environment().folder
        folder.mkdir(parents=True)
        (folder / "torch").touch()
        bpy.ops.wm.save_userpref()
        addon = install(sys.argv[2])
        told(worker=addon.preferences.chosen().worker_python, kept=os.listdir(addon.preferences.environment().folder))
        """,
        profile, archive, newer(archive, tmp_path), sys.executable,
    )  # fmt: skip
    assert told == {"worker": sys.executable, "kept": ["torch"]}
    if bpy.app.version < (4, 5):
        return  # the 4.2 wheel crashes in read_userpref, without any add-on too
    later = run_in_blender(
        """
        import addon_utils
        bpy.ops.wm.read_userpref()  # the wheel starts without
        chosen = sys.modules[MODULE].preferences.chosen()
        manifest = addon_utils.module_bl_info(sys.modules[MODULE])["version"]
        told(index=chosen.package_index, device=chosen.device, version=list(manifest),
             kept=os.listdir(sys.modules[MODULE].preferences.environment().folder))
        """,
        profile,
    )
    assert later == {"index": "/wheels", "device": "cpu", "version": [0, 1, 1], "kept": ["torch"]}


def test_disabling_ends_the_worker_and_a_running_set_up(archive, profile, worker_python):
    told = run_in_blender(
        """
        before = traces()
        addon = install(sys.argv[1])
        addon.preferences.chosen().worker_python = sys.argv[2]
        worker = addon.session.opened().worker
        worker.start()
        while worker.state == "starting":
            worker.poll()
            time.sleep(0.01)
        pid = worker.info["pid"]
        step = addon.host.installer.Step("Waiting", [sys.argv[2], "-c", "import time; time.sleep(600)"])
        addon.setting_up.begin(addon.host.installer.Installer([step]))
        addon.setting_up.last().poll()
        child = addon.setting_up.last()._child._process.pid
        began = time.perf_counter()
        bpy.ops.preferences.addon_disable(module=MODULE)
        took = time.perf_counter() - began
        time.sleep(0.2)
        told(pids=[pid, child], took=took, clean=traces() == before)
        """,
        profile, archive, worker_python,
    )  # fmt: skip
    assert told["clean"]
    assert told["took"] < 3
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in told["pids"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
