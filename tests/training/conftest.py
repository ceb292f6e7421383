# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny data sets, and one thread for pictures this small."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny_datasets import write_all


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process and its children: sums are rounded alike only where they are cut alike."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with all five sets."""
    return write_all(tmp_path_factory.mktemp("data"))
