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
