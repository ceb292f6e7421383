# SPDX-License-Identifier: GPL-3.0-or-later
"""Half figures: long, curly, wind-blown or braided hair, the hardest part of most mattes."""

from typing import Any

import numpy as np

from ..geometry import ball, smooth_path, tube
from ..materials import HAIRS, near, principled, random_colour, tinted
from ..strands import strands_object, tints
from .person import beard, build, scalp_hair, stand


def wig(rng: np.random.Generator, into: Any) -> None:
    """Head, shoulders and arms under a lot of hair, or dreadlocks."""
    body = build(rng, into, legs=False)
    stand(rng, body, legs=False)
    head = body.joints["head"]
    colour = near(rng, HAIRS, 0.3) if rng.random() < 0.8 else random_colour(rng)
    if rng.random() < 0.25:
        _locks(rng, into, head, colour)
    else:
        scalp_hair(rng, into, head, colour, str(rng.choice(["long", "long", "curly"])), tinted(), 4000)
    if rng.random() < 0.2:
        beard(rng, into, head, colour, tinted())


def _locks(rng: np.random.Generator, into: Any, head: Any, colour: np.ndarray) -> None:
    """Dreadlocks or braids: thick tubes with loose hairs."""
    mat = principled(colour, 0.9)
    ball((0.085, 0.105, 0.12), into, mat, (0, 0.015, 0.035), head)
    loose = []
    for _ in range(int(rng.integers(30, 60))):
        angle, tall = rng.uniform(0.15 * np.pi, 0.85 * np.pi) * rng.choice([-1, 1]), rng.uniform(0, 1)
        way = np.array([np.sin(angle), 0.35 - np.cos(angle) * 0.9, tall])
        start = way / np.linalg.norm(way) * [0.085, 0.1, 0.12]
        long = rng.uniform(0.12, 0.4)
        bends = np.array([1, 1.3, 1.5, rng.uniform(1.3, 1.8)])[:, None] * start
        bends[:, 2] += 0.01, 0.01, -long * 0.5, -long
        path = smooth_path(bends + rng.normal(0, 0.008, (4, 3)), 24)
        tube(path, np.linspace(0.009, 0.006, 24) * rng.uniform(0.8, 1.3, 24), into, mat, head, sides=8)
        loose.append(path[::4] + rng.normal(0, 0.012, (14, 6, 3)))
    strands = np.concatenate(loose)
    strands_object(strands, 0.0009, tints(rng, colour, colour, strands.shape), into, tinted(), head)
