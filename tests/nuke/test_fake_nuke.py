# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which the stand-in for Nuke could let something pass that Nuke wouldn't."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from fake_nuke import FakeNuke, faults, polygon


@pytest.fixture
def nuke(fake):
    return fake.module


def test_unknown_calls_are_faults_even_where_the_error_is_swallowed(nuke):
    node = nuke.nodes.NoOp()
    for name, call in {
        "nuke.scriptOpen": lambda: nuke.scriptOpen, "nuke.nodes": lambda: nuke.nodes.Blur(), "Node": lambda: node.zap(),
        "hasattr": lambda: hasattr(node["label"], "setFoo"), "set": lambda: setattr(node, "label", "Hi"),
        "knob": lambda: setattr(node["label"], "value", "Hi"), "Undo": lambda: nuke.Undo.undo(),
    }.items():  # fmt: skip
        faults.clear()
        with pytest.raises(AssertionError):
            call()
        assert faults, name
    faults.clear()


def test_arguments_are_held_against_the_signatures(nuke):
    write = nuke.nodes.Write()
    for call in (
        lambda: nuke.execute(write, first=1), lambda: nuke.execute(write, 1, 1, 1, None, False, 7),
        lambda: nuke.addKnobChanged(print, node_class="Group"), lambda: write.input(),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            call()
    assert len(faults) == 4
    faults.clear()


def test_knobs_refuse_what_nuke_refuses(nuke):
    read = nuke.nodes.Read()
    with pytest.raises(NameError):
        read["nope"]
    assert read.knob("nope") is None
    for knob, value in (("before", "sideways"), ("first", "1"), ("file", 3), ("raw", "yes")):
        with pytest.raises(TypeError):
            read[knob].setValue(value)
    nuke.delete(read)
    with pytest.raises(ValueError, match="not attached"):
        read.name()


def _in_thread(work):
    outcome = []

    def run():
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_threads_are_told_apart(fake, nuke):
    thread, outcome = _in_thread(nuke.root)
    thread.join()
    assert isinstance(outcome[0], AssertionError)
    with pytest.raises(AssertionError, match="hangs"):
        nuke.executeInMainThread(print)
    assert len(faults) == 2
    faults.clear()

    thread, outcome = _in_thread(lambda: nuke.executeInMainThreadWithResult(lambda: nuke.root().name()))
    thread.join(0.1)
    assert thread.is_alive()  # nobody runs the event loop yet
    fake.events.pump(lambda: not thread.is_alive())
    assert outcome == ["root"]

    thread, outcome = _in_thread(lambda: nuke.executeInMainThreadWithResult(lambda: 1 // 0))
    fake.events.pump(lambda: not thread.is_alive())
    assert outcome == [None]
    assert "ZeroDivisionError" in fake.events.errors.pop()


def test_undo_belongs_to_the_main_thread(nuke):
    thread, outcome = _in_thread(nuke.Undo.disable)
    thread.join()
    assert isinstance(outcome[0], AssertionError)
    faults.clear()


def test_dependencies_are_of_the_kinds_asked_for(nuke):
    above, controls = nuke.nodes.NoOp(), nuke.nodes.NoOp(name="Controls")
    controls.addKnob(nuke.Double_Knob("gain", "gain"))
    grade = nuke.nodes.Grade(inputs=[above])
    grade["multiply"].setExpression("Controls.gain + 1")
    controls["gain"].setValue(0.5)
    assert grade["multiply"].value() == 1.5
    assert grade.dependencies() == [above, controls]
    assert grade.dependencies(nuke.INPUTS) == [above]
    assert grade.dependencies(nuke.EXPRESSIONS | nuke.HIDDEN_INPUTS) == [controls]
    grade["hide_input"].setValue(True)
    assert grade.dependencies(nuke.INPUTS) == []
    assert grade.dependencies(nuke.HIDDEN_INPUTS) == [above]


def test_knobs_are_written_as_asked_for(nuke):
    nuke.nodes.Grade(name="Other1", multiply=0.5)
    grade = nuke.nodes.Grade(name="Warm1")
    grade["multiply"].setExpression("Other1.multiply * 2")
    assert grade.writeKnobs(nuke.WRITE_NON_DEFAULT_ONLY) == "multiply"
    assert grade.writeKnobs(nuke.WRITE_NON_DEFAULT_ONLY | nuke.TO_VALUE) == "multiply 1.0"
    assert "Other1.multiply" in grade.writeKnobs(nuke.WRITE_NON_DEFAULT_ONLY | nuke.TO_SCRIPT)
    assert "name Warm1" in grade.writeKnobs(nuke.WRITE_ALL | nuke.TO_SCRIPT).splitlines()
    with pytest.raises(AssertionError):
        grade.writeKnobs(nuke.TO_SCRIPT | nuke.TO_VALUE)
    faults.clear()


def test_knob_changed_without_a_guard_is_found_out(nuke):
    node = nuke.nodes.NoOp()
    nuke.addKnobChanged(lambda: nuke.thisNode()["label"].setValue("again"), nodeClass="NoOp")
    with pytest.raises(AssertionError, match="again and again"):
        node["label"].setValue("once")
    faults.clear()


@pytest.mark.parametrize(
    ("kind", "datatype", "near"), [("exr", "16 bit half", 1e-3), ("png", "16 bit", 1e-4)]
)  # fmt: skip
def test_write_and_read_bring_the_pixels_back(fake, nuke, tmp_path, kind, datatype, near):
    constant = nuke.nodes.Constant(color=[0.2, 0.5, 0.9, 0.25])
    path = str(tmp_path / f"plate.%04d.{kind}")
    write = nuke.nodes.Write(file=path, file_type=kind, datatype=datatype, channels="rgba", inputs=[constant])
    nuke.execute(write, 7, 7)
    read = nuke.nodes.Read(file=path, first=7, last=7)
    shown, wanted = fake.pixels(read, 7), fake.pixels(constant, 7)
    for name, plane in wanted.items():
        np.testing.assert_allclose(shown[name], plane, atol=near)
    read["raw"].setValue(True)
    assert (np.abs(fake.pixels(read, 7)["rgba.red"] - 0.2).max() > 0.1) == (kind == "png")  # sRGB in the file


def test_a_small_data_window_comes_back_in_place(fake, nuke, tmp_path):
    roto = nuke.nodes.Roto()
    polygon(roto["curves"].rootLayer, {1: [(40, 30), (60, 30), (60, 44), (40, 44)]})
    path = str(tmp_path / "matte.####.exr")
    write = nuke.nodes.Write(file=path, file_type="exr", channels="alpha", inputs=[roto])
    nuke.execute(write, 1, 1)
    shown = fake.pixels(nuke.nodes.Read(file=path), 1)["rgba.alpha"]
    np.testing.assert_array_equal(shown, fake.pixels(roto, 1)["rgba.alpha"])
    assert shown[48 - 44 : 48 - 30, 40:60].all() and shown.sum() == 14 * 20


def test_a_read_shows_new_files_after_a_reload_only(fake, nuke, tmp_path):
    constant = nuke.nodes.Constant(color=[0.5, 0.5, 0.5, 1.0])
    path = str(tmp_path / "plate.%04d.exr")
    write = nuke.nodes.Write(file=path, file_type="exr", inputs=[constant])
    read = nuke.nodes.Read(file=path, on_error="black")
    assert fake.pixels(read, 1)["rgba.red"].max() == 0
    nuke.execute(write, 1, 1)
    assert fake.pixels(read, 1)["rgba.red"].max() == 0
    read["reload"].execute()
    assert fake.pixels(read, 1)["rgba.red"].max() == 0.5


def test_copies_and_saved_scripts_keep_what_nuke_keeps(fake, nuke, tmp_path):
    group = nuke.nodes.Group(name="Outer1")
    with group:
        inner = nuke.nodes.Input(name="plate")
        nuke.nodes.Output(inputs=[nuke.nodes.Grade(multiply=0.5, inputs=[inner])])
    hidden = nuke.String_Knob("uid", "")
    hidden.setFlag(nuke.INVISIBLE)
    group.addKnob(hidden)
    group.addKnob(nuke.Enumeration_Knob("mode", "Mode", ["a", "b"]))
    group["mode"].setValue("b")
    group["uid"].setValue("1234")
    group.setInput(0, nuke.nodes.Constant(color=[1.0, 1.0, 1.0, 1.0]))
    fake.select(group)
    nuke.nodeCopy("%clipboard%")
    copy = nuke.nodePaste("%clipboard%")
    assert (copy.name(), copy["mode"].value(), copy["uid"].value(), copy.input(0)) == ("Outer2", "b", "1234", None)
    fake.save(tmp_path / "shot.nk")
    fake.open(tmp_path / "shot.nk")
    with pytest.raises(ValueError, match="not attached"):
        group.name()
    again = nuke.toNode("Outer1")
    assert fake.pixels(again, 1)["rgba.red"].max() == 0.5
    assert nuke.toNode("Outer2.plate").Class() == "Input"
    assert not again["uid"].visible()


def test_one_that_is_closed_before_it_was_started_leaves_another_be(fake, installed):
    fake.start(installed)
    FakeNuke().close()
    assert sys.modules["nuke"] is fake.module
