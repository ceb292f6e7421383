# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants: leafy branches, ferns, bouquets and tufts of grass."""

from typing import Any

import numpy as np

from ..geometry import ball, grid_faces, mesh, smooth_path, tube, unit
from ..materials import lit_through, principled, random_colour, recolour, texture, tinted
from ..strands import Coat, grow, strands_object, tints


def leaves(rng: np.random.Generator, into: Any) -> None:
    """A plant of one of several habits."""
    if rng.random() < 0.2:
        grass(rng, into)
        return
    stem, colours = principled((0.10, 0.07, 0.03) * rng.uniform(0.5, 2, 3), 0.8), _greens(rng)
    mats = [_leaf_material(rng, colours) for _ in range(3)]
    outline = _outline(rng)
    size, pairs = rng.uniform(0.08, 0.24), int(rng.integers(6, 16))
    for _ in range(int(rng.integers(2, 8))):
        path = _twig(rng)
        tube(path, np.linspace(0.014, 0.004, len(path)), into, stem, sides=6)
        _along(rng, into, path, mats, outline, size, pairs)
        if rng.random() < 0.3:
            _flower(rng, into, path[-1], unit(path[-1] - path[-4]))


def grass(rng: np.random.Generator, into: Any) -> None:
    """A tuft of blades."""
    n = int(rng.integers(150, 700))
    roots = np.concatenate([rng.normal(0, 0.13, (n, 2)), np.zeros((n, 1))], axis=1)
    coat = Coat(0.8, rng.uniform(0.004, 0.012), rng.uniform(0.2, 0.8), frizz=0.02)
    blades = grow(rng, roots, unit(rng.normal((0, 0, 1), 0.35, (n, 3))), coat, 8)
    root, tip = _greens(rng)[:2]
    strands_object(blades, coat.radius, tints(rng, root, tip, blades.shape), into, tinted(0.3, 0.5))


def _greens(rng: np.random.Generator) -> list[np.ndarray]:
    if rng.random() < 0.35:  # autumn, or a plant from elsewhere
        return [random_colour(rng) for _ in range(3)]
    return [np.clip(np.array([0.10, 0.22, 0.03]) * np.exp(rng.normal(0, 0.5, 3)), 0, 1) for _ in range(3)]


def _leaf_material(rng: np.random.Generator, colours: list[np.ndarray]) -> Any:
    mat = principled(roughness=rng.uniform(0.3, 0.8))
    spots = texture(rng, mat, "ShaderNodeTexNoise", rng.uniform(3, 20))
    recolour(mat, spots, [c * rng.uniform(0.6, 1.4) for c in colours], rng)
    lit_through(mat, 0.35)
    return mat


def _outline(rng: np.random.Generator) -> np.ndarray:
    """Half widths (9,) from base to tip: lancet, oval, heart or toothed."""
    t = np.linspace(0, 1, 9)
    width = np.sin(np.pi * t ** rng.uniform(0.5, 1.3)) ** rng.uniform(0.7, 1.6) * rng.uniform(0.12, 0.5)
    return np.asarray(width * (1 + rng.choice([0, 0.35]) * (np.arange(9) % 2)) + 0.004)


def _twig(rng: np.random.Generator) -> np.ndarray:
    way = unit(rng.normal((0, 0, 0.6), 0.6, 3))
    bends = np.cumsum([way * 0.3 + rng.normal(0, 0.08, 3) - [0, 0, 0.03 * k] for k in range(4)], axis=0)
    return smooth_path([[0, 0, 0], *bends], 30)


def _along(
    rng: np.random.Generator, into: Any, path: np.ndarray, mats: list[Any], outline: np.ndarray, size: float, pairs: int
) -> None:
    vertices: list[list[np.ndarray]] = [[] for _ in mats]
    for at in np.linspace(6, 29, pairs).astype(int):
        along = unit(path[at] - path[at - 1])
        for side in (-1, 1):
            out = unit(np.cross(along, [0, 1, 0.2]) * side + along * 0.7 + rng.normal(0, 0.3, 3))
            vertices[rng.integers(len(mats))].append(_leaf(rng, path[at], out, outline, size * rng.uniform(0.6, 1.2)))
    for mat, some in zip(mats, vertices, strict=True):
        if some:
            faces = np.concatenate([grid_faces(9, 3) + 27 * i for i in range(len(some))])
            mesh(np.concatenate(some), faces, into, mat)


def _leaf(rng: np.random.Generator, base: np.ndarray, out: np.ndarray, outline: np.ndarray, size: float) -> np.ndarray:
    """(27, 3): three vertices across, nine along; bent down and folded at the midrib."""
    side = unit(np.cross(out, rng.normal((0, 0, 1), 0.4, 3)))
    up, t = np.cross(side, out), np.linspace(0, 1, 9)[:, None, None]
    across = np.array([-1, 0, 1])[None, :, None] * outline[:, None, None]
    droop = -rng.uniform(0, 0.4) * t**2 + 0.3 * abs(across)
    return np.asarray(base + size * (t * out + across * side + droop * up)).reshape(-1, 3)


def _flower(rng: np.random.Generator, into: Any, at: np.ndarray, way: np.ndarray) -> None:
    """Petals around a button."""
    mat, n, size = principled(random_colour(rng, 1, 0.3), 0.6), int(rng.integers(5, 14)), rng.uniform(0.08, 0.16)
    lit_through(mat, 0.3)
    side = unit(np.cross(way, [0.3, 0.9, 0.1]))
    over, shape = np.cross(way, side), np.sin(np.linspace(0.1, 3.0, 9)) * 0.3
    petals = [_leaf(rng, at, unit(np.cos(a) * side + np.sin(a) * over + 0.4 * way), shape, size)
              for a in np.arange(n) * 2 * np.pi / n]  # fmt: skip
    mesh(np.concatenate(petals), np.concatenate([grid_faces(9, 3) + 27 * i for i in range(n)]), into, mat)
    ball((size * 0.3,) * 3, into, principled(random_colour(rng, 1, 0.2), 0.8), at, detail=10)
