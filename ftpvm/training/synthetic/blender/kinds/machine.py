# SPDX-License-Identifier: GPL-3.0-or-later
"""Hard-surface things with holes: gears, pierced plates, letters, mugs, chairs and lattices."""

from typing import Any

import bpy
import numpy as np

from ..geometry import circle, joint, lathe, place, plate, smooth_path, tube
from ..materials import surface


def machine(rng: np.random.Generator, into: Any) -> None:
    """One of the things below, tumbled."""
    build = (gear, letters, mug, chair, pierced, rings)[int(rng.integers(6))]
    base = joint(into)
    base.rotation_euler = tuple(rng.normal((0, 0, 0) if build in (mug, chair) else (np.pi / 2, 0, 0), 0.35))
    build(rng, into, base)


def gear(rng: np.random.Generator, into: Any, base: Any) -> None:
    """Teeth outside, round windows inside."""
    teeth, windows = int(rng.integers(8, 28)), int(rng.integers(3, 8))
    angle = np.arange(teeth * 8) * 2 * np.pi / (teeth * 8)
    radius = 1 + 0.12 * np.clip(2 * np.sin(teeth * angle), -1, 1)
    outlines = [radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), circle(rng.uniform(0.08, 0.2))]
    size = rng.uniform(0.5, 0.95) * 0.55 * np.sin(np.pi / windows)
    outlines += [circle(size, centre=centre) for centre in circle(0.57, windows)]
    plate(outlines, rng.uniform(0.1, 0.4), into, surface(rng, 2.0), base)


def pierced(rng: np.random.Generator, into: Any, base: Any) -> None:
    """A board with rows of holes."""
    wide, tall, n = rng.uniform(0.5, 1.0), rng.uniform(0.5, 1.0), int(rng.integers(2, 6))
    outlines = [np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]])]
    corners, size = int(rng.choice([4, 6, 32])), rng.uniform(0.4, 0.8) / n
    rows = np.linspace(-1, 1, 2 * n + 1)[1::2]
    outlines += [circle(size * min(wide, tall), corners, (x * wide, y * tall)) for x in rows for y in rows]
    plate(outlines, rng.uniform(0.03, 0.3), into, surface(rng, 2.0), base)


def letters(rng: np.random.Generator, into: Any, base: Any) -> None:
    """Thick letters and figures, most of them with holes."""
    data = bpy.data.curves.new("Letters", "FONT")
    data.body = "".join(rng.choice(list("ABDOPQR0468&@#%g8ae"), int(rng.integers(1, 4))))
    data.extrude, data.bevel_depth, data.shear = rng.uniform(0.05, 0.25), 0.015, rng.choice([0, 0.3])
    place(bpy.data.objects.new("Letters", data), into, parent=base, material=surface(rng, 2.0))


def mug(rng: np.random.Generator, into: Any, base: Any) -> None:
    """A vessel with handles."""
    mat, bulge = surface(rng, 2.0), rng.uniform(0.8, 1.3)
    outside = [[0.01, 0], [0.3, 0], [0.4 * bulge, 0.4], [0.36, 0.95]]
    inside = [[0.33, 0.96], [0.36 * bulge, 0.4], [0.26, 0.06], [0.01, 0.05]]
    lathe(smooth_path(outside + inside, 50), into, mat, base)
    for side in (1, -1)[: int(rng.integers(1, 3))]:
        grip = smooth_path([[0.33, 0, 0.8], [0.68, 0, 0.75], [0.66, 0, 0.35], [0.33, 0, 0.25]], 24) * [side, 1, 1]
        tube(grip, rng.uniform(0.03, 0.06), into, mat, base)


def chair(rng: np.random.Generator, into: Any, base: Any) -> None:
    """Legs, rungs, seat and a slatted back."""
    wood, thick, tall = surface(rng, 2.0), rng.uniform(0.02, 0.05), rng.uniform(0.7, 1.1)

    def bar(start: Any, end: Any) -> None:
        tube(np.array([start, end], float), thick, into, wood, base, sides=10)

    for x in (-0.3, 0.3):
        bar((x * 1.15, -0.33, -0.5), (x, -0.3, 0))
        bar((x * 1.15, 0.36, -0.5), (x, 0.3, 0))
        bar((x, 0.3, 0), (x * 0.95, 0.4, tall))
        bar((x, -0.3, -0.3), (x, 0.32, -0.3))
    for z in np.linspace(0.2, tall, int(rng.integers(2, 5))):
        bar((-0.3, 0.3 + 0.1 * z / tall, z), (0.3, 0.3 + 0.1 * z / tall, z))
    for x in np.linspace(-0.3, 0.3, int(rng.integers(2, 7)))[1:-1]:
        bar((x, 0.3, 0), (x, 0.4, tall))
    seat = np.array([[-0.33, -0.35], [0.33, -0.35], [0.33, 0.33], [-0.33, 0.33]])
    plate([seat], 0.07, into, surface(rng, 2.0), base)


def rings(rng: np.random.Generator, into: Any, base: Any) -> None:
    """A chain or a cluster of rings."""
    for k in range(int(rng.integers(2, 7))):
        ring = np.pad(circle(0.35, 40), ((0, 2), (0, 1)), mode="wrap") * [1, rng.uniform(0.6, 1), 0]
        link = tube(ring, rng.uniform(0.04, 0.1), into, surface(rng, 2.0), base)
        link.location = (0.42 * k, 0, rng.normal(0, 0.05))
        link.rotation_euler.x = k * np.pi / 2 + rng.normal(0, 0.2)
