# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair, fur and barbs as Blender's hair curves, grown with numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from .geometry import place, unit


@dataclass(frozen=True)
class Coat:
    """How hair grows. Lengths are in the body's units.

    length, radius: of a strand. fall: 0 stands up, 1 hangs. comb: the way it is combed. curl: radius of its curls.
    turns: curls a strand. frizz: its shakiness. clumps: how many it gathers in, 0 for none.
    """

    length: float
    radius: float
    fall: float = 0.2
    comb: Sequence[float] | np.ndarray = (0, 0, 0)
    curl: float = 0.0
    turns: float = 2.0
    frizz: float = 0.04
    clumps: int = 0


def sphere_directions(n: int) -> np.ndarray:
    """(n, 3) evenly spread directions: a Fibonacci sphere."""
    i = np.arange(n)
    z, angle = 1 - (2 * i + 1) / n, i * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)


def grow(rng: np.random.Generator, roots: np.ndarray, normals: np.ndarray, coat: Coat, steps: int = 8) -> np.ndarray:
    """Strands (n, steps, 3) from roots and normals (n, 3) each."""
    n = len(roots)
    size = coat.length * rng.uniform(0.55, 1.15, n) * np.where(rng.random(n) < 0.06, 1.35, 1)
    way = unit(normals + np.array(coat.comb) + rng.normal(0, 0.12, (n, 3)))
    points = [roots]
    for k in range(1, steps):
        pulled = way + np.array([0, 0, -1]) * coat.fall * 2 * k / steps
        points.append(points[-1] + unit(pulled) * (size / (steps - 1))[:, None])
    strands = np.stack(points, axis=1)
    t = np.linspace(0, 1, steps)[None, :, None]
    if coat.clumps:
        _gather(rng, strands, coat.clumps, t)
    if coat.curl:
        phase = rng.uniform(0, 2 * np.pi, (n, 1)) + t[..., 0] * 2 * np.pi * coat.turns * rng.uniform(0.7, 1.3, (n, 1))
        side = unit(np.cross(way, rng.normal(0, 1, 3)))[:, None]
        over = np.cross(way[:, None], side)
        strands += coat.curl * t**0.5 * (np.cos(phase)[..., None] * side + np.sin(phase)[..., None] * over)
    return np.asarray(strands + rng.normal(0, coat.frizz, strands.shape) * size[:, None, None] * t)


def _gather(rng: np.random.Generator, strands: np.ndarray, clumps: int, t: np.ndarray) -> None:
    """Pull the tips of strands together, each to the nearest of a few chosen ones."""
    guides = rng.choice(len(strands), min(clumps, len(strands)), replace=False)
    distance = ((strands[:, None, 0] - strands[None, guides, 0]) ** 2).sum(-1)
    tips = strands[guides][distance.argmin(axis=1), -1]
    pull = rng.uniform(0.2, 0.65, (len(strands), 1, 1))
    strands += (tips - strands[:, -1])[:, None] * pull * t**2


def avoid(strands: np.ndarray, centre: Any, radii: Any) -> np.ndarray:
    """Push the points that are inside an ellipsoid out to its surface."""
    away = (strands - np.asarray(centre)) / np.asarray(radii)
    distance = np.linalg.norm(away, axis=-1, keepdims=True)
    return np.where(distance < 1, away / np.maximum(distance, 1e-6) * radii + centre, strands)


def tints(rng: np.random.Generator, root: np.ndarray, tip: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Colours (n, k, 3) from root to tip (3,) or (n, 3), every strand a little different."""
    t = np.linspace(0, 1, shape[1])[None, :, None]
    root, tip = (np.broadcast_to(c, (shape[0], 3))[:, None] for c in (root, tip))
    return np.clip((root * (1 - t) + tip * t) * rng.uniform(0.7, 1.2, (shape[0], 1, 1)), 0, 1)


def strands_object(
    points: np.ndarray, radius: Any, tint: np.ndarray, into: Any, material: Any, parent: Any = None, taper: float = 0.15
) -> Any:
    """Hair curves from points (n, k, 3), root radii (a number or (n,)) and colours (n, k, 3)."""
    n, k, _ = points.shape
    data = bpy.data.hair_curves.new("Hair")
    data.add_curves([k] * n)
    data.position_data.foreach_set("vector", points.astype(np.float32).ravel())
    radii = np.broadcast_to(np.asarray(radius).reshape(-1, 1), (n, 1)) * np.linspace(1, taper, k)
    data.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", radii.astype(np.float32).ravel())
    rgba = np.concatenate([tint, np.ones((n, k, 1))], axis=2).astype(np.float32)
    data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", rgba.ravel())
    return place(bpy.data.objects.new("Hair", data), into, parent=parent, material=material)
