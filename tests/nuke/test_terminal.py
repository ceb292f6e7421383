# SPDX-License-Identifier: GPL-3.0-or-later
"""`nuke -t`, as on farms: no window, no event loop, and a script that waits."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from fake_nuke import FakeNuke
from nuke_shots import FIRST, HEIGHT, LAST, WIDTH, counted, load, mattes, read_node, write_alphas, write_plate


@pytest.fixture
def terminal(installed, worker_python, monkeypatch):
    """A Nuke without a window."""
    monkeypatch.setenv("FTPVM_WORKER_PYTHON", worker_python)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    nuke = FakeNuke(gui=False)
    nuke.start(installed)
    nuke.begin(WIDTH, HEIGHT)
    yield nuke
    if "ftpvm_nuke.session" in sys.modules:
        sys.modules["ftpvm_nuke.session"].closed()
    wrong = nuke.wrong()
    nuke.close()
    assert wrong == []


@pytest.fixture
def made(terminal, clip, tmp_path):
    """Two nodes that a script has made: of the plate's file, and of a plate that Nuke must write."""
    from ftpvm_nuke import node

    terminal.save(tmp_path / "comp.nk")
    plate = read_node(terminal, write_plate(tmp_path / "plates", clip[0]))
    grade = terminal.module.nodes.Grade(multiply=0.9, inputs=[plate])
    roto = read_node(terminal, write_alphas(tmp_path / "alphas", clip[1]))
    nodes = []
    for above in (plate, grade):
        terminal.select()
        nodes.append(node.create())
        nodes[-1].setInput(0, above)
        nodes[-1].setInput(1, roto)
        for name, value in (("keyframes", str(FIRST)), ("resolution", 96), ("band_inside", 2), ("band_outside", 4)):
            nodes[-1][name].setValue(value)
    return nodes


def test_a_script_mattes_one_node_after_the_other(terminal, made, tmp_path):
    import ftpvm_nuke

    for node in made:
        ftpvm_nuke.propagate(node)
        counted(node["status"].value())
        assert not node["unfinished"].value()
        (home,) = (tmp_path / "mattes").glob(f"*_{node['ftpvm_uid'].value()[:8]}")
        assert len(mattes(home)) == LAST - FIRST + 1
        np.testing.assert_array_equal(terminal.pixels(node, LAST)["rgba.alpha"], load(mattes(home)[LAST]))
    terminal.press(made[0], "propagate")  # a script may press the button too
    assert counted(made[0]["status"].value())[0] == 0
    assert not terminal.messages

    made[0]["folder"].setValue(str(tmp_path / "comp.nk"))  # a file
    with pytest.raises(ftpvm_nuke.errors.UserError) as raised:
        ftpvm_nuke.propagate(made[0])
    assert str(raised.value) in made[0]["status"].value()
    assert "comp.nk" in str(raised.value)


def test_a_worker_of_another_version_works_and_is_told(terminal, made, worker_python, monkeypatch, tmp_path):
    from ftpvm_nuke import propagate

    python = tmp_path / ".nuke/ftpvm/env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{worker_python}" "$@"\n')
    python.chmod(0o755)
    (python.parents[1] / "ftpvm-environment.json").write_text('{"wheel": "of another version"}')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FTPVM_WORKER_PYTHON")
    propagate(made[0])
    counted(made[0]["status"].value())
    assert "The worker is older than this node: press Set Up Worker" in made[0]["status"].value()


@pytest.mark.parametrize("where", ["/nowhere/python", ""])
def test_a_missing_worker_says_what_to_do(terminal, made, monkeypatch, tmp_path, where):
    from ftpvm_nuke import propagate
    from ftpvm_nuke.errors import UserError

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FTPVM_WORKER_PYTHON", where)
    with pytest.raises(UserError, match="/nowhere/python can't be started" if where else "Set Up Worker"):
        propagate(made[0])
    assert "set" in made[0]["status"].value().lower()
    assert not made[0]["unfinished"].value()
