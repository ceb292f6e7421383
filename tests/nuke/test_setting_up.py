# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Worker, by its button and from scripts, with wheels of next to nothing that pip installs for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_nuke import FakeNuke
from nuke_shots import hanging_python
from stub_wheels import forget_pip_settings, write_ftpvm, write_wheel

INDEX = "Package index (empty: public)"


@pytest.fixture
def nuke(installed, worker_python, tmp_path, monkeypatch):
    """A Nuke of an artist who has nothing yet, and a node whose wheel is a stub."""
    forget_pip_settings(monkeypatch)
    find_base = [worker_python, "-c", "import sys; print(sys.base_prefix)"]
    base = subprocess.run(find_base, check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.setenv("PATH", str(Path(base, "bin")))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FTPVM_WORKER_PYTHON", raising=False)
    folder = tmp_path / "ftpvm_nuke"
    shutil.copytree(installed, folder, ignore=shutil.ignore_patterns("*.whl"))
    write_ftpvm(folder / "worker")
    nuke = FakeNuke()
    nuke.start(folder)
    yield nuke
    sys.modules["ftpvm_nuke.session"].closed()
    wrong = nuke.wrong()
    nuke.close()
    assert wrong == []


@pytest.fixture
def node(nuke):
    nuke.menus["Nodes"].findItem("FTP-VM/Propagate Matte").invoke()
    return nuke.module.selectedNode()


@pytest.fixture
def wheels(tmp_path):
    """A folder of wheels in place of a package index."""
    for name in ("torch", "torchvision"):
        write_wheel(tmp_path / "wheels", name, {f"{name}.py": ""})
    return str(tmp_path / "wheels")


@pytest.fixture
def hanging(tmp_path, monkeypatch):
    """The only Python here hangs."""
    monkeypatch.setattr(sys, "executable", "/nuke/Nuke15.0")
    monkeypatch.setenv("PATH", str(hanging_python(tmp_path / "bin/python3.13").parent))


def test_the_button_makes_the_environment_and_says_when_it_is_there(nuke, node, wheels, tmp_path):
    nuke.press(node, "propagate")
    assert "press Set Up Worker" in nuke.messages[-1]

    nuke.answers.append(None)  # Cancel
    nuke.press(node, "set_up")
    assert not nuke.bars
    assert not (tmp_path / ".nuke").exists()

    nuke.answers.append({INDEX: wheels})
    nuke.press(node, "set_up")
    nuke.events.pump(lambda: len(nuke.messages) == 2)
    assert nuke.messages[-1] == "The worker is set up."
    assert max(nuke.bars[0].progress) > 50
    assert nuke.bars[0].messages
    assert sys.modules["ftpvm_nuke.worker_setup"].worker_command()[0].startswith(str(tmp_path / ".nuke"))


def test_a_script_sets_up_and_hears_of_what_fails(nuke, wheels, tmp_path):
    import ftpvm_nuke

    ftpvm_nuke.set_up_worker("cpu", wheels)
    assert any("Successfully installed ftpvm" in line for line in nuke.printed)
    assert sys.modules["ftpvm_nuke.worker_setup"].worker_command()[0].startswith(str(tmp_path / ".nuke"))

    write_ftpvm(tmp_path / "ftpvm_nuke/worker", usable=False, detail="too old")
    with pytest.raises(ftpvm_nuke.errors.UserError, match=r"torch: too old -> mend it"):
        ftpvm_nuke.set_up_worker("cpu", wheels)
    with pytest.raises(ftpvm_nuke.errors.UserError, match="press Set Up Worker"):
        sys.modules["ftpvm_nuke.worker_setup"].worker_command()


def test_a_machine_without_a_python_is_told_what_to_install(nuke, node, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nuke/Nuke15.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    nuke.answers.append({})
    nuke.press(node, "set_up")
    assert "install Python 3.11 or newer" in nuke.messages[-1]


def test_a_folder_without_its_wheel_is_told(nuke, node, tmp_path):
    for wheel in (tmp_path / "ftpvm_nuke/worker").iterdir():
        wheel.unlink()
    nuke.answers.append({})
    nuke.press(node, "set_up")
    assert "has no worker in it" in nuke.messages[-1] == node["status"].value()


def test_nuke_waits_for_no_set_up_and_begins_no_second(nuke, node, hanging):
    for _ in range(2):
        nuke.answers.append({})
        nuke.press(node, "set_up")
    assert "Something is still under way" in nuke.messages[-1]
    (bar,) = nuke.bars
    bar.cancelled = True
    nuke.events.pump(lambda: nuke.messages[-1] == "Cancelled")


def test_the_worker_is_not_set_up_while_it_is_busy(nuke, node, tmp_path, monkeypatch):
    monkeypatch.setenv("FTPVM_WORKER_PYTHON", str(hanging_python(tmp_path / "bin/python3")))
    node["keyframes"].setValue("1")
    node.setInput(0, nuke.module.nodes.Constant())
    node.setInput(1, nuke.module.nodes.Constant())
    nuke.press(node, "propagate")
    nuke.answers.append({})
    nuke.press(node, "set_up")
    assert "Something is still under way" in nuke.messages[-1]
