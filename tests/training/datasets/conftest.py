# SPDX-License-Identifier: GPL-3.0-or-later
"""One data root with all tiny sets, shared by the tests that only read it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import tiny_datasets


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_datasets.write_all(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def one_opencv_thread() -> Iterator[None]:
    """Tiny pictures gain nothing from threads, and lose much where other programs hold the cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)
