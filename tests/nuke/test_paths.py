# SPDX-License-Identifier: GPL-3.0-or-later
"""Where mattes go and how Nuke spells paths."""

from pathlib import Path

import pytest
from ftpvm_nuke.errors import UserError
from ftpvm_nuke.paths import base_folder, clip_name, home, spelled, temporary_folder


def test_mattes_lie_beside_the_script():
    assert base_folder("", "/jobs/a b/comp_v001.nk") == Path("/jobs/a b/mattes")


def test_a_chosen_folder_may_be_relative_to_the_script():
    assert base_folder("/mattes", "/jobs/comp.nk") == Path("/mattes")
    assert base_folder("out/mattes", "/jobs/comp.nk") == Path("/jobs/out/mattes")
    with pytest.raises(UserError, match="save it first"):
        base_folder("out/mattes", "")


def test_an_unsaved_script_uses_nukes_temporary_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NUKE_TEMP_DIR", str(tmp_path))
    assert temporary_folder() in base_folder("", "").parents
    assert tmp_path in base_folder("", "").parents


@pytest.mark.parametrize("folder", ["/jobs/shot#1", "/jobs/100%d"])
def test_a_folder_that_nuke_would_count_in_is_refused(folder):
    with pytest.raises(UserError, match="frame number"):
        base_folder(folder, "")
    with pytest.raises(UserError, match="frame number"):
        base_folder("", f"{folder}/comp.nk")


def test_versions_of_a_script_share_mattes_and_nodes_do_not():
    base = base_folder("", "/jobs/comp_v001.nk")
    assert base == base_folder("", "/jobs/comp_v002.nk")
    assert home(base, "plate", "0123456789") != home(base, "plate", "9876543210")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/s/plate.%04d.exr", "plate"),
        ("/s/sh010_plate_####.exr", "sh010_plate"),
        ("/s/клип кот.mov", "клип кот"),
        ("/s/%04d.exr", "shot"),
    ],
)
def test_mattes_are_called_after_the_clip(file, name):
    assert clip_name(file) == name


def test_a_path_for_a_knob_has_nothing_that_tcl_would_run():
    assert spelled(Path("/a [b]/$c/d.%04d.exr")) == r"/a \[b\]/\$c/d.%04d.exr"
