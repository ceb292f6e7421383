# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as read from a data set, and how they become a layer that can be moved and composed."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Footage:
    """Frames (h, w, 3) RGB or (h, w, 4) RGBA, uint8, alpha not multiplied in; a still has one frame."""

    frames: list[np.ndarray]

    @property
    def still(self) -> bool:
        return len(self.frames) == 1

    def premultiplied(self, shortest: int) -> list[np.ndarray]:
        """Frames (h, w, 4) float32 in [0, 1], RGB multiplied by alpha, shrunk by area to `shortest` px where longer."""
        # Large frames stay in 8 bits until they are small: floats would take four times as long.
        return [_with_alpha(_shrunk(_multiplied(frame), shortest)) for frame in self.frames]


def centre_of(masks: list[np.ndarray]) -> tuple[float, float]:
    """The centre (x, y) in px of all the mass in masks (h, w); the picture's middle where there is none."""
    total = np.sum(masks, axis=0, dtype=np.float64)
    height, width = total.shape
    mass = total.sum()
    if mass == 0:
        return width / 2, height / 2
    x, y = total.sum(0) @ np.arange(width), total.sum(1) @ np.arange(height)
    return float(x / mass + 0.5), float(y / mass + 0.5)


def _multiplied(frame: np.ndarray) -> np.ndarray:
    if frame.shape[2] == 3:
        return frame
    weights = cv2.cvtColor(np.ascontiguousarray(frame[..., 3]), cv2.COLOR_GRAY2RGBA)  # its own alpha is 255
    return np.asarray(cv2.multiply(frame, weights, scale=1 / 255))


def _shrunk(frame: np.ndarray, shortest: int) -> np.ndarray:
    scale = shortest / min(frame.shape[:2])
    if scale >= 1:
        return frame
    return np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _with_alpha(frame: np.ndarray) -> np.ndarray:
    layer = np.ones((*frame.shape[:2], 4), np.float32)
    layer[..., : frame.shape[2]] = frame / np.float32(255)
    return layer
