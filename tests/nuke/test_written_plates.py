# SPDX-License-Identifier: GPL-3.0-or-later
"""Plates that Nuke writes for the worker, since no file alone shows what the plate input shows."""

from __future__ import annotations

import numpy as np
import pytest
from fake_nuke.images import _load
from nuke_shots import (
    FIRST,
    HEIGHT,
    LAST,
    WIDTH,
    counted,
    has_ended,
    load,
    matte_node,
    mattes,
    most_rendered_at_once,
    propagate,
    read_node,
    wait_for_message,
    write_alphas,
    write_plate,
)

FRAMES = list(range(FIRST, LAST + 1))


@pytest.fixture
def graded(app, shot):
    """The shot with a Grade between its Read and the node."""
    grade = app.module.nodes.Grade(multiply=1.0, inputs=[shot.input(0)])
    shot.setInput(0, grade)
    return shot


def plates_written(app):
    """The frames of plates that Nuke has rendered, in order."""
    return [frame for path, frame in app.executed if path.name.startswith("plate.")]


def on_disk(tmp_path):
    """The written plate's files by number."""
    return {int(path.stem.split(".")[1]): path for path in sorted((tmp_path / "mattes").rglob("plate.*.exr"))}


def test_a_plate_is_written_once_and_anew_when_it_changes(app, graded, clip, tmp_path):
    assert most_rendered_at_once(app, graded) == 1
    assert plates_written(app) == FRAMES
    assert list(mattes(tmp_path / "mattes")) == FRAMES
    before = app.pixels(graded, LAST)["rgba.alpha"]
    assert np.abs(before - clip[1][-1]).mean() < 0.03

    graded.input(0).setXYpos(100, 300)
    graded.input(0).setName("Warmer")
    assert counted(propagate(app, graded))[0] == 0
    assert plates_written(app) == FRAMES

    graded.input(0)["multiply"].setValue(0.05)
    assert counted(propagate(app, graded))[1] == 0
    assert plates_written(app) == FRAMES * 2
    assert len(on_disk(tmp_path)) == len(FRAMES)  # the old one is gone
    assert np.abs(app.pixels(graded, LAST)["rgba.alpha"] - before).max() > 0.1

    app.press(graded, "reload")
    counted(propagate(app, graded))
    assert plates_written(app) == FRAMES * 3


@pytest.mark.parametrize("kind", ["Group", "StudioLook"])
def test_what_is_in_a_group_or_gizmo_upstream_counts(app, shot, kind):
    group = getattr(app.module.nodes, kind)()
    with group:
        plate = app.module.nodes.Input(name="plate")
        grade = app.module.nodes.Grade(multiply=1.0, inputs=[plate])
        app.module.nodes.Output(inputs=[grade])
    group.setInput(0, shot.input(0))
    shot.setInput(0, group)
    counted(propagate(app, shot))
    grade["multiply"].setValue(0.5)
    assert counted(propagate(app, shot))[1] == 0
    assert plates_written(app) == FRAMES * 2


def by_expression(app, grade):
    """A knob of a node that no wire leads to."""
    controls = app.module.nodes.NoOp(name="Controls")
    controls.addKnob(app.module.Double_Knob("gain", "gain"))
    grade["multiply"].setExpression("Controls.gain")
    return controls["gain"]


def by_a_hidden_wire(app, grade):
    above = app.module.nodes.Grade(inputs=[grade.input(0)])
    grade.setInput(0, above)
    grade["hide_input"].setValue(True)
    return above["multiply"]


@pytest.mark.parametrize("linked", [by_expression, by_a_hidden_wire])
def test_what_a_plate_hangs_on_out_of_sight_counts(app, graded, linked):
    knob = linked(app, graded.input(0))
    knob.setValue(0.9)
    counted(propagate(app, graded))
    knob.setValue(0.5)
    assert counted(propagate(app, graded))[1] == 0
    assert plates_written(app) == FRAMES * 2


def test_moving_and_renaming_a_node_disturbs_no_writing(app, graded):
    app.press(graded, "propagate")
    app.events.pump(lambda: len(plates_written(app)) == 2)
    graded.input(0).setXYpos(100, 300)
    graded.input(0).setName("Warmer")
    app.events.pump(lambda: has_ended(app, graded))
    counted(graded["status"].value())


def test_a_plate_that_changes_while_it_is_written_is_told(app, graded, tmp_path):
    app.press(graded, "propagate")
    app.events.pump(lambda: len(plates_written(app)) == 2)
    graded.input(0)["multiply"].setValue(0.5)
    wait_for_message(app, "changed while it was written: press again")
    assert list(on_disk(tmp_path)) == FRAMES[:2]  # which were right
    counted(propagate(app, graded))
    assert plates_written(app) == [*FRAMES[:3], *FRAMES]


def test_another_plate_takes_the_place_of_the_first(app, shot, clip, tmp_path):
    """A newer version in another folder, then one that must be written: the file names stay the same."""
    counted(propagate(app, shot))
    newer = write_plate(tmp_path / "plates_v2", clip[0][:, :, ::-1])
    shot.input(0)["file"].setValue(newer)
    run, kept = counted(propagate(app, shot))
    assert (run > 0, kept) == (True, 0)
    shot.input(0)["raw"].setValue(True)
    run, kept = counted(propagate(app, shot))
    assert (run > 0, kept) == (True, 0)
    assert plates_written(app) == FRAMES


def test_nothing_of_the_writing_stays_in_the_script(app, graded):
    inside, outside = graded.nodes(), app.root.nodes()
    propagate(app, graded)
    assert (graded.nodes(), app.root.nodes()) == (inside, outside)


@pytest.mark.parametrize("management", ["Nuke", "OCIO"])
def test_the_worker_gets_what_a_viewer_shows(app, graded, clip, tmp_path, management):
    """Out of linear footage too, and whatever the colour management calls sRGB; in full size in proxy mode too."""
    app.root["colorManagement"].setValue(management)
    app.root.setProxy(True)
    graded.input(0).setInput(0, read_node(app, write_plate(tmp_path / "linear", clip[0], ".exr")))
    counted(propagate(app, graded))
    assert app.root.proxy()
    for number, path in on_disk(tmp_path).items():
        written = _load(str(path), encoded=False)
        assert (written.width, written.height) == (WIDTH, HEIGHT)
        shown = np.stack([written.channels[f"rgba.{name}"] for name in ("red", "green", "blue")], -1)
        np.testing.assert_allclose(shown, clip[0][number - FIRST], atol=2e-3)


def test_colours_that_only_nuke_knows_make_it_write(app, shot, tmp_path):
    shot.input(0)["raw"].setValue(True)
    counted(propagate(app, shot))
    assert list(on_disk(tmp_path)) == FRAMES


def test_colours_that_nuke_does_not_write_are_told(app, graded, tmp_path):
    app.refused_spaces = {"sRGB"}
    told = propagate(app, graded)
    assert "doesn't write the plate in sRGB" in told
    wait_for_message(app, told)
    assert not on_disk(tmp_path)


def test_a_range_beyond_the_file_is_written_as_the_read_holds_it(app, shot, tmp_path):
    for name, value in (("use_range", True), ("first", LAST - 2), ("last", LAST + 2)):
        shot[name].setValue(value)
    counted(propagate(app, shot))
    assert list(on_disk(tmp_path)) == list(mattes(tmp_path / "mattes")) == list(range(LAST - 2, LAST + 3))


def test_frames_below_zero_are_shown_where_they_belong(app, graded, clip, tmp_path):
    plate, roto = graded.input(0).input(0), graded.input(1)
    for read in (plate, roto):
        read["frame_mode"].setValue("start at")
        read["frame"].setValue("-3")
    graded["keyframes"].setValue("-3, 2")
    counted(propagate(app, graded))
    found = mattes(tmp_path / "mattes")
    assert list(found) == list(range(4_999_997, 5_000_003))  # a file's name can't say -3
    for frame, path in zip(range(-3, 3), found.values()):  # noqa: B905 (Python 3.9)
        np.testing.assert_array_equal(app.pixels(graded, frame)["rgba.alpha"], load(path))
        assert np.abs(load(path) - clip[1][frame + 3]).mean() < 0.04
    shown = app.pixels(graded, 2)["rgba.alpha"]
    for name, value in (("use_range", True), ("first", 0), ("last", 2)):
        graded[name].setValue(value)
    app.press(graded, "reload")
    np.testing.assert_array_equal(app.pixels(graded, 2)["rgba.alpha"], shown)


@pytest.mark.parametrize(
    ("file", "knobs", "begins"),
    [
        ("plate.mov", {}, 1),
        ("plate.%04d.exr", {"frame_mode": "offset", "frame": "2"}, 3),
        ("plate.%04d.exr", {"frame_mode": "start at", "frame": "-1"}, -1),
    ],
)
def test_mattes_of_a_file_keep_their_frames_when_it_must_be_written(app, tmp_path, file, knobs, begins):
    """Opening and Reload never show a matte at another frame than the one it was made of."""
    app.save(tmp_path / "comp.nk")
    read = read_node(app, (tmp_path / file).as_posix(), 1, 4, **knobs)
    node = matte_node(app, read, None, "1", shown="matte alone")
    values = np.full((4, HEIGHT, WIDTH), 0.25, np.float32) * np.arange(1, 5)[:, None, None]
    (tmp_path / "made").mkdir()
    write_alphas(tmp_path / "made", values, 0 if file.endswith(".mov") else 1)
    home = tmp_path / "mattes" / f"plate_{node['ftpvm_uid'].value()[:8]}"
    home.mkdir(parents=True)
    for path in (tmp_path / "made").iterdir():
        path.rename(home / path.name.replace("alpha", "plate_matte"))

    app.press(node, "reload")
    assert node["status"].value() == "4 of 4 mattes are there"
    for knob, value in (("raw", True), ("frame_mode", "expression"), ("frame", "frame")):
        app.root.nodes()[0][knob].setValue(value)
        app.save(tmp_path / "comp.nk")
        app.open(tmp_path / "comp.nk")
        node = app.root.node("FTPVM_PropagateMatte1")
        app.press(node, "reload")
        shown = [app.pixels(node, frame)["rgba.alpha"].max() for frame in range(begins, begins + 4)]
        assert shown == [0.25, 0.5, 0.75, 1.0]


def test_cancel_in_nukes_own_bar_stops_the_writing_and_it_goes_on_there(app, graded, tmp_path):
    app.refusals[FIRST + 3] = ["cancelled"]
    assert "Stopped" in propagate(app, graded)
    assert not app.messages
    assert plates_written(app) == FRAMES[:3] == list(on_disk(tmp_path))
    counted(propagate(app, graded))
    assert plates_written(app) == FRAMES


def test_the_cancel_button_stops_the_writing(app, graded, tmp_path):
    app.press(graded, "propagate")
    app.events.pump(lambda: len(plates_written(app)) == 3)
    app.press(graded, "cancel")
    app.events.pump(lambda: has_ended(app, graded))
    assert "Stopped" in graded["status"].value()
    assert plates_written(app) == FRAMES[:3]
    assert not mattes(tmp_path / "mattes")


def test_it_waits_while_nuke_renders_something_else(app, graded):
    app.refusals[FIRST + 2] = ["I'm already executing something else"] * 3
    counted(propagate(app, graded))
    assert not app.refusals[FIRST + 2]
    assert plates_written(app) == FRAMES


def test_a_full_disk_is_told(app, graded, tmp_path):
    app.refusals[FIRST + 1] = ["Write1: No space left on device"]
    assert "No space left on device" in propagate(app, graded)
    wait_for_message(app, "No space left on device")
    assert list(on_disk(tmp_path)) == FRAMES[:1]


@pytest.mark.parametrize("through_nuke", [True, False])
def test_a_folder_that_cannot_be_written_to_is_told(app, shot, graded, tmp_path, through_nuke):
    """Whether Nuke would write there first, or the worker alone."""
    (tmp_path / "file").write_text("no folder")
    if not through_nuke:
        shot.setInput(0, graded.input(0).input(0))
    shot["folder"].setValue((tmp_path / "file/mattes").as_posix())
    status = propagate(app, shot)
    assert str(tmp_path / "file/mattes") in status
    wait_for_message(app, f"{shot.name()}: {status}")


def test_a_missing_file_is_told(app, graded, tmp_path):
    (tmp_path / f"plates/plate.{FIRST + 1}.png").unlink()
    assert f"plate.{FIRST + 1}.png" in propagate(app, graded)
    read = graded.input(0).input(0)
    read["on_error"].setValue("black")
    counted(propagate(app, graded))
    graded.setInput(0, read)
    assert f"{FIRST + 1}" in propagate(app, graded)  # the worker reads the file: it won't invent a frame


def test_several_nodes_share_nothing(app, graded, tmp_path):
    second = matte_node(app, graded.input(0), graded.input(1), str(FIRST))
    for node in (graded, second):
        app.press(node, "propagate")
    app.events.pump(lambda: not any(node["unfinished"].value() for node in (graded, second)))
    assert counted(graded["status"].value())[0] > counted(second["status"].value())[0] > 0
    assert len({path.parent for path in (tmp_path / "mattes").rglob("plate.*.exr")}) == 2
