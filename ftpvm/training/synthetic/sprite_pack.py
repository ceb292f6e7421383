# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a pack of rendered sprites, as `blender/pack.py` binds it: a zip file of WebP images.

They are named INDEX-KIND.webp, or INDEX-KIND-FRAME.webp where each object is seen moving.
"""

import zipfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from ftpvm.errors import DatasetError

HELD_OUT_EVERY = 8  # sprites 0, 8, 16, ... of a pack are for validation


@dataclass(frozen=True)
class Rendered:
    """kind: what it is, in the words of `blender/kinds`. frames: (s, s, 4) uint8 straight RGBA."""

    kind: str
    frames: list[np.ndarray]


def load_pack(path: Path, held_out: bool) -> list[Rendered]:
    """The pack's sprites in the order of their indices.

    held_out: those that are kept from training, instead of the others. DatasetError where there are none to be had.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist(), key=_place)
            sprites = {
                index: (kind, [archive.read(name) for name in group])
                for (index, kind), group in groupby(names, _index_and_kind)
            }
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is not a pack of sprites: render one with ftpvm/training/synthetic/blender."
        ) from error
    chosen = [sprite for index, sprite in sprites.items() if (index % HELD_OUT_EVERY == 0) == held_out]
    if not chosen:
        raise DatasetError(f"{path} holds too few sprites, {len(sprites)}: render at least {HELD_OUT_EVERY}.")
    return [Rendered(kind, [_decode(frame, path) for frame in frames]) for kind, frames in chosen]


def _index_and_kind(name: str) -> tuple[int, str]:
    index, kind, *_ = name.removesuffix(".webp").split("-")
    return int(index), kind


def _place(name: str) -> tuple[int, int]:
    """Index and frame."""
    index, _, *frame = name.removesuffix(".webp").split("-")
    return int(index), int(frame[0]) if frame else 0


def _decode(content: bytes, path: Path) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise DatasetError(f"{path} holds an image that can't be read: render the pack again.")
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)


def resize_sprite(values: np.ndarray, size: int) -> np.ndarray:
    """A sprite (h, w, 4) in [0, 1] as (size, size, 4) uint8; premultiplied on the way, so that no colour bleeds."""
    values = np.concatenate([values[..., :3] * values[..., 3:], values[..., 3:]], axis=-1)
    values = np.asarray(cv2.resize(values, (size, size), interpolation=cv2.INTER_AREA))
    values[..., :3] /= np.maximum(values[..., 3:], 1e-4)
    return np.asarray((values.clip(0, 1) * 255).round(), np.uint8)
