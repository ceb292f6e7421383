# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts run `ftpvm/host` in their own Python, as old as 3.9, without ftpvm."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOST = Path(__file__).parents[2] / "ftpvm/host"
SOURCES = sorted(HOST.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.name)
def test_syntax_is_that_of_3_9_and_imports_are_the_standard_library_or_siblings(source):
    tree = ast.parse(source.read_text("utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.level == 0 and node.module.split(".")[0] in sys.stdlib_module_names)


def test_it_talks_to_a_worker_under_python_3_9(tmp_path):
    python = os.environ.get("FTPVM_PYTHON39") or shutil.which("python3.9")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip("no Python 3.9: put it on the PATH or set FTPVM_PYTHON39")
    shutil.copytree(HOST, tmp_path / "addon/host", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "addon/__init__.py").touch()
    (tmp_path / "starts").mkdir()
    script = """
import pkgutil, importlib, sys, time
import addon.host
for module in pkgutil.iter_modules(addon.host.__path__):
    importlib.import_module("addon.host." + module.name)
from addon.host.client import Worker
worker = Worker([sys.executable, *sys.argv[1:]], host_name="Python 3.9")
job, events = worker.submit({"do": "crash once"}), []
while not events or events[-1]["event"] != "done":
    time.sleep(0.01)
    events += worker.poll()
worker.close()
print(*(event["event"] for event in events))
"""
    fake = Path(__file__).with_name("fake_worker.py")
    command = [python, "-c", script, str(fake), "well", str(tmp_path / "starts")]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert ran.stdout.split() == ["queued", "restarted", "queued", "done"], ran.stderr
