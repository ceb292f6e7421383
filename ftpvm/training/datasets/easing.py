# SPDX-License-Identifier: GPL-3.0-or-later
"""Easing curves: how a change spreads over a clip. Each maps [0, 1] to about [0, 1], 0 to 0 and 1 to 1."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

Curve = Callable[[np.ndarray], np.ndarray]

ACCELERATING: tuple[Curve, ...] = (
    lambda t: t**2,
    lambda t: t**3,
    lambda t: t**4,
    lambda t: t**5,
    lambda t: 1 - np.cos(t * np.pi / 2),
    lambda t: 1 - np.sqrt(1 - t**2),  # circular
    lambda t: (2 ** (10 * t) - 1) / 1023,  # exponential
    lambda t: t**2 * (2.7 * t - 1.7),  # steps back first
    lambda t: t**5 * np.cos(6 * np.pi * (1 - t)),  # elastic
    lambda t: t * np.abs(np.sin(2.5 * np.pi * t)),  # bouncing
    lambda t: np.asarray(t >= 0.5, float),  # a sudden change
)


def random_easing(rng: Generator) -> Curve:
    """Linear one time in five, otherwise a curve that eases in, out or both."""
    if rng.random() < 0.2:
        return lambda t: t
    curve = ACCELERATING[rng.integers(len(ACCELERATING))]
    return (curve, _out(curve), _in_out(curve))[rng.integers(3)]


def eased(rng: Generator, start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """From `start` (k,) to `end` (k,) along a random curve: (frames, k)."""
    share = random_easing(rng)(np.linspace(0, 1, frames))[:, None]
    return np.asarray(start + (end - start) * share)


def _out(curve: Curve) -> Curve:
    return lambda t: 1 - curve(1 - t)


def _in_out(curve: Curve) -> Curve:
    return lambda t: np.where(t < 0.5, curve(2 * np.minimum(t, 0.5)) / 2, 1 - curve(2 - 2 * np.maximum(t, 0.5)) / 2)
