# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on, installed from its zip into a throwaway Blender profile; these tests run in the `bpy` wheel."""

import importlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROFILE = tempfile.mkdtemp(prefix="ftpvm-blender-")
os.environ["BLENDER_USER_RESOURCES"] = PROFILE  # Blender reads it while it is imported

try:
    import bpy
except ImportError:  # `nox` runs these in environments of their own
    collect_ignore_glob = ["*"]
MODULE = "bl_ext.user_default.ftpvm"


@pytest.fixture(scope="session")
def archive(worker_python, tmp_path_factory):
    """The extension's zip, as `ftpvm package blender` makes it."""
    command = [worker_python, "-m", "ftpvm.cli", "package", "blender", "--out", tmp_path_factory.mktemp("dist")]
    return Path(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("  ")[0])


@pytest.fixture(scope="session")
def addon(archive):
    """The add-on's module, installed and enabled."""
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    yield importlib.import_module(MODULE)
    bpy.ops.preferences.addon_disable(module=MODULE)
    shutil.rmtree(PROFILE, ignore_errors=True)


@pytest.fixture
def scene(addon):
    """An empty file's scene with a sequence editor, its add-on enabled."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    scene = bpy.context.scene
    scene.sequence_editor_create()
    for workspace in bpy.data.workspaces:
        if hasattr(workspace, "sequencer_scene"):
            workspace.sequencer_scene = scene  # 5.0.1 crashes in modifiers.new without it
    return scene


@pytest.fixture(scope="session")
def worker_python():
    """A Python that has ftpvm and torch."""
    python = os.environ.get("FTPVM_WORKER_PYTHON")
    if not python:
        pytest.fail("set FTPVM_WORKER_PYTHON to a Python that has ftpvm[dev] installed")
    return python


@pytest.fixture
def shot(scene, addon, tmp_path):
    """(strip, mask) in a saved file; the worker is the real one."""
    from shots import add_movie, keyed_mask  # they need bpy

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


@pytest.fixture(scope="module")
def the_worker_is_the_real_one(addon, worker_python):
    addon.preferences.chosen().worker_python = worker_python
    yield
    addon.preferences.chosen().worker_python = ""
    addon.session.closed()
