# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural textures with the statistics of natural pictures: fractal noise, dead leaves, stripes, gradients.

Every function draws from the generator it is given and returns float32 in [0, 1].
"""

import cv2
import numpy as np

Image = np.ndarray


def fractal_noise(rng: np.random.Generator, size: int, falloff: float | None = None) -> Image:
    """(size, size) noise whose amplitude falls by `falloff` an octave, stretched to [0, 1]."""
    falloff = rng.uniform(0.4, 0.8) if falloff is None else falloff
    total, amplitude, cells = np.zeros((size, size), np.float32), 1.0, 2
    while cells <= size // 2:
        octave = rng.random((cells + 1, cells + 1), dtype=np.float32)
        total += amplitude * cv2.resize(octave, (size, size), interpolation=cv2.INTER_CUBIC)
        amplitude, cells = amplitude * falloff, cells * 2
    return (total - total.min()) / max(float(np.ptp(total)), 1e-6)


def stripes(rng: np.random.Generator, size: int) -> Image:
    """(size, size) bent stripes, checks or rings."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    angle, frequency = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(4), np.log(40)))
    bend = rng.uniform(0, 0.4) * (fractal_noise(rng, size, 0.3) - 0.5)
    u, v = x * np.cos(angle) + y * np.sin(angle) + bend, y * np.cos(angle) - x * np.sin(angle) + bend
    kind = rng.integers(3)
    if kind == 0:
        wave = np.sin(frequency * u)
    elif kind == 1:
        wave = np.sin(frequency * u) * np.sin(frequency * v)
    else:
        wave = np.sin(frequency * np.hypot(x - rng.uniform(-1, 1), y - rng.uniform(-1, 1)) + bend)
    return np.asarray(0.5 + 0.5 * np.tanh(rng.uniform(1, 8) * wave), np.float32)


def palette(rng: np.random.Generator, colours: int) -> Image:
    """(colours, 3) RGB that go together: one hue with neighbours and sometimes its opposite."""
    hue = rng.uniform(0, 180) + rng.normal(0, rng.choice([8, 25, 60]), colours)
    saturation = 255 * rng.beta(1.3, 2, colours)
    value = 255 * rng.beta(1.5, 1.5, colours)
    hsv = np.stack([hue % 180, saturation, value], axis=-1).astype(np.uint8)[None]
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0], np.float32) / 255


def material(rng: np.random.Generator, size: int) -> Image:
    """(size, size, 3) one surface: two or three colours mixed by noise, stripes or both, with fine grain."""
    colours = palette(rng, 3)
    kind = rng.integers(4)
    coarse = stripes(rng, size) if kind == 0 else fractal_noise(rng, size)
    if kind == 1:  # blotches with edges
        coarse = np.clip(0.5 + rng.uniform(2, 12) * (coarse - 0.5), 0, 1)
    fine = fractal_noise(rng, size, 0.9)[..., None] if kind != 2 else np.float32(0)
    mixed = colours[0] + (colours[1] - colours[0]) * coarse[..., None]
    mixed = mixed + (colours[2] - mixed) * fine * rng.uniform(0, 0.8)
    return np.asarray(np.clip(mixed, 0, 1), np.float32)


def dead_leaves(rng: np.random.Generator, size: int) -> Image:
    """(size, size, 3) the dead-leaves model (Lee, Mumford, Huang 2001): textured shapes of power-law sizes."""
    image = material(rng, size)
    surfaces = [material(rng, size) for _ in range(4)]
    for _ in range(int(rng.integers(15, 120))):
        radius = size * min(0.4, 0.02 / np.sqrt(rng.uniform(0.002, 1)))
        mask = np.zeros((size, size), np.uint8)
        centre = tuple(int(v) for v in rng.uniform(0, size, 2))
        axes = tuple(int(v) + 1 for v in radius * rng.uniform(0.3, 1, 2))
        if rng.random() < 0.5:
            cv2.ellipse(mask, centre, axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
        else:
            box = cv2.boxPoints((centre, axes, float(rng.uniform(0, 90)))) * 1.0
            cv2.fillConvexPoly(mask, box.astype(np.int32), 255, cv2.LINE_AA)
        surface = surfaces[rng.integers(4)] * rng.uniform(0.4, 1) + rng.uniform(0, 0.3, 3).astype(np.float32)
        image += (surface - image) * (mask[..., None] / np.float32(255))
    return np.asarray(np.clip(image, 0, 1), np.float32)


def background(rng: np.random.Generator, size: int) -> Image:
    """(size, size, 3) a scene: leaves or a surface under a lighting gradient, in or out of focus."""
    image = dead_leaves(rng, size) if rng.random() < 0.7 else material(rng, size)
    if rng.random() < 0.3:  # two regions, as ground and sky
        line = (np.linspace(0, 1, size)[:, None] + 0.2 * fractal_noise(rng, size, 0.4)) > rng.uniform(0.3, 0.8)
        image = np.where(line[..., None], image, material(rng, size))
    light = 1 + rng.uniform(0, 0.6) * (fractal_noise(rng, size, 0.2) - 0.5)
    image = image * light[..., None].astype(np.float32)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), float(np.exp(rng.uniform(np.log(0.5), np.log(size / 40)))))
    return np.asarray(np.clip(image, 0, 1), np.float32)
