# SPDX-License-Identifier: GPL-3.0-or-later
"""From the press to the matte in the node, through the real worker, of a plate whose file the worker reads."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from nuke_shots import (
    FIRST,
    LAST,
    counted,
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


def test_the_matte_lands_in_the_node_and_is_the_matte(app, shot, clip, tmp_path):
    assert app.pixels(shot, FIRST).keys() == {"rgba.red", "rgba.green", "rgba.blue"}  # safe before anything ran
    assert counted(propagate(app, shot))[0] >= len(FRAMES)
    assert not list((tmp_path / "mattes").rglob("plate.*"))  # the plate's own file was read
    found = mattes(tmp_path / "mattes")
    assert list(found) == FRAMES
    for number, path in found.items():
        alpha, shown = load(path), app.pixels(shot, number)
        np.testing.assert_array_equal(app.pixels(shot.node("Matte"), number)["rgba.alpha"], alpha)
        np.testing.assert_array_equal(shown["rgba.alpha"], alpha)
        np.testing.assert_array_equal(shown["rgba.green"], app.pixels(shot.input(0), number)["rgba.green"])
        assert np.abs(alpha - clip[1][number - FIRST]).mean() < 0.03  # it covers 0.12
    assert app.pixels(shot, LAST + 1)["rgba.alpha"].max() == 0
    assert counted(propagate(app, shot))[0] == 0


def test_adapting_to_the_keyframes_makes_other_mattes(app, shot, tmp_path):
    propagate(app, shot)
    before = [load(path) for path in mattes(tmp_path / "mattes").values()]
    shot["adapt"].setValue(True)
    assert counted(propagate(app, shot))[0] >= len(FRAMES)
    after = [load(path) for path in mattes(tmp_path / "mattes").values()]
    assert np.abs(np.stack(after) - np.stack(before)).max() > 0.01


def test_a_studios_filter_says_where_the_plate_is(app, shot, tmp_path):
    here = str(tmp_path / "plates")
    app.path_filter = lambda path: path.replace("P:/plates", here)
    shot.input(0)["file"].setValue("P:/plates/plate.%04d.png")
    counted(propagate(app, shot))
    found = mattes(tmp_path / "mattes")
    assert list(found) == FRAMES
    assert not list((tmp_path / "mattes").rglob("plate.*"))  # the plate's own file was read
    np.testing.assert_array_equal(app.pixels(shot, LAST)["rgba.alpha"], load(found[LAST]))


def test_keyframes_are_drawn_one_at_a_time(app, shot):
    assert most_rendered_at_once(app, shot) == 1


def test_progress_is_shown_in_a_bar_and_in_the_node(app, shot):
    shot["resolution"].setValue(384)  # slow enough to be watched
    told = []
    app.module.addKnobChanged(lambda: told.append(app.module.thisNode()["status"].value()), node=shot)
    propagate(app, shot)
    (bar,) = app.bars
    assert shot.name() in bar.title
    assert any("Drawing the keyframes" in words for words in bar.messages)
    assert any("Matting" in words for words in bar.messages)
    assert max(bar.progress) > 50
    assert "Starting" in told


def test_the_matte_alone_as_png(app, shot, tmp_path):
    shot["file_format"].setValue("PNG, 16-bit")
    shot["shown"].setValue("matte alone")
    assert app.pixels(shot, FIRST).keys() == {"rgba.red", "rgba.green", "rgba.blue"}  # still the plate
    propagate(app, shot)
    for number, path in mattes(tmp_path / "mattes", ".png").items():
        shown = app.pixels(shot, number)
        for plane in shown.values():  # nothing of the plate is left, and no colour space touched it
            np.testing.assert_allclose(plane, load(path), atol=1e-6)
    shot["shown"].setValue("plate with the matte in alpha")
    shown = app.pixels(shot, FIRST)
    np.testing.assert_allclose(shown["rgba.alpha"], load(mattes(tmp_path / "mattes", ".png")[FIRST]), atol=1e-6)
    np.testing.assert_array_equal(shown["rgba.red"], app.pixels(shot.input(0), FIRST)["rgba.red"])


@pytest.mark.parametrize(("mode", "number", "begins"), [("start at", "1", 1), ("offset", "900", FIRST + 900)])
def test_the_frame_mapping_of_the_read_is_kept(app, shot, tmp_path, mode, number, begins):
    """The keyframes are drawn where the artist sees them, and the mattes shown there too."""
    for read in (shot.input(0), shot.input(1)):
        read["frame_mode"].setValue(mode)
        read["frame"].setValue(number)
    ends = begins, begins + LAST - FIRST
    shot["keyframes"].setValue(f"{ends[0]}, {ends[1]}")
    counted(propagate(app, shot))
    assert not list((tmp_path / "mattes").rglob("plate.*"))
    found = mattes(tmp_path / "mattes")
    assert list(found) == FRAMES  # numbered as the source
    for frame, path in zip(range(ends[0], ends[1] + 1), found.values()):  # noqa: B905 (Python 3.9)
        np.testing.assert_array_equal(app.pixels(shot, frame)["rgba.alpha"], load(path))


def test_one_keyframe_within_a_longer_plate_mattes_all_of_it(app, shot, tmp_path):
    shot["keyframes"].setValue(str(FIRST + 2))
    counted(propagate(app, shot))
    assert list(mattes(tmp_path / "mattes")) == FRAMES


def test_a_range_is_a_part_of_the_plate(app, shot, tmp_path):
    for name, value in (
        ("use_range", True),
        ("first", FIRST + 2),
        ("last", FIRST + 4),
        ("keyframes", f"1, {FIRST + 3}"),
    ):
        shot[name].setValue(value)
    counted(propagate(app, shot))
    assert list(mattes(tmp_path / "mattes")) == FRAMES[2:5]
    shot["keyframes"].setValue("1, 2000")
    assert "No keyframe lies in the range" in propagate(app, shot)
    wait_for_message(app, "No keyframe lies in the range")


def test_an_empty_range_is_told(app, shot):
    for name, value in (("use_range", True), ("first", LAST), ("last", FIRST)):
        shot[name].setValue(value)
    assert f"The range {LAST}-{FIRST} is empty" in propagate(app, shot)
    wait_for_message(app, "is empty")


def test_one_direction_runs_each_frame_once_and_makes_other_mattes(app, shot):
    made = {}
    for direction in ("both, blended", "forward", "backward"):
        shot["direction"].setValue(direction)
        run, _ = counted(propagate(app, shot))
        assert (run > len(FRAMES)) == (direction == "both, blended")
        made[direction] = np.stack([app.pixels(shot, frame)["rgba.alpha"] for frame in FRAMES])
    for one, other in (("both, blended", "forward"), ("both, blended", "backward"), ("forward", "backward")):
        assert np.abs(made[one] - made[other]).max() > 0.01


def test_a_range_shows_the_mattes_around_it_too(app, shot, tmp_path):
    """As after a trial of a few frames, or a correction of some when all had been made."""
    shot["use_range"].setValue(True)
    for first, last in ((FIRST, FIRST + 1), (LAST - 1, LAST)):
        for name, value in (("first", first), ("last", last), ("keyframes", str(first))):
            shot[name].setValue(value)
        counted(propagate(app, shot))
    found = mattes(tmp_path / "mattes")
    assert list(found) == [*FRAMES[:2], *FRAMES[-2:]]
    app.press(shot, "reload")
    for frame, path in found.items():
        np.testing.assert_array_equal(app.pixels(shot, frame)["rgba.alpha"], load(path))


def test_linear_footage_is_matted_as_seen(app, shot, clip, tmp_path):
    """As EXR it gives nearly the same mattes as the same footage in sRGB; called by a wrong name it doesn't."""

    def matte_of(plate, **knobs):
        node = matte_node(app, plate, shot.input(1), str(FIRST), **knobs)
        counted(propagate(app, node))
        return np.stack([app.pixels(node, frame)["rgba.alpha"] for frame in FRAMES])

    linear = read_node(app, write_plate(tmp_path / "linear", clip[0], ".exr"))
    encoded, seen, misnamed = matte_of(shot.input(0)), matte_of(linear), matte_of(linear, colorspace="srgb")
    app.root["colorManagement"].setValue("OCIO")
    linear["colorspace"].setValue("Utility - Linear - sRGB")
    named = matte_of(linear)
    linear["colorspace"].setValue("default")  # ACES - ACEScg
    wider = matte_of(linear)
    assert not list((tmp_path / "mattes").rglob("plate.*"))  # none of them was written
    assert np.abs(seen - encoded).mean() < 0.25 * np.abs(misnamed - encoded).mean()
    np.testing.assert_array_equal(named, seen)
    assert 0 < np.abs(wider - seen).mean() < np.abs(misnamed - seen).mean()


def test_several_nodes_at_once(app, shot, clip, tmp_path):
    second = matte_node(app, shot.input(0), shot.input(1), str(FIRST))
    for node in (shot, second):
        app.press(node, "propagate")
    app.press(shot, "propagate")
    assert "already being made" in app.messages[-1]
    app.events.pump(lambda: not any(node["unfinished"].value() for node in (shot, second)))
    assert counted(shot["status"].value())[0] > counted(second["status"].value())[0]
    homes = {path.parent for path in (tmp_path / "mattes").rglob("*.exr")}
    assert len(homes) == 2
    assert shot.node("Matte")["file"].value() != second.node("Matte")["file"].value()


@pytest.mark.parametrize("folder", ["a b", "Übung 影 [v1] $HOME 'x'"])
def test_folders_of_any_name(app, clip, tmp_path, folder):
    home = tmp_path / folder
    home.mkdir()
    app.save(home / "comp.nk")
    plate = read_node(app, write_plate(home, clip[0]))
    node = matte_node(app, plate, read_node(app, write_alphas(home, clip[1])), str(FIRST))
    counted(propagate(app, node))
    found = mattes(home / "mattes")
    assert list(found) == FRAMES
    np.testing.assert_array_equal(app.pixels(node, LAST)["rgba.alpha"], load(found[LAST]))
    assert app.pixels(node, LAST)["rgba.alpha"].max() > 0.9


def test_without_roto_or_plate_or_keyframes_it_says_what_to_do(app, shot):
    for name, words in (("keyframes", "There is no keyframe"), ("roto", "There is no roto"), ("plate", "no plate")):
        if name == "keyframes":
            shot["keyframes"].setValue("")
        else:
            shot["keyframes"].setValue(str(FIRST))
            shot.setInput(1 if name == "roto" else 0, None)
        assert words in propagate(app, shot)
        wait_for_message(app, words)
    shot["keyframes"].setValue("one")
    assert "'one' isn't a frame" in propagate(app, shot)
    wait_for_message(app, "'one' isn't a frame")


def test_nothing_in_an_unconnected_node_is_an_error(app):
    node = matte_node(app, None, None, "")
    assert not node.hasError()


def test_the_worker_warms_up_on_the_device_of_the_node(app, shot):
    propagate(app, shot)
    assert sys.modules["ftpvm_nuke.session"].current().worker.device == shot["device"].value() == "cpu"
