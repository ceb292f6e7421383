# SPDX-License-Identifier: GPL-3.0-or-later
"""Affine motion: where footage lies in the clip's square, frame by frame.

A motion is (n, 3, 3): one matrix a frame on homogeneous points, in shares of the square, its middle the origin. Motions
multiply, so that however many there are, a frame is sampled once.
"""

import cv2
import numpy as np
from numpy.random import Generator

from .easing import eased

MOVING_SCALE = (0.9, 1.1)


def resting(rng: Generator, scale: tuple[float, float]) -> np.ndarray:
    """A placement that stays: turned, shifted, sheared and scaled a little; (1, 3, 3)."""
    return _matrices(_draw(rng, scale)[None])


def moving(rng: Generator, frames: int) -> np.ndarray:
    """From one placement to another with easing; (frames, 3, 3)."""
    return _matrices(eased(rng, _draw(rng, MOVING_SCALE), _draw(rng, MOVING_SCALE), frames))


def mirrored(rng: Generator, probability: float) -> np.ndarray:
    """Left and right swapped, or not; (1, 3, 3)."""
    return np.diag([-1.0 if rng.random() < probability else 1.0, 1, 1])[None]


def fitted(picture: tuple[int, int], focus: tuple[float, float], aspect: float, zoom: float = 1) -> np.ndarray:
    """From pixels of a picture (h, w) to the square, which it fills; (1, 3, 3).

    focus: the pixel (x, y) to show in the middle, as far as the picture reaches. aspect: how much wider than high the
    picture's pixels get. zoom: 1 shows as much as there is.
    """
    height, width = picture
    stretch = np.sqrt(aspect)
    scale = zoom * max(1 / (width * stretch), stretch / height)
    scales = np.array([scale * stretch, scale / stretch])
    half = 0.5 / scales
    middle = np.clip(focus, half, np.maximum(half, np.array([width, height]) - half))
    # A pixel's middle is half a pixel from its corner.
    return np.array([[[scales[0], 0, scales[0] * (0.5 - middle[0])], [0, scales[1], scales[1] * (0.5 - middle[1])],
                      [0, 0, 1]]])  # fmt: skip


def sample(frames: list[np.ndarray], motion: np.ndarray, size: int, border: int) -> np.ndarray:
    """The clip (n, size, size, c) of frames (h, w, c), bilinear; one still frame may serve a whole motion.

    motion: from pixels to the square. border: OpenCV's word for what lies outside the frames.
    """
    to_pixels = np.array([[size, 0, size / 2 - 0.5], [0, size, size / 2 - 0.5]])
    count = max(len(frames), len(motion))
    pictures = frames * count if len(frames) == 1 else frames
    return np.stack([
        cv2.warpAffine(picture, to_pixels @ matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
        for picture, matrix in zip(pictures, np.broadcast_to(motion, (count, 3, 3)), strict=True)
    ])  # fmt: skip


def _draw(rng: Generator, scale: tuple[float, float]) -> np.ndarray:
    """Angle and two shears in radians, shift in shares of the square, log scale."""
    turn, shift = np.radians(rng.uniform((-10, -5, -5), (10, 5, 5))), rng.uniform(-0.1, 0.1, 2)
    return np.array([*turn, *shift, np.log(rng.uniform(*scale))])


def _matrices(parameters: np.ndarray) -> np.ndarray:
    """(n, 6) -> (n, 3, 3)."""
    angle, shear_x, shear_y, x, y, log_scale = parameters.T
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    cos, sin = np.exp(log_scale) * np.cos(angle), np.exp(log_scale) * np.sin(angle)
    turned = np.array([[cos, -sin, x], [sin, cos, y], [zero, zero, one]])
    sheared = np.array([[one, np.tan(shear_x), zero], [np.tan(shear_y), one, zero], [zero, zero, one]])
    return np.einsum("ijn,jkn->nik", turned, sheared)
