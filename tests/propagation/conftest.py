# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of the engine needs: a network with random weights, and no thread left behind."""

import threading
from collections.abc import Iterator

import pytest
from tiny_shots import a_network

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM


@pytest.fixture(scope="session")
def network() -> FTPVM:
    return a_network()


@pytest.fixture(autouse=True)
def no_thread_outlives_a_run() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert {t.name for t in threading.enumerate() if t not in before and t.name.startswith("ftpvm-")} == set()
