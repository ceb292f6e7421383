# SPDX-License-Identifier: GPL-3.0-or-later
"""Nuke comes up with the folder on NUKE_PATH."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest


@pytest.mark.parametrize("fake", [False], indirect=True, ids=["farm"])
def test_a_farm_session_reads_init_and_imports_nothing_of_the_node(fake, installed):
    threads = set(threading.enumerate())
    fake.start(installed)
    assert not [name for name in sys.modules if name.startswith("ftpvm_nuke")]
    assert set(threading.enumerate()) <= threads  # those of other tests may end meanwhile
    import ftpvm_nuke

    assert ftpvm_nuke.__file__.startswith(str(installed))


def test_a_session_with_a_window_offers_the_node_and_starts_nothing(fake, installed, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    threads = set(threading.enumerate())
    fake.start(installed)
    assert set(threading.enumerate()) <= threads
    item = fake.menus["Nodes"].findItem("FTP-VM/Propagate Matte")
    item.invoke()
    assert [node.knob("propagate") is not None for node in fake.root.nodes()] == [True]


def test_a_nuke_with_python_3_7_says_what_is_wrong(fake, installed, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 7, 16))
    fake.start(installed)
    fake.menus["Nodes"].findItem("FTP-VM/Propagate Matte").invoke()
    assert ["Nuke 14 or newer" in line for line in fake.printed + fake.messages] == [True, True]
    assert not [name for name in sys.modules if name.startswith("ftpvm_nuke")]
