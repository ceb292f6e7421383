# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Worker and Check Worker, as a script presses them; offline, on wheels of next to nothing."""

import subprocess

import bpy
import pytest
from stub_wheels import forget_pip_settings, write_ftpvm, write_wheel


@pytest.fixture
def chosen(addon):
    """The preferences, put back afterwards."""
    chosen = addon.preferences.chosen()
    yield chosen
    addon.setting_up.forget()
    for name in ("worker_python", "torch_build", "package_index"):
        chosen.property_unset(name)


@pytest.fixture
def offline(addon, monkeypatch, tmp_path):
    """A folder to install everything from, and a travelling wheel that needs nothing else."""
    forget_pip_settings(monkeypatch)
    monkeypatch.setattr(addon.preferences, "wheel", lambda: write_ftpvm(tmp_path / "addon"))
    for name in ("torch", "torchvision"):
        write_wheel(tmp_path / "wheels", name, {f"{name}.py": ""})
    return str(tmp_path / "wheels")


def test_without_a_worker_the_artist_is_told_what_to_press(addon, chosen):
    assert not addon.preferences.is_set_up()
    with pytest.raises(addon.preferences.NotSetUpError, match="Set Up Worker"):
        addon.preferences.worker_command()
    with pytest.raises(RuntimeError, match="Set Up Worker"):
        bpy.ops.ftpvm.check_worker()


def test_it_stays_offline_unless_allowed(addon, chosen):
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="may not go online"):
        bpy.ops.ftpvm.set_up_worker()
    assert not addon.preferences.environment().folder.exists()


def test_set_up_from_a_folder(addon, chosen, offline):
    chosen.package_index = offline
    assert bpy.ops.ftpvm.set_up_worker() == {"FINISHED"}
    assert addon.preferences.is_set_up()
    python, *_ = addon.preferences.worker_command()
    subprocess.run([python, "-P", "-c", "import torch, ftpvm"], check=True)
    assert bpy.ops.ftpvm.check_worker() == {"FINISHED"}
    assert addon.setting_up.last().report["findings"][0]["detail"] == "fine"


def test_a_set_up_that_fails_says_why(addon, chosen, offline, tmp_path):
    chosen.package_index = str(tmp_path / "addon")
    addon.preferences.wheel()
    with pytest.raises(RuntimeError, match="torch"):
        bpy.ops.ftpvm.set_up_worker()
    assert not addon.preferences.is_set_up()


def test_polling_never_holds_the_window_up_and_cancel_ends_it(addon, chosen, offline):
    chosen.package_index = offline
    setting_up = addon.setting_up
    setting_up.begin(addon.preferences.environment().set_up("cpu", offline, addon.preferences.wheel()))
    setting_up.last().poll()
    assert not bpy.ops.ftpvm.set_up_worker.poll() and not bpy.ops.ftpvm.check_worker.poll()
    assert bpy.ops.ftpvm.cancel_set_up() == {"FINISHED"}
    assert setting_up.last().state == "cancelled"
    assert not bpy.ops.ftpvm.cancel_set_up.poll()


def test_the_check_of_a_real_worker(addon, chosen, worker_python):
    chosen.worker_python = worker_python
    assert not bpy.ops.ftpvm.set_up_worker.poll()  # it would make an environment that nobody uses
    assert bpy.ops.ftpvm.check_worker() == {"FINISHED"}
    assert {"torch", "device"} <= {finding["name"] for finding in addon.setting_up.last().report["findings"]}
