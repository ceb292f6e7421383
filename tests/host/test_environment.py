# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the worker's environment: real venvs and a real pip, offline, on wheels of next to nothing."""

import subprocess
import sys
import time

import pytest
from stub_wheels import write_ftpvm, write_wheel

from ftpvm.host.environment import Environment, NoPythonError, find_base_python, needs_network
from ftpvm.host.installer import Installer, Step


@pytest.fixture
def wheels(tmp_path):
    """A folder of wheels that has all that torch needs."""
    for name in ("torch", "torchvision"):
        write_wheel(tmp_path / "wheels", name, {f"{name}.py": ""})
    return tmp_path / "wheels"


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "a folder" / "env")


def run(installer, until=lambda installer: False, seconds=90.0):
    """Poll until it ended or `until` holds; returns how many polls brought lines."""
    deadline, lively = time.monotonic() + seconds, 0
    while installer.state == "running" and not until(installer):
        assert time.monotonic() < deadline, installer.lines
        began = time.perf_counter()
        lively += bool(installer.poll())
        assert time.perf_counter() - began < 0.3  # polled from a host's main thread
        time.sleep(0.01)
    return lively


def test_set_up_fails_is_tried_again_then_brought_up_to_date(environment, wheels, tmp_path):
    ftpvm = write_ftpvm(tmp_path / "addon")
    lacking = (wheels / "torchvision-9.0-py3-none-any.whl").rename(tmp_path / "torchvision-9.0-py3-none-any.whl")
    run(first := environment.set_up("cpu", str(wheels), ftpvm))
    assert first.state == "failed"
    assert "torch for CPU failed" in first.message and "torchvision" in first.message
    assert environment.state(ftpvm) == "missing"

    lacking.rename(wheels / lacking.name)
    second = environment.set_up("cpu", str(wheels), ftpvm)
    assert run(second) > 1  # output came bit by bit
    assert second.state == "done", second.lines
    assert any("Successfully installed torch" in line for line in second.lines)
    assert environment.state(ftpvm) == "ready"
    assert environment.record()["report"] == second.report and second.report["usable"]
    subprocess.run([environment.python, "-P", "-c", "import torch, torchvision, ftpvm"], check=True)

    kept = environment.folder / "kept"
    kept.touch()
    newer = write_ftpvm(tmp_path / "addon", detail="newer, of the same version")
    assert environment.state(newer) == "outdated"
    assert environment.is_ready()
    run(third := environment.set_up("cpu", str(wheels), newer))
    assert third.report["findings"][0]["detail"] == "newer, of the same version"
    assert kept.exists() and environment.state(newer) == "ready"

    unfit = write_ftpvm(tmp_path / "addon", usable=False, detail="it isn't fit")
    run(fourth := environment.set_up("cpu", str(wheels), unfit))
    assert fourth.state == "failed"
    assert "it isn't fit" in fourth.message and "mend it" in fourth.message
    assert not environment.is_ready()


def test_cancel_ends_what_runs_and_leaves_nothing_that_counts_as_ready(environment, wheels, tmp_path):
    ftpvm = write_ftpvm(tmp_path / "addon")
    installer = environment.set_up("cpu", str(wheels), ftpvm)
    run(installer, until=lambda i: environment.folder.exists())  # in the midst of `python -m venv`
    installer.cancel()
    assert (installer.state, installer.message) == ("cancelled", "Cancelled")
    assert installer.poll() == []
    assert environment.state(ftpvm) == "missing"


@pytest.mark.parametrize("command", [["/no/such/python"], [sys.executable, "-c", "raise SystemExit('no luck')"]])
def test_a_step_that_cannot_run_says_so(command):
    run(installer := Installer([Step("Trying", command), Step("Never", [sys.executable, "-c", ""])]))
    assert installer.state == "failed" and installer.step == 0
    assert installer.message.startswith("Trying failed: ")
    assert ("/no/such/python" if command[0].startswith("/no") else "no luck") in installer.message


def test_what_goes_online(tmp_path):
    assert needs_network("") and needs_network("https://example.org/simple")
    assert not needs_network(str(tmp_path)) and not needs_network(tmp_path.as_uri())


def test_the_python_to_make_it_from(monkeypatch, tmp_path):
    assert find_base_python() == sys.executable
    monkeypatch.setattr(sys, "executable", "/opt/host/bin/host")  # where the host is the program itself
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPythonError, match=r"3\.11"):
        find_base_python()
    other = tmp_path / "python3.12"
    other.touch(0o755)
    assert find_base_python() == str(other)
