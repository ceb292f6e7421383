# SPDX-License-Identifier: GPL-3.0-or-later
"""Furry animals: a few ellipsoids for body, head, legs, ears and tail, all covered by one coat."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..geometry import ball, smooth_path, tube
from ..materials import HAIRS, near, principled, random_colour, tinted
from ..strands import Coat, grow, sphere_directions, strands_object, tints


def random_coat(rng: np.random.Generator) -> Coat:
    """From plush to shaggy, straight to curly."""
    length = np.exp(rng.uniform(np.log(0.04), np.log(0.28)))
    curl = rng.choice([0, 0, 0.02, 0.04]) * length / 0.15
    comb = rng.normal((0, 0.5, -0.2), 0.35)
    thick, fall, turns = rng.uniform(0.003, 0.006), rng.uniform(0, 0.7), rng.uniform(1, 4)
    return Coat(length, thick, fall, comb, curl, turns, rng.uniform(0.02, 0.1), int(rng.choice([0, 60, 200, 400])))


def creature(rng: np.random.Generator, into: Any) -> None:
    """A quadruped, a sitting animal or a plain ball of fur."""
    coat, colours = random_coat(rng), _colours(rng)
    skin, hair = principled(colours[0] * 0.6, 0.9), tinted(rng.uniform(0.1, 0.6))

    def furry(radii: Any, at: Any, count: int = 2500, share: float = 1.0) -> None:
        radii = np.array(radii)
        ball(radii, into, skin, at)
        fur(rng, into, radii, at, replace(coat, length=coat.length * share), colours, count, hair)

    plan = rng.choice(["walks", "walks", "walks", "sits", "sits", "ball"])
    if plan == "ball":
        furry(rng.uniform(0.4, 0.6, 3), (0, 0, 0), 5500, 1.4)
        return
    if plan == "walks":
        length, girth = rng.uniform(0.5, 0.75), rng.uniform(0.2, 0.34)
        body, tail = (girth, length, girth * 1.1), (0, length * 0.95, girth * 0.3)
    else:
        length = girth = rng.uniform(0.3, 0.4)
        body, tail = (girth, girth, girth * 1.5), (0, girth, -girth)
    furry(body, (0, 0, 0), 4500)
    head = np.array([0, -length * 1.05, girth * rng.uniform(0.6, 1.5)] if plan == "walks" else [0, -0.1, girth * 1.9])
    size = rng.uniform(0.17, 0.27)
    furry((size, size, size * 0.9), head, 2300, 0.6)
    _face(rng, into, head, size, skin)
    _ears(rng, furry, head, size)
    _legs(rng, into, furry, plan, length, girth, skin)
    _tail(rng, into, coat, colours, tail, hair, skin)


def fur(
    rng: np.random.Generator, into: Any, radii: np.ndarray, at: Any, coat: Coat, colours: Any, count: int, hair: Any,
    parent: Any = None,
) -> Any:  # fmt: skip
    """A coat on an ellipsoid at `at`; colours: root, tip and patch (3,) each."""
    way = sphere_directions(count)
    way = way + rng.normal(0, 0.02, way.shape)
    normals = way / radii / np.linalg.norm(way / radii, axis=1, keepdims=True)
    strands = grow(rng, way * radii * 0.97, normals, coat, 7 if not coat.curl else 10)
    waves = rng.normal(0, 4, (3, 3))
    patch = (np.sin(way @ waves).sum(1, keepdims=True) > 0.6) if colours[2] is not None else np.zeros((count, 1))
    root, tip = (np.where(patch, colours[2] if colours[2] is not None else c, c) for c in colours[:2])
    obj = strands_object(strands, coat.radius, tints(rng, root * 0.7, tip, strands.shape), into, hair, parent)
    obj.location = tuple(at)
    return obj


def _colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    root = near(rng, HAIRS, 0.3) if rng.random() < 0.75 else random_colour(rng)
    patch = near(rng, HAIRS, 0.3) if rng.random() < 0.5 else None
    return root, np.clip(root * rng.uniform(0.8, 1.8), 0, 1), patch


def _face(rng: np.random.Generator, into: Any, head: np.ndarray, size: float, skin: Any) -> None:
    eye = principled(random_colour(rng, dark=0.01) * 0.4, 0.05, Coat_Weight=1.0)
    nose = principled((0.02, 0.015, 0.015), 0.3)
    for side in (-1, 1):
        ball((0.035,) * 3, into, eye, head + size * np.array([side * 0.45, -0.95, 0.3]), detail=10)
    tube(np.array([head, head + np.array([0, -size * rng.uniform(1.0, 1.5), -0.05])]), size * 0.42, into, skin)
    ball((0.045, 0.03, 0.03), into, nose, head + np.array([0, -size * 1.5, 0]), detail=10)
    sides, row, t = np.meshgrid([-1, 1], np.arange(7), np.linspace(0, 1, 8), indexing="ij")
    whiskers = np.stack([sides * (0.05 + 0.3 * t), np.full(t.shape, -size * 1.3), 0.02 * row - 0.15 * t * t], axis=-1)
    whiskers = whiskers.reshape(14, 8, 3) + head
    strands_object(whiskers, 0.003, np.full(whiskers.shape, 0.7), into, tinted())


def _ears(rng: np.random.Generator, furry: Any, head: np.ndarray, size: float) -> None:
    tall, out = rng.uniform(0.06, 0.3), rng.uniform(0.4, 1.0)
    for side in (-1, 1):
        furry((0.07, 0.035, tall), head + np.array([side * size * out, 0, size * 0.75 + tall * 0.4]), 600, 0.4)


def _legs(rng: np.random.Generator, into: Any, furry: Any, plan: str, length: float, girth: float, skin: Any) -> None:
    tall = rng.uniform(0.25, 0.5) if plan == "walks" else 0.18
    for y in (-0.65 * length, 0.65 * length):
        for side in (-1, 1):
            low = girth * (0.8 if plan == "walks" else 1.35)
            at = np.array([side * girth * 0.6, y + rng.normal(0, 0.08), -low - tall * 0.5])
            furry((0.08, 0.09, tall * 0.75), at, 800, 0.5)
            ball((0.075, 0.11, 0.05), into, skin, at - [0, 0.04, tall * 0.7], detail=10)


def _tail(rng: np.random.Generator, into: Any, coat: Coat, colours: Any, base: Any, hair: Any, skin: Any) -> None:
    reach = rng.uniform(0.2, 0.8)
    middle = [rng.normal(0, 0.3), 0.5, rng.uniform(-0.2, 0.4)]
    end = [rng.normal(0, 0.5), 0.8, rng.uniform(-0.2, 1.0)]
    path = np.array(base) + reach * smooth_path([[0, 0, 0], middle, end], 40)
    tube(path, np.linspace(0.05, 0.02, 40), into, skin)
    n = 1600
    i = rng.integers(0, 40, n)
    along = np.gradient(path, axis=0)[i]
    normals = rng.normal(0, 1, (n, 3))
    normals += along / np.linalg.norm(along, axis=1, keepdims=True) * 1.2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    strands = grow(rng, path[i] + normals * 0.02, normals, coat, 7)
    strands_object(strands, coat.radius, tints(rng, colours[0], colours[1], strands.shape), into, hair)
