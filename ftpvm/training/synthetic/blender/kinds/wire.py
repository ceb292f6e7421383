# SPDX-License-Identifier: GPL-3.0-or-later
"""Wire: cages, nets, springs, wheels and tangles."""

from typing import Any

import bpy
import numpy as np

from ..geometry import ball, circle, grid_faces, mesh, smooth_path, tube
from ..materials import surface


def wire(rng: np.random.Generator, into: Any) -> None:
    """One of the shapes below, of one or two materials."""
    shape = (cage, net, wheel, tangle)[int(rng.integers(4))]
    shape(rng, into, surface(rng, 3.0))


def cage(rng: np.random.Generator, into: Any, mat: Any) -> None:
    """The edges of a coarse ball or box, at times with something inside."""
    obj = ball(rng.uniform(0.5, 1.0, 3), into, mat, detail=int(rng.integers(5, 12)))
    _wired(obj, rng.uniform(0.012, 0.05))
    if rng.random() < 0.4:
        ball(rng.uniform(0.15, 0.35, 3), into, surface(rng), rng.normal(0, 0.1, 3))


def net(rng: np.random.Generator, into: Any, mat: Any) -> None:
    """A sagging net or a bent fence."""
    n = int(rng.integers(9, 24))
    u, v = np.mgrid[-1 : 1 : n * 1j, -1 : 1 : n * 1j]
    sag = rng.normal(0, 0.25) * (1 - u**2) + 0.1 * np.sin(3 * v + rng.uniform(0, 6))
    points = np.stack([u + 0.02 * rng.normal(size=u.shape), sag, v + 0.25 * (u**2 - 1) * rng.random()], axis=-1)
    if rng.random() < 0.5:  # diamonds
        points = points @ np.array([[0.7, 0, 0.7], [0, 1, 0], [-0.7, 0, 0.7]])
    obj = mesh(points.reshape(-1, 3), grid_faces(n, n), into, mat, smooth=False)
    _wired(obj, rng.uniform(0.006, 0.03))


def wheel(rng: np.random.Generator, into: Any, mat: Any) -> None:
    """A rim and its spokes."""
    rim = np.pad(circle(1.0, 64), ((0, 1), (0, 1)), mode="wrap")[:, [0, 2, 1]] * [1, 0, 1]
    rim[-1] = rim[0]
    tube(rim, rng.uniform(0.02, 0.08), into, surface(rng, 3.0))
    ball((0.08, 0.1, 0.08), into, mat)
    for angle in np.arange(spokes := int(rng.integers(8, 33))) * 2 * np.pi / spokes:
        way = np.array([np.cos(angle), 0, np.sin(angle)])
        start = 0.07 * np.array([np.cos(angle + 1.4), 0.8, np.sin(angle + 1.4)])
        tube(np.array([start * [1, (-1) ** round(angle * 9), 1], way]), rng.uniform(0.006, 0.012), into, mat, sides=6)


def tangle(rng: np.random.Generator, into: Any, mat: Any) -> None:
    """Cables wound into a ball, or a spring."""
    t = np.linspace(0, 1, 400)[:, None]
    if rng.random() < 0.4:
        turns = rng.uniform(5, 14)
        angle = 2 * np.pi * turns * t
        path = np.concatenate([0.35 * np.cos(angle), 0.35 * np.sin(angle), 2 * t - 1], axis=1)
    else:
        path = smooth_path(rng.normal(0, 0.5, (int(rng.integers(8, 26)), 3)), 400)
    tube(path, rng.uniform(0.008, 0.035), into, mat, sides=8)


def _wired(obj: Any, thickness: float) -> None:
    modifier: bpy.types.Modifier = obj.modifiers.new("Wire", "WIREFRAME")
    modifier.thickness = thickness
