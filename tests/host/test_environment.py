# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the worker's environment: real venvs and a real pip, offline, on wheels of next to nothing."""

import subprocess
import sys
import time

import pytest
from stub_wheels import forget_pip_settings, write_ftpvm, write_wheel

from ftpvm.host.environment import Environment, NoPythonError, find_base_python, needs_network
from ftpvm.host.installer import Installer, Step


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder of wheels that has all that torch needs."""
    forget_pip_settings(monkeypatch)
    for name in ("torch", "torchvision"):
        write_wheel(tmp_path / "wheels", name, {f"{name}.py": ""})
    return tmp_path / "wheels"


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "a folder" / "env")


def run(installer, until=lambda installer: False, seconds=300.0):
    """Poll until it ended or `until` holds; returns how many polls brought lines."""
    began, polls, lively, polling = time.monotonic(), 0, 0, 0.0
    while installer.state == "running" and not until(installer):
        polled = time.monotonic()
        assert polled < began + seconds, installer.lines
        lively += bool(installer.poll())
        polls, polling = polls + 1, polling + time.monotonic() - polled
        time.sleep(0.01)
    # Polled from a host's main thread: were it to wait for what runs, nearly all the time would go by in it.
    assert polls < 10 or polling < (time.monotonic() - began) / 2
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
    again = environment.set_up("cpu", str(wheels), unfit)
    assert again.steps[0].title == "Making the environment"  # who knows what makes it unfit


def test_an_update_that_is_stopped_or_fails_leaves_torch_for_the_next_one(environment, wheels, tmp_path):
    run(environment.set_up("cpu", str(wheels), write_ftpvm(tmp_path / "addon")))
    kept = environment.folder / "kept"
    kept.touch()
    newer = write_ftpvm(tmp_path / "addon", detail="newer")
    stopped = environment.set_up("cpu", str(wheels), newer)
    assert not environment.is_ready()
    run(stopped, until=lambda i: i.step == 1)  # the old one is gone
    stopped.cancel()
    assert environment.state(newer) == "missing"
    assert not environment.record().get("report")

    unreadable = tmp_path / "ftpvm-9.0-py3-none-any.whl"
    unreadable.touch()
    run(failed := environment.set_up("cpu", str(wheels), unreadable))
    assert "Installing ftpvm failed" in failed.message
    assert environment.state(newer) == "missing"

    run(last := environment.set_up("cpu", str(wheels), newer))
    assert last.state == "done", last.lines
    assert kept.exists() and environment.state(newer) == "ready"

    for _ in range(2):
        run(environment.set_up("cpu", str(wheels), unreadable))
    assert environment.set_up("cpu", str(wheels), newer).steps[0].title == "Making the environment"


@pytest.mark.parametrize("full", ["before", "while it runs"])
def test_an_update_that_cannot_be_recorded_fails_in_words(environment, wheels, tmp_path, full):
    run(environment.set_up("cpu", str(wheels), write_ftpvm(tmp_path / "addon")))
    unreadable, in_the_way = tmp_path / "ftpvm-9.0-py3-none-any.whl", environment.folder / "ftpvm-environment.partial"
    unreadable.touch()
    if full == "before":
        in_the_way.mkdir()
    update = environment.set_up("cpu", str(wheels), unreadable)
    in_the_way.mkdir(exist_ok=True)
    run(update)
    assert update.state == "failed" and "Installing ftpvm failed" in update.message
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


@pytest.fixture
def foreign_host(monkeypatch, tmp_path):
    """A host that is the program itself; returns the only folder on its PATH."""
    monkeypatch.setattr(sys, "executable", "/opt/host/bin/host")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def command(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_hosts_own_python_makes_it_where_it_can():
    assert find_base_python() == sys.executable


@pytest.mark.parametrize("name", ["python3.12", "python3", "python", "py"])
def test_any_new_enough_python_on_the_path_makes_it(monkeypatch, request, name):
    python, folder = sys.executable, request.getfixturevalue("foreign_host")
    command(folder / name, f'if [ {name} = py ]; then [ "$1" = -3 ] || exit 1; shift; fi; exec {python} "$@"')
    monkeypatch.setenv("PYTHONHOME", "/opt/host/python")  # as hosts set it for their own
    assert find_base_python() == python


def test_pythons_that_are_old_or_broken_are_passed_over(foreign_host):
    command(foreign_host / "python3.13", "exit 127")  # as of a version manager that has no such version
    command(foreign_host / "python3", "exit 1")
    (foreign_host / "python").touch(0o755)
    with pytest.raises(NoPythonError, match=r"3\.11.*FTPVM_WORKER_PYTHON"):
        find_base_python()
