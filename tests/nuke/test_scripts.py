# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving, opening, copying: what a node is after that, and where its mattes are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from nuke_shots import FIRST, LAST, counted, has_ended, load, mattes, propagate


def copied(app, *nodes):
    app.select(*nodes)
    app.module.nodeCopy("%clipboard%")
    return app.module.nodePaste("%clipboard%")


def is_error_without_mattes(app, node):
    """Whether a farm that hasn't the mattes, say, gets an error in place of a black alpha."""
    app.root.setFrame(LAST)
    file = node.node("Matte")["file"]
    where = file.value()
    file.setValue("/gone/plate_matte.%04d.exr")
    found = node.hasError()
    file.setValue(where)
    return found


def test_a_copy_shows_its_originals_mattes_until_it_has_its_own(app, shot, tmp_path):
    propagate(app, shot)
    copy = copied(app, shot)
    assert copy["ftpvm_uid"].value() not in ("", shot["ftpvm_uid"].value())
    assert "A copy" in copy["status"].value()
    for slot in (0, 1):
        copy.setInput(slot, shot.input(slot))
    shown = app.pixels(copy, LAST)["rgba.alpha"]
    np.testing.assert_array_equal(shown, app.pixels(shot, LAST)["rgba.alpha"])

    copy["keyframes"].setValue(str(FIRST))
    assert counted(propagate(app, copy))[0] > 0
    assert len({path.parent for path in (tmp_path / "mattes").rglob("*.exr")}) == 2
    assert np.abs(app.pixels(copy, LAST)["rgba.alpha"] - shown).max() > 0
    np.testing.assert_array_equal(app.pixels(shot, LAST)["rgba.alpha"], shown)
    assert counted(propagate(app, shot))[0] == 0


def test_a_copy_of_a_running_node_does_not_run(app, shot):
    shot["resolution"].setValue(256)
    app.press(shot, "propagate")
    copy = copied(app, shot)
    assert not copy["unfinished"].value()
    assert copy.node("Matte")["on_error"].value() == "error"
    app.press(copy, "cancel")
    app.events.pump(lambda: has_ended(app, shot))
    counted(shot["status"].value())


def test_a_script_that_is_opened_shows_the_mattes_that_were_made_meanwhile(app, shot, tmp_path):
    """As by a farm, which doesn't save it: neither the node's Read nor its status tell of them."""
    app.save(tmp_path / "comp.nk")
    propagate(app, shot)
    wanted = app.pixels(shot, LAST)["rgba.alpha"]
    app.open(tmp_path / "comp.nk")
    node = app.root.node("FTPVM_PropagateMatte1")
    assert f"{LAST - FIRST + 1} of {LAST - FIRST + 1} mattes" in node["status"].value()
    np.testing.assert_array_equal(app.pixels(node, LAST)["rgba.alpha"], wanted)
    assert counted(propagate(app, node))[0] == 0


def another_format(app, shot):
    propagate(app, shot)
    shot["file_format"].setValue("PNG, 16-bit")
    return shot


def a_wider_range(app, shot):
    shot["use_range"].setValue(True)
    shot["first"].setValue(FIRST)
    shot["last"].setValue(LAST - 3)
    propagate(app, shot)
    shot["last"].setValue(LAST)
    return shot


def a_copy(app, shot):
    propagate(app, shot)
    copy = copied(app, shot)
    for slot in (0, 1):
        copy.setInput(slot, shot.input(slot))
    copy["keyframes"].setValue(str(FIRST))
    return copy


@pytest.mark.parametrize("changed", [another_format, a_wider_range, a_copy])
def test_mattes_made_meanwhile_take_the_place_of_those_that_a_node_showed(app, shot, tmp_path, changed):
    node = changed(app, shot)
    name, before = node.name(), app.pixels(node, LAST)["rgba.alpha"]
    app.save(tmp_path / "comp.nk")
    propagate(app, node)  # as by a farm
    wanted = app.pixels(node, LAST)["rgba.alpha"]
    assert np.abs(wanted - before).max() > 0
    app.open(tmp_path / "comp.nk")
    node = app.root.node(name)
    assert f"{LAST - FIRST + 1} of {LAST - FIRST + 1} mattes" in node["status"].value()
    np.testing.assert_array_equal(app.pixels(node, LAST)["rgba.alpha"], wanted)


def test_a_node_that_lost_its_plate_goes_on_showing_its_mattes(app, shot, tmp_path):
    propagate(app, shot)
    status = shot["status"].value()
    shot.setInput(0, None)
    app.save(tmp_path / "comp.nk")
    app.open(tmp_path / "comp.nk")
    assert app.root.node("FTPVM_PropagateMatte1")["status"].value() == status


def test_a_script_saved_in_the_middle_of_a_run_goes_on_when_it_is_opened(app, shot, tmp_path):
    shot["resolution"].setValue(256)
    app.press(shot, "propagate")
    runs = sys.modules["ftpvm_nuke.session"].current().runs
    app.events.pump(lambda: runs[shot["ftpvm_uid"].value()].progress.done >= 4)
    app.save(tmp_path / "comp.nk")
    app.open(tmp_path / "comp.nk")
    node = app.root.node("FTPVM_PropagateMatte1")
    app.events.pump(lambda: has_ended(app, node))
    run, _ = counted(node["status"].value())
    assert run <= 2 * (LAST - FIRST) + 1 - 4
    assert len(mattes(tmp_path / "mattes")) == LAST - FIRST + 1


def test_opening_a_script_changes_nothing_that_is_as_it_was(app, shot, tmp_path):
    propagate(app, shot)
    app.save(tmp_path / "comp.nk")
    app.open(tmp_path / "comp.nk")
    app.save(tmp_path / "again.nk")
    saved, again = ((tmp_path / name).read_text("utf-8") for name in ("comp.nk", "again.nk"))
    assert again.replace("again.nk", "comp.nk") == saved


def test_a_matte_that_is_missing_is_an_error_but_while_mattes_are_made(app, shot, tmp_path):
    propagate(app, shot)
    assert is_error_without_mattes(app, shot)
    shot["resolution"].setValue(256)
    app.press(shot, "propagate")
    assert not is_error_without_mattes(app, shot)
    app.press(shot, "cancel")
    app.events.pump(lambda: has_ended(app, shot))
    assert is_error_without_mattes(app, shot)

    app.save(tmp_path / "comp.nk")
    text = (tmp_path / "comp.nk").read_text("utf-8")
    (tmp_path / "older.nk").write_text(re.sub(r'"on_error": "\w+"', '"on_error": "black"', text), "utf-8")
    assert "black" in (tmp_path / "older.nk").read_text("utf-8")
    app.open(tmp_path / "older.nk")
    assert is_error_without_mattes(app, app.root.node("FTPVM_PropagateMatte1"))


def test_a_script_saved_while_mattes_are_made_has_no_gaps_on_a_farm(app, shot, tmp_path):
    propagate(app, shot)
    shot["resolution"].setValue(256)
    app.press(shot, "propagate")
    app.save(tmp_path / "comp.nk")
    assert is_error_without_mattes(app, shot)  # so it is in the file
    app.events.pump(lambda: shot.node("Matte")["on_error"].value() == "black")
    app.press(shot, "cancel")
    app.events.pump(lambda: has_ended(app, shot))


def test_reload_says_whose_mattes_it_found(app, shot, tmp_path):
    app.press(shot, "reload")
    assert shot["status"].value().startswith(f"No mattes in {tmp_path / 'mattes'}")
    propagate(app, shot)
    app.press(shot, "reload")
    assert "6 of 6 mattes are there" in shot["status"].value()
    copy = copied(app, shot)
    copy.setInput(0, shot.input(0))
    app.press(copy, "reload")
    assert "of another node" in copy["status"].value()
    shown = app.pixels(shot, LAST)["rgba.alpha"]
    np.testing.assert_array_equal(app.pixels(copy, LAST)["rgba.alpha"], shown)


def test_an_unsaved_script_has_a_temporary_folder_and_says_so(app, shot, tmp_path, monkeypatch):
    monkeypatch.setenv("NUKE_TEMP_DIR", str(tmp_path / "temporary"))
    app.root["name"].setValue("")
    status = propagate(app, shot)
    counted(status)
    assert "save the script and press again" in status
    assert len(mattes(tmp_path / "temporary")) == LAST - FIRST + 1
    shot["folder"].setValue("renders")
    assert "isn't saved" in propagate(app, shot)


def test_a_chosen_folder_is_taken(app, shot, tmp_path):
    for folder in ("renders", str(tmp_path / "else where")):
        shot["folder"].setValue(folder)
        counted(propagate(app, shot))
        (home,) = {path.parent for path in mattes(tmp_path / folder).values()}
        assert home.parent == Path(tmp_path / folder)
        np.testing.assert_array_equal(app.pixels(shot, LAST)["rgba.alpha"], load(mattes(tmp_path / folder)[LAST]))


@pytest.mark.parametrize("kind", ["Group", "StudioLook"])
def test_a_node_in_a_group_or_gizmo_works_too(app, shot, kind):
    inner = getattr(app.module.nodes, kind)(name="Comp")
    app.select(shot, shot.input(0), shot.input(1))
    app.module.nodeCopy("%clipboard%")
    with inner:
        app.module.nodePaste("%clipboard%")
    node = inner.node("FTPVM_PropagateMatte1")
    app.module.delete(shot)
    counted(propagate(app, node))
    assert app.pixels(node, FIRST)["rgba.alpha"].max() > 0.9
