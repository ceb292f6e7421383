# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners inside a data loader's worker process."""

import cv2
from torch.utils.data import get_worker_info


def leave_threads_to_workers() -> None:
    """In a worker OpenCV uses its thread alone; many workers with threads of their own slow each other down."""
    if get_worker_info() is not None:
        cv2.setNumThreads(0)
