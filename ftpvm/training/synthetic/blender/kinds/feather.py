# SPDX-License-Identifier: GPL-3.0-or-later
"""Feathers: barbs on either side of a bent shaft, alone, as a fan, or as a wing."""

from typing import Any

import numpy as np

from ..geometry import joint, smooth_path, tube, unit
from ..materials import principled, random_colour, tinted
from ..strands import strands_object


def feathers(rng: np.random.Generator, into: Any) -> None:
    """One large feather, a fan of them, or a tuft of plumes."""
    n, colours = int(rng.choice([1, 3, 7, 12])), [random_colour(rng) for _ in range(3)]
    shaft, barbs = principled(random_colour(rng, 0.3, 0.2), 0.4), tinted(0.3, 0.5)
    plume = rng.random() < 0.4
    spread = 0 if n == 1 else rng.uniform(0.5, 2.4)
    for i, angle in enumerate(np.linspace(-spread / 2, spread / 2, n)):
        base = joint(into, (0.05 * i / n, 0.012 * i, 0))
        base.rotation_euler = (rng.normal(0, 0.15), angle + rng.normal(0, 0.05), rng.normal(0, 0.2))
        _feather(rng, into, base, colours, shaft, barbs, plume, 2600 // n + 500)


def _feather(
    rng: np.random.Generator, into: Any, base: Any, colours: list[np.ndarray], shaft: Any, barbs: Any, plume: bool,
    n: int,
) -> None:  # fmt: skip
    bend, wide = rng.normal(0, 0.18), rng.uniform(0.06, 0.2)
    path = smooth_path([[0, 0, 0], [bend * 0.2, 0, 0.35], [bend * 0.5, -0.05, 0.7], [bend, -0.15, 1.0]], 60)
    tube(path, np.linspace(0.009, 0.002, 60), into, shaft, base, sides=6)
    at = np.sort(rng.uniform(0.15, 1, n))
    i = np.minimum((at * 59).astype(int), 58)
    along, side = unit(np.gradient(path, axis=0))[i], rng.choice([-1, 1], n)[:, None]
    sweep, untidy = (0.5, 0.25) if plume else (1.1, 0.03)
    out = unit(np.cross(along, [0, 1, 0]) * side + along * sweep + rng.normal(0, untidy, (n, 3)))
    # Vanes are widest below the middle and end in a point; gaps show where barbs have come apart.
    length = wide * np.sin(np.pi * np.clip((at - 0.1) / 0.93, 0, 1)) ** 0.6 * rng.uniform(0.85, 1.05, n)
    length *= np.where(np.sin(at * rng.uniform(20, 60) + side[:, 0]) > 0.96, 0.5, 1)
    t = np.linspace(0, 1, 6)[None, :, None]
    strands = path[i][:, None] + out[:, None] * length[:, None, None] * t * (1.5 if plume else 1)
    strands += along[:, None] * (length[:, None, None] * 0.35 * t**2)
    strands[..., 2] -= (length[:, None] * t[..., 0] ** 2) * (0.7 if plume else 0)
    bands = (np.sin(at * rng.uniform(5, 40)) > rng.uniform(0, 1.2))[:, None, None]
    tint = np.where(bands, colours[1], colours[0]) * (1 - t) + np.where(bands, colours[1], colours[2]) * t
    strands_object(strands, 0.0025, np.clip(tint, 0, 1), into, barbs, base, taper=0.4)
