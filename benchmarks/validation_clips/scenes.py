# SPDX-License-Identifier: GPL-3.0-or-later
"""The four shots. Each returns its scene built and animated; nothing in them was made by anyone but this script."""

from collections.abc import Callable
from typing import Any

import numpy as np
from blender.geometry import ball, joint, lathe, smooth_path, tube
from blender.kinds.cloth import folds, sheer, sheet
from blender.kinds.creature import creature
from blender.kinds.leaves import leaves
from blender.kinds.machine import gear, mug
from blender.kinds.person import Body, build, stand, walk
from blender.materials import principled, surface
from stage import Shot, animate, camera, grass, ground, new_shot, patterned, sky, slab, sun


def person() -> Shot:
    """Somebody walks down a street and waves; others walk and stand behind."""
    shot, rng = new_shot(11)
    _street(shot, rng)
    for seed, x, y, speed in ((3, 2.6, 3.1, -0.035), (8, -2.2, 3.6, 0.0), (5, 0.7, 2.4, 0.0), (21, -3.5, 2.2, 0.03)):
        _passer_by(shot, np.random.default_rng(seed), x, y, speed)
    body = build(np.random.default_rng(67), shot.wanted)
    stand(np.random.default_rng(2), body)

    def pose(frame: int) -> None:
        _walking(body, frame, start=-1.35, speed=0.058, side=1)
        body.turn("right shoulder", 0.2, -2.3 + 0.25 * np.sin(frame * 0.7))
        body.turn("right elbow", -0.5 - 0.5 * np.sin(frame * 0.7 + 0.5), 0, 0.4)
        body.turn("neck", 0, 0, -0.7 + 0.2 * np.sin(frame * 0.2))

    animate(list(body.joints.values()), pose)
    camera(shot, 42, lambda t: ((-0.9 + 1.5 * t, -5.4, 1.35 + 0.15 * t), (-0.75 + 1.6 * t, 0.5, 1.0)))
    return shot


def _passer_by(shot: Shot, rng: np.random.Generator, x: float, y: float, speed: float) -> None:
    body = build(rng, shot.rest)
    stand(rng, body)
    body.turn("left shoulder", rng.normal(0, 0.5), rng.uniform(0.3, 2.4))
    body.joints["hips"].location = (x, y, 0.95)
    body.joints["hips"].rotation_euler.z = rng.normal(0, 0.6)
    if speed:
        animate(list(body.joints.values()), lambda frame: _walking(body, frame, x, speed, float(np.sign(speed)), y))


def _walking(body: Body, frame: float, start: float, speed: float, side: float, y: float = 0.0) -> None:
    """One frame of a walk along x; the hips sink as the legs spread."""
    phase = frame * 2 * np.pi / 26
    walk(body, phase, 0.42)
    sink = 0.86 * (1 - np.cos(0.42 * np.sin(phase)))
    body.joints["hips"].location = (start + speed * frame, y, 0.945 - sink)
    body.joints["hips"].rotation_euler = (0, 0, side * (np.pi / 2 - 0.3))


def _street(shot: Shot, rng: np.random.Generator) -> None:
    """A pavement, three house fronts with windows, lamp posts and plants in tubs."""
    sky(shot, (0.55, 0.68, 0.9), 0.7)
    sun(shot, (-0.6, -0.9, 1.0), 4.0, (1.0, 0.88, 0.72))
    paving = patterned(rng, "Brick", 3.5, ((0.20, 0.19, 0.18), (0.34, 0.32, 0.29), (0.12, 0.12, 0.12)))
    ground(shot, paving, lambda x, y: 0 * x)
    fronts = (((0.42, 0.14, 0.09), (0.30, 0.10, 0.06), (0.5, 0.42, 0.36)), ((0.65, 0.56, 0.38), (0.5, 0.42, 0.3)),
              ((0.24, 0.32, 0.36), (0.16, 0.22, 0.26)))  # fmt: skip
    glass, frame = principled((0.03, 0.05, 0.07), 0.08), principled((0.8, 0.78, 0.72), 0.5)
    for i, palette in enumerate(fronts):
        x = (i - 1) * 5.0
        slab(shot, (5.0, 1, 8), (x, 5.0, 4), patterned(rng, "Brick" if i != 1 else "Noise", 4.0, palette, upright=True))
        for k in (-1.5, 0.0, 1.5):
            slab(shot, (1.0, 0.12, 1.5), (x + k, 4.48, 1.7), frame)
            for dx in (-0.22, 0.22):
                slab(shot, (0.38, 0.06, 1.3), (x + k + dx, 4.41, 1.7), glass)
    for x in (-3.4, 1.9):
        tube(np.array([[x, 1.7, 0], [x, 1.7, 4]]), 0.05, shot.rest, principled((0.05, 0.07, 0.06), 0.4))
    for x in (-2.6, 0.1, 3.2):
        _tub(shot, rng, x, 4.0)
    for _ in range(6):  # posters and signs
        mat, size = surface(rng, 2.0, 1), (rng.uniform(0.3, 0.7), 0.04, rng.uniform(0.4, 0.8))
        slab(shot, size, (rng.uniform(-5, 5), 4.38, rng.uniform(0.6, 2.6)), mat)


def _tub(shot: Shot, rng: np.random.Generator, x: float, y: float) -> None:
    """A plant in a tub."""
    lathe([[0.001, 0], [0.22, 0], [0.28, 0.45], [0.24, 0.45]], shot.rest, surface(rng, 2.0, 4)).location = (x, y, 0)
    _plant(shot, rng, (x, y, 0.4), 1.0)


def _plant(shot: Shot, rng: np.random.Generator, at: Any, size: float) -> Any:
    """A plant around a joint, which is returned."""
    return _around(shot.rest, at, size, lambda: leaves(rng, shot.rest))


def _around(into: Any, at: Any, size: float, build: Callable[[], None]) -> Any:
    """Hang what `build` puts into a collection on a joint, which is returned."""
    before = set(into.objects)
    build()
    loose = [obj for obj in into.objects if obj not in before and obj.parent is None]
    holder = joint(into, at)
    for obj in loose:
        obj.parent = holder
    holder.scale = (size,) * 3
    return holder


def furry() -> Shot:
    """A furry animal hops through a meadow, turns, and lands behind grass; another one sits farther back."""
    shot, rng = new_shot(5)
    sky(shot, (0.5, 0.65, 0.9), 1.0)
    sun(shot, (0.7, -0.9, 0.9), 7.0, (1.0, 0.84, 0.62), 0.1)

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray(0.04 * np.sin(0.7 * x + 1) * np.cos(0.5 * y) + 0.02 * np.maximum(y, 0) ** 1.3)

    ground(shot, patterned(rng, "Noise", 1.5, ((0.05, 0.08, 0.02), (0.12, 0.13, 0.04), (0.16, 0.11, 0.06))), height)
    grass(shot, rng, 8000, (-4, 4, -2.6, 6), 0.2, (0.07, 0.15, 0.02), height)
    grass(shot, rng, 350, (-2.2, 2.2, -1.5, -1.0), 0.45, (0.12, 0.18, 0.03), height)
    bark = patterned(rng, "Noise", 5, ((0.05, 0.035, 0.025), (0.16, 0.11, 0.07), (0.3, 0.26, 0.2)))
    for x, y, r in ((-3.2, 5, 0.3), (2.6, 6.5, 0.4), (-0.6, 9, 0.45), (5.5, 8, 0.4), (-6.5, 8.5, 0.4), (0.9, 12, 0.3)):
        tube(np.array([[x, y, -0.5], [x + 0.1, y, 3], [x, y, 9]]), r, shot.rest, bark)
    for x, y, size in ((-1.9, 3.2, 1.3), (1.7, 3.4, 1.5), (3.3, 2.2, 1.0), (-3.4, 2.0, 0.9), (0.2, 5.5, 1.8)):
        _plant(shot, rng, (x, y, float(height(np.array(x), np.array(y)))), size)
    backdrop = patterned(rng, "Noise", 0.5, ((0.05, 0.10, 0.05), (0.25, 0.35, 0.18), (0.5, 0.58, 0.5)))
    slab(shot, (80, 0.2, 40), (0, 22, 10), backdrop)
    _animal(shot.rest, 63, (1.9, 2.0, 0.62), 0.75).rotation_euler.z = 0.6
    hero = _animal(shot.wanted, 62, (0, 0, 0), 0.8)

    def pose(frame: int) -> None:
        hop, u = divmod((frame + 1) / 13.5, 1)
        squash = np.exp(-(((u if u < 0.5 else u - 1) / 0.12) ** 2))
        hero.location = (
            -1.3 + 0.065 * frame,
            0.25 * np.sin(frame / 12),
            0.62 + 1.9 * u * (1 - u) * (0.9 if hop else 0.7),
        )
        hero.rotation_euler = (0.25 * np.cos(np.pi * u), 0, 0.9 - 2.4 * np.clip((frame - 14) / 12, 0, 1))
        hero.scale = (0.8 * (1 + 0.1 * squash),) * 2 + (0.8 * (1 - 0.2 * squash),)

    animate([hero], pose)
    camera(shot, 45, lambda t: ((-0.5 + 1.1 * t, -5.6, 1.25), (-0.3 + 0.7 * t, 0, 0.85)))
    return shot


def _animal(into: Any, seed: int, at: Any, size: float) -> Any:
    """A furry animal around a joint, which is returned."""
    return _around(into, at, size, lambda: creature(np.random.default_rng(seed), into))


def veil() -> Shot:
    """A sheer cloth on a washing line flutters in the wind between opaque ones; leaves pass before it."""
    shot, rng = new_shot(8)
    shot.blurred = False  # the cloth is built anew for every frame
    shot.samples = 12  # the denoiser smears what is seen through the cloth if it is too grainy
    sky(shot, (0.6, 0.72, 0.95), 0.8)
    sun(shot, (0.5, -0.3, 0.9), 4.0, (1.0, 0.9, 0.75))

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray(0.06 * np.sin(x) * np.sin(0.8 * y) - 0.2)

    ground(shot, patterned(rng, "Noise", 2, ((0.06, 0.10, 0.02), (0.16, 0.19, 0.06), (0.22, 0.17, 0.10))), height)
    grass(shot, rng, 6000, (-5, 5, -0.5, 8), 0.2, (0.08, 0.16, 0.03), height)
    wall = patterned(rng, "Brick", 0.9, ((0.5, 0.2, 0.12), (0.25, 0.1, 0.07), (0.75, 0.7, 0.6)), upright=True)
    slab(shot, (30, 0.4, 3.0), (0, 7, 1), wall)
    slab(shot, (80, 0.2, 40), (0, 20, 10), patterned(rng, "Noise", 0.3, ((0.25, 0.4, 0.7), (0.8, 0.85, 0.95))))
    for x, y, size in ((-3, 6, 1.8), (-1.2, 5.2, 1.4), (1.2, 6, 2.0), (3.4, 5.5, 1.5), (4.6, 6, 2)):
        _plant(shot, rng, (x, y, 0), size)
    pole = patterned(rng, "Wave", 3, ((0.35, 0.22, 0.12), (0.2, 0.12, 0.06)))
    for x in (-3.1, 3.1):
        tube(np.array([[x, 0, -0.3], [x, 0, 2.35]]), 0.05, shot.rest, pole)
    line = smooth_path([[-3.1, 0, 2.25], [0, 0, 2.1], [3.1, 0, 2.25]], 40)
    tube(line, 0.012, shot.rest, principled((0.85, 0.85, 0.8), 0.6), sides=6)
    dyed = {seed: surface(np.random.default_rng(seed), 1.5, 0) for seed in (4, 9)}
    gauze = sheer(np.random.default_rng(90), ((0.9, 0.86, 0.74), (0.7, 0.78, 0.9)))
    moving = [
        _hung(shot.rest, dyed[4], dyed[4], 4, -1.85, 0.62, 1.0),
        _hung(shot.rest, dyed[9], dyed[9], 9, 1.8, 0.62, 1.0),
        _hung(shot.wanted, gauze, principled((0.75, 0.7, 0.55), 0.8), 12, 0.0, 0.95, 1.5),
    ]

    def update(frame: int) -> None:
        for flutter in moving:
            flutter(frame)

    shot.update = update
    branch = _plant(shot, np.random.default_rng(1), (0, -2.0, 1.9), 0.9)
    animate([branch], lambda frame: setattr(branch, "location", (2.2 - 0.085 * frame, -2.0, 1.75)))
    camera(shot, 40, lambda t: ((0.7 - 1.1 * t, -4.6, 1.25), (0.15 - 0.3 * t, 0, 1.25)))
    return shot


def _hung(into: Any, mat: Any, hem: Any, seed: int, x: float, width: float, length: float) -> Callable[[int], None]:
    """A cloth hung from the line at x, with a hem along its upper and lower edge; returns what moves it to a frame."""
    v, u = np.meshgrid(np.linspace(1, -1, 70), np.linspace(-1, 1, 70), indexing="ij")

    def shape(frame: float) -> np.ndarray:
        points = folds(np.random.default_rng(seed), u, v, frame * 0.16)
        loose = ((1 - v) / 2)[..., None]
        pinned = np.stack([0.8 * u, 0 * u, v], axis=-1)
        points = pinned + (points - pinned) * np.minimum(loose * 3, 1)
        points[..., 1] += 0.5 * loose[..., 0] ** 1.5 * (0.6 + 0.5 * np.sin(frame * 0.17 + seed))
        return np.asarray(points * [width, 1, length / 2] + [x, 0, 2.1 - length / 2])

    obj = sheet(into, mat, shape(0))
    obj.data.materials.append(hem)
    row = np.arange(69 * 69) // 69
    obj.data.polygons.foreach_set("material_index", ((row < 9) | (row >= 60)).astype(np.int32))

    def flutter(frame: int) -> None:
        obj.data.vertices.foreach_set("co", shape(frame).astype(np.float32).ravel())
        obj.data.update()

    return flutter


def machine() -> Shot:
    """A pierced gear rolls over a workbench, behind a post, out of the picture and back; others lie about."""
    shot, rng = new_shot(3)
    _workshop(shot, rng)
    wheel = joint(shot.wanted)
    spin = joint(shot.wanted, parent=wheel)
    gear(np.random.default_rng(63), shot.wanted, spin)
    size = 0.62

    def pose(frame: int) -> None:
        # Out on the right, then back.
        x = np.interp(frame, [-1, 18, 22, 26, 40], [-1.5, 1.9, 3.3, 3.3, 0.1])
        wheel.location, wheel.scale = (x, 0.35, size * 1.12), (size,) * 3
        wheel.rotation_euler = (np.pi / 2 + 0.05, 0, 0.3)
        spin.rotation_euler.z = -x / size

    animate([wheel, spin], pose)
    camera(shot, 45, lambda t: ((-0.35 + 0.5 * t, -5.2, 1.7 - 0.2 * t), (0.05 + 0.2 * t, 0.5, 0.85)))
    return shot


def _workshop(shot: Shot, rng: np.random.Generator) -> None:
    """A bench with gears, mugs and a ball, shelves with boxes behind it, a post before it."""
    sky(shot, (0.8, 0.78, 0.75), 0.45)
    sun(shot, (-0.8, -0.6, 1.1), 3.5, (1.0, 0.86, 0.7), 0.2)
    wood = patterned(rng, "Wave", 1.6, ((0.30, 0.17, 0.08), (0.42, 0.26, 0.13), (0.2, 0.11, 0.05)), rough=0.5)
    slab(shot, (14, 3.4, 0.3), (0, 0.7, -0.15), wood)
    bricks = patterned(rng, "Brick", 2.2, ((0.45, 0.44, 0.40), (0.55, 0.53, 0.5), (0.3, 0.3, 0.3)), upright=True)
    slab(shot, (30, 0.3, 12), (0, 3.6, 2), bricks)
    for z in (1.7, 3.0):
        slab(shot, (9, 0.6, 0.12), (0, 3.1, z), wood)
        for x in np.arange(-4, 4.1, 0.62):
            size, turn, shift = rng.uniform(0.2, 0.5, 3), rng.normal(0, 0.2), rng.normal(0, 0.05)
            box = slab(shot, size, (x + shift, 3.05, z + 0.06 + size[2] / 2), surface(rng, 2.5))
            box.rotation_euler.z = turn
    for seed, at, turn in ((2, (-1.5, 1.6, 0.75), (1.35, 0, 0.4)), (6, (1.7, 1.7, 0.7), (1.4, 0, -0.5)),
                           (7, (0.4, 2.0, 0.1), (0, 0, 0))):  # fmt: skip
        base = joint(shot.rest, at)
        base.rotation_euler, base.scale = turn, (0.65,) * 3
        gear(np.random.default_rng(seed), shot.rest, base)
    for x in (-0.4, 2.6):
        base = joint(shot.rest, (x, 1.2, 0))
        base.scale = (0.6,) * 3
        mug(rng, shot.rest, base)
    tube(np.array([[-0.55, -1.0, 0], [-0.55, -1.0, 4]]), 0.13, shot.rest, surface(np.random.default_rng(12), 2.0, 3))
    ball((0.22,) * 3, shot.rest, surface(rng, 3.0, 2), (1.5, -0.3, 0.22))


SHOTS: dict[str, Callable[[], Shot]] = {"person": person, "furry": furry, "veil": veil, "machine": machine}
