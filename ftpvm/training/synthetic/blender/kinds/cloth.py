# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloth that lets light through: veils, lace, curtains and flags with folds."""

from typing import Any

import numpy as np

from ..geometry import ball, grid_faces, mesh
from ..materials import cover, facing, lit_through, math_node, surface, texture


def cloth(rng: np.random.Generator, into: Any) -> None:
    """A hanging or flying sheet, or one thrown over something."""
    mat = sheer(rng)
    if rng.random() < 0.35:
        _draped(rng, into, mat)
    else:
        u, v = np.mgrid[-1:1:90j, -1:1:90j]
        sheet(into, mat, folds(rng, u, v, 0.0))


def sheer(rng: np.random.Generator, colours: Any = None) -> Any:
    """Half transparent cloth: gauze, lace or net curtain; it covers more where it is seen edge on."""
    mat = surface(rng, 2.0, 0, colours)
    lit_through(mat, 0.4)
    thick = rng.uniform(0.2, 0.75)
    coverage = math_node(mat, "MULTIPLY_ADD", facing(mat, 0.4), 0.9, thick)
    if rng.random() < 0.5:  # lace
        kind = str(rng.choice(["ShaderNodeTexVoronoi", "ShaderNodeTexWave", "ShaderNodeTexNoise"]))
        holes = math_node(mat, "GREATER_THAN", texture(rng, mat, kind, rng.uniform(6, 30)), rng.uniform(0.3, 0.55))
        coverage = math_node(mat, "MAXIMUM", math_node(mat, "MULTIPLY", coverage, 0.6), holes)
    cover(mat, coverage)
    return mat


def folds(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, time: float) -> np.ndarray:
    """Points (rows, columns, 3) of a waving sheet over u and v in [-1, 1]; it hangs from its upper edge, v = 1."""
    depth, lift = np.zeros_like(u), np.zeros_like(u)
    loose = (1 - v) / 2
    for k in range(1, 8):
        way, phase = rng.normal(0, 1.6, 2) * k**0.7 + [1.5 * k, 0], rng.uniform(0, 6.3)
        wave = np.sin(way[0] * u + way[1] * v * 0.5 + phase + time * (1 + 0.4 * k))
        depth += wave * rng.uniform(0.05, 0.2) / k**0.8 * (0.35 + loose)
        lift += 0.05 * np.cos(2 * phase + way[0] * u + time) * loose
    width = 1 - rng.uniform(0, 0.35) * (1 - abs(v)) - rng.uniform(0, 0.3) * loose
    return np.stack([0.8 * u * width + 0.25 * depth * v, depth, v + lift], axis=-1)


def sheet(into: Any, mat: Any, points: np.ndarray) -> Any:
    """A mesh from points (rows, columns, 3)."""
    return mesh(points.reshape(-1, 3), grid_faces(*points.shape[:2]), into, mat)


def _draped(rng: np.random.Generator, into: Any, mat: Any) -> None:
    """Thrown over a ball, falling in folds."""
    ball((0.33, 0.33, 0.38), into, surface(rng, 2.0), (0, 0, -0.4))
    radius, angle = (a.ravel().reshape(60, 120) for a in np.mgrid[0.01:1:60j, 0 : 2 * np.pi : 120j])
    over = np.minimum(radius * 2.2, 1) * np.pi / 2
    fall = np.maximum(radius - 1 / 2.2, 0)
    count, phase = int(rng.integers(5, 13)), rng.uniform(0, 6.3)
    out = 0.36 * np.sin(over) + fall * (0.25 + rng.uniform(0.2, 0.5) * np.sin(count * angle + phase))
    points = np.stack([out * np.cos(angle), out * np.sin(angle), 0.41 * np.cos(over) - 1.3 * fall - 0.4], axis=-1)
    sheet(into, mat, points)
