# SPDX-License-Identifier: GPL-3.0-or-later
"""The Set Up Worker button, with wheels of next to nothing that pip installs for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_nuke import FakeNuke
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


def test_the_button_makes_the_environment_and_says_when_it_is_there(nuke, tmp_path):
    nuke.menus["Nodes"].findItem("FTP-VM/Propagate Matte").invoke()
    (node,) = nuke.root.nodes()
    nuke.press(node, "propagate")
    assert "press Set Up Worker" in nuke.messages[-1]

    nuke.answers.append(None)  # Cancel
    nuke.press(node, "set_up")
    assert not nuke.bars
    assert not (tmp_path / ".nuke").exists()

    for name in ("torch", "torchvision"):
        write_wheel(tmp_path / "wheels", name, {f"{name}.py": ""})
    nuke.answers.append({INDEX: str(tmp_path / "wheels")})
    nuke.press(node, "set_up")
    nuke.events.pump(lambda: len(nuke.messages) == 2, timeout=60)
    assert nuke.messages[-1] == "The worker is set up."
    assert max(nuke.bars[0].progress) > 50
    assert nuke.bars[0].messages
    assert sys.modules["ftpvm_nuke.worker_setup"].worker_command()[0].startswith(str(tmp_path / ".nuke"))
    assert nuke.events.longest < 0.5
