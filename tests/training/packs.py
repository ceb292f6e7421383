# SPDX-License-Identifier: GPL-3.0-or-later
"""Small packs of sprites in the layout of those that Blender renders."""

import zipfile
from pathlib import Path

import cv2
import numpy as np


def disc(red: int, size: int) -> bytes:
    """A WebP of a disc exactly as opaque as 8 bits say."""
    bgra = np.zeros((size, size, 4), np.uint8)
    bgra[..., 2] = red
    cv2.circle(bgra, (size // 2, size // 2), size // 3, (0, 0, red, 255), -1)
    return cv2.imencode(".webp", bgra)[1].tobytes()


def write_pack(path: Path, count: int, size: int = 32) -> Path:
    """Discs that are red in proportion to their index."""
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            archive.writestr(f"{index:04d}-disc.webp", disc(10 * index, size))
    return path


def write_acts(path: Path, count: int, frames: int, size: int = 32) -> Path:
    """Discs that grow redder from frame to frame, in no order and without zeros to sort by."""
    with zipfile.ZipFile(path, "w") as archive:
        for frame in reversed(range(frames)):
            for index in range(count):
                archive.writestr(f"{index}-disc-{frame}.webp", disc(10 * index + 100 * frame // (frames - 1), size))
    return path
