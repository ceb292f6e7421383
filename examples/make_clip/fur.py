# SPDX-License-Identifier: GPL-3.0-or-later
"""Fur, a tuft and whiskers: the strands a matte is judged by."""

import math

import numpy as np
from shapes import strands, unit

EYES = [np.array([side * 0.40, -0.86, 0.30]) for side in (-1, 1)]  # the face looks along -Y
NOSE = np.array([0.0, -1.0, 0.02])
GINGER, CREAM = (0.90, 0.34, 0.09), (0.97, 0.86, 0.68)


def sphere_points(n: int) -> np.ndarray:
    """Evenly spread directions (a Fibonacci sphere)."""
    i = np.arange(n)
    z, angle = 1 - (2 * i + 1) / n, i * math.pi * (3 - math.sqrt(5))
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)


def fur(name, collection, parent, radii, rng, mat, *, count, length, comb=(0, 0.25, -0.55), clumps=330, face=False):
    """Clumped, combed and drooping fur on an ellipsoid."""
    around = unit(sphere_points(count) + rng.normal(0, 0.01, (count, 3)))
    stray = rng.uniform(0, 1, count) < 0.12  # fly-aways: longer, and in no clump
    size = length * rng.uniform(0.65, 1.2, count) * np.where(stray, 1.4, 1)
    if face:  # none over the eyes and the nose, short between them
        bare = np.max([around @ unit(eye) - 0.035 for eye in EYES] + [around @ NOSE - 0.045], axis=0)
        around, size, stray = (a[bare < 0.935] for a in (around, size, stray))
        size = size * (1 - 0.62 * np.clip((around @ unit(np.array([0, -1, 0.15])) - 0.45) / 0.4, 0, 1))
    roots = around * radii * 0.98
    out = unit(around / radii)
    way = unit(out + np.array(comb) + rng.normal(0, 0.13, out.shape))
    guide = sphere_points(clumps)
    centre = guide[np.argmax(around @ guide.T, axis=1)]
    tips = centre * radii + (unit(centre / radii) + np.array(comb)) * length
    t = np.linspace(0, 1, 7)[None, :, None]
    points = roots[:, None] + way[:, None] * size[:, None, None] * t
    pull = np.where(stray, 0, rng.uniform(0.15, 0.55, len(roots)))[:, None, None]
    points += (tips - points[:, -1])[:, None] * pull * t**2
    points[..., 2] -= (0.18 * size)[:, None] * t[..., 0] ** 2
    points += rng.normal(0, 0.045, points.shape) * size[:, None, None] * t  # frizz
    return strands(name, collection, points, np.full(len(roots), 0.0075), coat(around, t, rng, face), mat, parent)


def coat(around, t, rng, face):
    """Ginger, paler at the tips; cream on the muzzle and the belly."""
    cream = np.zeros(len(around))
    if face:
        cream = np.clip((around @ unit(np.array([0, -0.80, -0.52])) - 0.62) / 0.14, 0, 1)
    base = np.array(GINGER) * (1 - cream[:, None]) + np.array(CREAM) * cream[:, None]
    base = base * rng.uniform(0.75, 1.15, (len(around), 1))
    return np.clip(base[:, None] * (0.6 + 0.4 * t) + 0.25 * t**2 * np.array(CREAM), 0, 1)


def wild_hair(collection, parent, rng, mat):
    """A sparse curly tuft on the head and six whiskers: the strands a matte is judged by."""
    n, t = 70, np.linspace(0, 1, 12)[None, :, None]
    root = rng.normal((0, -0.05, 0.76), (0.09, 0.09, 0), (n, 3))
    way = unit(rng.normal((0, 0.25, 1), 0.33, (n, 3)))
    long = rng.uniform(0.35, 0.75, (n, 1, 1))
    points = root[:, None] + way[:, None] * long * t
    turn = rng.uniform(0, 6.3, (n, 1)) + t[..., 0] * rng.uniform(5, 9, (n, 1))
    points += 0.06 * t * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=2)
    points += np.array([0, 0.14, -0.30]) * long * t**3
    tint = np.broadcast_to(np.array(GINGER), points.shape) * (0.6 + 0.6 * t)
    strands("Tuft", collection, points, np.full(n, 0.009), np.clip(tint, 0, 1), mat, parent)
    side = np.repeat([-1.0, 1.0], 3)[:, None, None]
    spread = np.tile([-0.2, 0.05, 0.3], 2)[:, None, None]
    whisker = np.concatenate([side * (0.20 + 0.75 * t), -0.80 + 0.10 * t + 0 * side, spread * t - 0.12 * t**2], axis=2)
    strands("Whiskers", collection, whisker, np.full(6, 0.012), np.full(whisker.shape, 0.8), mat, parent)
