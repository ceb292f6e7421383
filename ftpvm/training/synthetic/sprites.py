# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural foreground sprites with exact alpha: solid shapes, figures, fur, leaves, wire, veils and smoke.

A shape function returns alpha (size, size) float32 in [0, 1] and a part map (size, size) of whole numbers; every part
gets a surface of its own, as clothes have. All draw at twice the size, so that edges are antialiased.
"""

from collections.abc import Callable

import cv2
import numpy as np

from .sprite_pack import resize_sprite
from .textures import fractal_noise, material

Shape = tuple[np.ndarray, np.ndarray]


def _polar(size: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.hypot(x, y), np.arctan2(y, x)


def _one_part(alpha: np.ndarray) -> Shape:
    return alpha.astype(np.float32), np.zeros(alpha.shape, np.uint8)


def blob(rng: np.random.Generator, size: int) -> Shape:
    """A wobbly outline, sometimes with holes."""
    radius, angle = _polar(size)
    outline = np.full_like(angle, rng.uniform(0.5, 0.75))
    for k in range(1, int(rng.integers(3, 9))):
        outline += rng.normal(0, 0.12 / k) * np.sin(k * angle + rng.uniform(0, 6.3))
    inside = radius < np.clip(outline, 0.15, 0.95)
    if rng.random() < 0.25:
        inside &= fractal_noise(rng, size, 0.3) < rng.uniform(0.55, 0.8)
    alpha, _ = _one_part(inside)
    parts = (fractal_noise(rng, size, 0.3) > rng.uniform(0.4, 1.2)).astype(np.uint8)
    return alpha, parts


def polygon(rng: np.random.Generator, size: int) -> Shape:
    """Stars, boxes and shards, hard-surfaced, sometimes with a window cut out."""
    corners = int(rng.integers(3, 13))
    even = np.arange(corners) * 2 * np.pi / corners
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners)) if rng.random() < 0.5 else even
    radii = rng.uniform(0.3, 0.92, corners) if rng.random() < 0.7 else np.full(corners, 0.85)
    points = size / 2 * (1 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1))
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [points.astype(np.int32)], 1)
    if rng.random() < 0.3:
        centre = tuple(int(v) for v in rng.uniform(0.35, 0.65, 2) * size)
        cv2.circle(mask, centre, int(size * rng.uniform(0.05, 0.2)), 0, -1)
    parts = np.zeros_like(mask)
    cv2.rectangle(parts, (0, int(size * rng.uniform(0.3, 0.7))), (size, size), 1, -1)
    return mask.astype(np.float32), parts


def figure(rng: np.random.Generator, size: int) -> Shape:
    """A person-like shape of capsules: head, torso, arms and legs in random poses, each dressed differently."""
    mask, parts = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    unit = size * rng.uniform(0.2, 0.24)
    girth = rng.uniform(0.7, 1.3)
    hip = np.array([0.5 + rng.uniform(-0.06, 0.06), 0.55]) * size
    lean = rng.normal(0, 0.15)
    neck = hip + unit * 1.25 * np.array([np.sin(lean), -np.cos(lean)])

    def limb(start: np.ndarray, angle: float, length: float, width: float, part: int) -> np.ndarray:
        end = start + unit * length * np.array([np.sin(angle), np.cos(angle)])
        ends = [tuple(int(v) for v in p) for p in (start, end)]
        for canvas, value in ((mask, 1), (parts, part)):
            cv2.line(canvas, ends[0], ends[1], value, max(2, int(unit * width * girth)))
        return np.asarray(end)

    bare = rng.random() < 0.5
    for side in (-1, 1):
        knee = limb(hip + np.array([side * unit * 0.18, 0]), side * abs(rng.normal(0.15, 0.25)), 0.85, 0.36, 2)
        limb(knee, rng.normal(0, 0.3), 0.85, 0.28, 3 if bare else 2)
    limb(hip, np.pi - lean, 1.2, 0.75, 1)
    for side in (-1, 1):
        elbow = limb(neck + np.array([side * unit * 0.33, unit * 0.12]), side * rng.uniform(0.1, 2.6), 0.65, 0.24, 1)
        limb(elbow, side * rng.uniform(-1, 2.8), 0.6, 0.2, 3)
    head = neck + unit * 0.42 * np.array([np.sin(lean), -np.cos(lean)])
    for canvas, value in ((mask, 1), (parts, 3)):
        cv2.ellipse(canvas, tuple(int(v) for v in head), (int(unit * 0.27), int(unit * 0.34)), 0, 0, 360, value, -1)
    cv2.ellipse(parts, tuple(int(v) for v in head), (int(unit * 0.3), int(unit * 0.36)), 0, 180, 360, 4, -1)
    return mask.astype(np.float32), parts


def furry(rng: np.random.Generator, size: int) -> Shape:
    """A blob with hairs standing out of its edge."""
    alpha, parts = blob(rng, size)
    alpha = cv2.warpAffine(alpha, cv2.getRotationMatrix2D((size / 2, size / 2), 0, 0.75), (size, size))
    mask = (alpha * 255).astype(np.uint8)
    edge = np.argwhere(cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    if not len(edge):
        return alpha, parts
    length, curl = size * rng.uniform(0.03, 0.16), rng.normal(0, 0.8)
    comb = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1)
    for y, x in edge[rng.integers(len(edge), size=int(rng.integers(150, 700)))]:
        out = np.arctan2(y - size / 2, x - size / 2) + rng.normal(0, 0.35)
        out = out + comb[1] * np.sin(comb[0] - out)
        t = np.linspace(0, 1, 8)[:, None] * length * rng.uniform(0.4, 1.2)
        bend = out + curl * rng.uniform(0.5, 1.5) * t / length
        points = np.array([x, y]) + t * np.concatenate([np.cos(bend), np.sin(bend)], 1)
        cv2.polylines(mask, [(points * 16).astype(np.int32)], False, 255, 1, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255, parts


def foliage(rng: np.random.Generator, size: int) -> Shape:
    """Twigs with leaves or feather barbs."""
    mask, parts = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        angle, start = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 0.65, 2) * size
        for t in np.linspace(0, 1, int(rng.integers(6, 18))):
            p = start + size * 0.42 * t * np.array([np.cos(angle + 0.6 * t), np.sin(angle + 0.6 * t)])
            for side in (-1, 1):
                tilt = np.degrees(angle) + side * 50
                leaf = size * 0.09 * (1.1 - t) * np.array([np.cos(np.radians(tilt)), np.sin(np.radians(tilt))])
                axes = (max(2, int(size * 0.08 * (1.1 - t))), max(1, int(size * 0.02)))
                for canvas, value in ((mask, 1), (parts, int(rng.integers(1, 3)))):
                    cv2.ellipse(canvas, tuple((p + leaf).astype(int).tolist()), axes, tilt, 0, 360, value, -1)
            cv2.circle(mask, tuple(p.astype(int).tolist()), max(1, size // 80), 1, -1)
    return mask.astype(np.float32), parts


def wire(rng: np.random.Generator, size: int) -> Shape:
    """A net of wires in a frame."""
    mask = np.zeros((size, size), np.uint8)
    low, high, pitch = int(size * 0.12), int(size * 0.88), int(size * rng.uniform(0.05, 0.15))
    thin = max(1, int(size * rng.uniform(0.004, 0.015)))
    for v in range(low, high, pitch):
        sway = int(rng.normal(0, pitch / 4))
        cv2.line(mask, (v, low), (v + sway, high), 1, thin)
        cv2.line(mask, (low, v), (high, v + sway), 1, thin)
    cv2.rectangle(mask, (low, low), (high, high), 1, thin * 4)
    return _one_part(mask)


def veil(rng: np.random.Generator, size: int) -> Shape:
    """Smoke, cloth and other soft, half transparent things, around a solid core."""
    alpha, parts = blob(rng, size)
    soft = cv2.GaussianBlur(alpha, (0, 0), size * rng.uniform(0.02, 0.06))
    folds = rng.uniform(0.2, 0.7) + 0.6 * fractal_noise(rng, size)
    core = cv2.GaussianBlur(cv2.erode(alpha, np.ones((size // 6, size // 6), np.uint8)), (0, 0), 3)
    return np.clip(np.maximum(soft * np.minimum(folds, 1), core), 0, 1), parts


SHAPES: dict[Callable[[np.random.Generator, int], Shape], float] = {
    blob: 0.2, polygon: 0.12, figure: 0.26, furry: 0.22, foliage: 0.08, wire: 0.03, veil: 0.09,
}  # fmt: skip


def _shade(rng: np.random.Generator, alpha: np.ndarray) -> np.ndarray:
    """Lambert shading of a pillow whose height grows with the distance to the outline."""
    distance = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    height = cv2.GaussianBlur(np.sqrt(distance), (0, 0), alpha.shape[0] / 60)
    dy, dx = np.gradient(height)
    direction = rng.uniform(0, 2 * np.pi)
    slope = dx * np.cos(direction) + dy * np.sin(direction)
    return np.asarray(np.clip(1 + rng.uniform(0, 2.5) * slope, 0.35, 1.5), np.float32)


def draw_sprite(rng: np.random.Generator, size: int) -> np.ndarray:
    """One sprite: (size, size, 4) uint8, straight colour and alpha."""
    shapes, weights = list(SHAPES), np.array(list(SHAPES.values()))
    draw = shapes[rng.choice(len(shapes), p=weights / weights.sum())]
    alpha, parts = draw(rng, size * 2)
    colour = np.zeros((*alpha.shape, 3), np.float32)
    surfaces = [material(rng, alpha.shape[0]) for _ in range(int(parts.max()) + 1)]
    for part, surface in enumerate(surfaces):
        colour[parts == part] = surface[parts == part]
    if rng.random() < 0.7:
        colour *= _shade(rng, alpha)[..., None]
    rgba = np.concatenate([np.clip(colour, 0, 1), alpha[..., None]], axis=-1)
    return resize_sprite(rgba, size)
