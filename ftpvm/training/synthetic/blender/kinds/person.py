# SPDX-License-Identifier: GPL-3.0-or-later
"""People: rigid parts on joints, dressed, with hair or a hat, posed at random, now and then tossing things."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..geometry import ball, joint, lathe, smooth_path, tube
from ..materials import HAIRS, SKINS, near, principled, surface, tinted
from ..strands import Coat, avoid, grow, sphere_directions, strands_object, tints

HEAD = np.array([0.078, 0.098, 0.12])


@dataclass
class Body:
    """The joints by name (`hips`, `waist`, `neck`, `left elbow`, ...) and the materials, for whoever poses it."""

    joints: dict[str, Any] = field(default_factory=dict)
    skin: Any = None
    top: Any = None
    bottom: Any = None
    shoes: Any = None

    def turn(self, name: str, x: float = 0, y: float = 0, z: float = 0) -> None:
        """Rotate a joint, in radians: x nods forward, y leans sideways, z twists."""
        self.joints[name].rotation_euler = (x, y, z)


def person(rng: np.random.Generator, into: Any) -> None:
    """A dressed person in a random pose."""
    body = build(rng, into)
    pose = (juggle, stride, reach, stand, stand)[int(rng.integers(5))]
    pose(rng, body)
    if pose is juggle or rng.random() < 0.1:
        toys(rng, into)


def build(rng: np.random.Generator, into: Any, legs: bool = True) -> Body:
    """A person of random build and dress, standing upright at the origin, facing -y, 1.75 units tall.

    legs: False makes the upper half, with a bare scalp for whoever has hair of their own for it.
    """
    girth = rng.uniform(0.85, 1.25)
    body = Body()
    body.skin = principled(near(rng, SKINS, 0.15), 0.5, Subsurface_Weight=0.0)
    body.top, body.bottom, body.shoes = (surface(rng, 2.5, int(f)) for f in rng.choice([0, 0, 0, 4, 1], 3))
    if rng.random() < 0.15:
        body.bottom = body.top
    joints = body.joints
    joints["hips"] = joint(into, (0, 0, 0.95))
    joints["waist"] = joint(into, (0, 0, 0.08), joints["hips"])
    joints["neck"] = joint(into, (0, 0, 0.47), joints["waist"])
    _torso(rng, into, body, girth)
    bare, sleeves = rng.random() < 0.3, rng.choice(["long", "long", "short", "none"])
    for side, name in ((-1, "left"), (1, "right")):
        _arm(rng, into, body, name, side, girth, str(sleeves))
        if legs:
            _leg(into, body, name, side, girth, bare)
    _head(rng, into, body)
    if not legs:
        return body
    _hair(rng, into, joints["head"], near(rng, HAIRS, 0.3))
    if rng.random() < 0.25:
        _skirt(rng, into, body, girth)
    return body


def _torso(rng: np.random.Generator, into: Any, body: Body, girth: float) -> None:
    hips = np.array([[0, 0, z] for z in np.linspace(-0.07, 0.12, 7)])
    wide = smooth_path([[0.14, 0.105], [0.165, 0.12], [0.15, 0.105]], 7) * girth
    tube(hips, wide, into, body.bottom, body.joints["hips"], sides=24, front=(0, 1, 0))
    long = rng.choice([-0.06, -0.16])
    path = smooth_path([[0, 0, long], [0, 0, 0.05], [0, 0.01, 0.28], [0, 0.01, 0.42]], 16)
    section = [[0.165, 0.125], [0.15, 0.115], [0.175, 0.12], [0.13, 0.085]]
    tube(path, smooth_path(section, 16) * girth, into, body.top, body.joints["waist"], sides=24, front=(0, 1, 0))
    tube(np.array([[0, 0.01, 0.4], [0, 0, 0.55]]), 0.056 * girth**0.5, into, body.skin, body.joints["waist"])
    if rng.random() < 0.3:  # collar or scarf
        around = smooth_path([[0.08 * np.cos(a), 0.08 * np.sin(a), 0.46] for a in np.linspace(0, 6.28, 9)], 24)
        tube(around, rng.uniform(0.02, 0.045), into, surface(rng, 4, 0), body.joints["waist"])


def _leg(into: Any, body: Body, name: str, side: int, girth: float, bare: bool) -> None:
    joints = body.joints
    joints[f"{name} hip"] = joint(into, (side * 0.09 * girth, 0, -0.03), joints["hips"])
    joints[f"{name} knee"] = joint(into, (0, 0, -0.43), joints[f"{name} hip"])
    joints[f"{name} ankle"] = joint(into, (0, 0, -0.42), joints[f"{name} knee"])
    down = np.array([[0, 0, -0.43 * t] for t in np.linspace(0, 1, 9)])
    thigh, shin = (_taper(*radii) * girth for radii in ((0.088, 0.08, 0.058), (0.056, 0.06, 0.038)))
    loose = 1.0 if bare else 1.15
    tube(down, thigh * loose, into, body.bottom, joints[f"{name} hip"])
    tube(down, shin * loose, into, body.skin if bare else body.bottom, joints[f"{name} knee"])
    sole = smooth_path([[0, 0.05, -0.03], [0, -0.05, -0.04], [0, -0.19, -0.055]], 9)
    section = smooth_path([[0.04, 0.05], [0.045, 0.045], [0.05, 0.03]], 9)
    tube(sole, section, into, body.shoes, joints[f"{name} ankle"], front=(0, 0, 1))


def _taper(top: float, middle: float, end: float) -> np.ndarray:
    """Radii (9,) of a limb."""
    return smooth_path([[top], [middle], [end]], 9)[:, 0]


def _arm(rng: np.random.Generator, into: Any, body: Body, name: str, side: int, girth: float, sleeve: str) -> None:
    joints = body.joints
    joints[f"{name} shoulder"] = joint(into, (side * (0.15 * girth + 0.02), 0.01, 0.39), joints["waist"])
    joints[f"{name} elbow"] = joint(into, (0, 0, -0.29), joints[f"{name} shoulder"])
    joints[f"{name} wrist"] = joint(into, (0, 0, -0.26), joints[f"{name} elbow"])
    down = np.array([[0, 0, -t] for t in np.linspace(0, 1, 9)])
    upper, lower = (_taper(*radii) * girth for radii in ((0.062, 0.052, 0.044), (0.043, 0.045, 0.028)))
    covered = {"long": (1.12, 1.15), "short": (1.12, 1.0), "none": (1.0, 1.0)}[sleeve]
    tube(down * 0.29, upper * covered[0], into, body.skin if sleeve == "none" else body.top, joints[f"{name} shoulder"])
    tube(down * 0.26, lower * covered[1], into, body.top if sleeve == "long" else body.skin, joints[f"{name} elbow"])
    _hand(rng, into, body, name, side)


def _hand(rng: np.random.Generator, into: Any, body: Body, name: str, side: int) -> None:
    wrist, curl = body.joints[f"{name} wrist"], rng.uniform(0, 1.3)
    ball((0.022, 0.042, 0.052), into, body.skin, (0, 0, -0.045), wrist, detail=10)
    for i in range(4):
        start = np.array([0, 0.033 - 0.022 * i, -0.085])
        bend = [start]
        for k in range(3):
            angle = curl * (k + 0.5) / 1.5
            bend.append(bend[-1] + 0.03 * np.array([-side * np.sin(angle), (1.5 - i) * 0.08, -np.cos(angle)]))
        tube(smooth_path(bend, 7), np.linspace(0.011, 0.008, 7), into, body.skin, wrist, sides=8)
    thumb = smooth_path([[0, -0.03, -0.02], [-side * 0.02, -0.06, -0.05], [-side * 0.02, -0.07, -0.085]], 7)
    tube(thumb, 0.011, into, body.skin, wrist, sides=8)


def _head(rng: np.random.Generator, into: Any, body: Body) -> None:
    neck = body.joints["neck"]
    body.joints["head"] = head = joint(into, (0, -0.015, 0.15), neck)
    jaw = smooth_path([[0, 0, 0.02], [0, -0.03, -0.075]], 7)
    ball(HEAD, into, body.skin, (0, 0, 0.02), head)
    tube(jaw, np.linspace(0.07, 0.045, 7), into, body.skin, head)
    tube(smooth_path([[0, -0.09, 0.025], [0, -0.118, -0.015]], 5), np.linspace(0.008, 0.017, 5), into, body.skin, head)
    white, iris = principled((0.8, 0.8, 0.8), 0.2), principled(near(rng, HAIRS), 0.1)
    lips = principled(near(rng, ((0.45, 0.12, 0.10), (0.3, 0.08, 0.07))), 0.4)
    ball((0.026, 0.008, rng.uniform(0.004, 0.014)), into, lips, (0, -0.088, -0.058), head, detail=8)
    for side in (-1, 1):
        ball((0.015, 0.01, 0.009), into, white, (side * 0.033, -0.083, 0.028), head, detail=8)
        ball((0.007, 0.006, 0.007), into, iris, (side * 0.033, -0.091, 0.028), head, detail=8)
        ball((0.012, 0.022, 0.03), into, body.skin, (side * 0.082, 0.01, 0.0), head, detail=8)


def _hair(rng: np.random.Generator, into: Any, head: Any, colour: np.ndarray) -> None:
    style = rng.choice(["short", "short", "long", "long", "curly", "hat", "bald", "bun"])
    hair = tinted()
    brow = np.array([[[s * (0.018 + 0.012 * t), -0.092 + 0.003 * t, 0.045 + rng.normal(0, 0.003)] for t in range(3)]
                     for s in (-1, 1)])  # fmt: skip
    strands_object(brow, 0.004, tints(rng, colour, colour, brow.shape), into, hair, head, taper=0.6)
    if style in ("hat", "bald"):
        if style == "hat":
            _hat(rng, into, head)
        return
    scalp_hair(rng, into, head, colour, str(style), hair)
    if style == "short" and rng.random() < 0.35:
        beard(rng, into, head, colour, hair)


def scalp_hair(
    rng: np.random.Generator, into: Any, head: Any, colour: np.ndarray, style: str, hair: Any, n: int = 2000
) -> None:
    """Hair on a head at joint `head`: short, long, curly or in a bun."""
    coat = _hairstyles(rng)[style]
    way = sphere_directions(2 * n)
    # The hairline: above the forehead, behind the ears.
    way = way[way @ np.array([0, 0.55, 0.83]) > 0.12 + 0.25 * np.maximum(0, -way[:, 1])]
    roots = way * HEAD * 1.02 + [0, 0, 0.025]
    strands = grow(rng, roots, way, coat, 12 if style in ("long", "curly") else 6)
    strands = avoid(strands, (0, 0, 0.02), HEAD * 1.05)
    strands = avoid(strands, (0, -0.06, -0.05), (0.065, 0.09, 0.085))
    _part(strands, rng.normal(0, 0.02))
    strands = avoid(strands, (0, 0.02, -0.4), (0.2, 0.12, 0.28))
    ball(HEAD * [0.98, 1.0, 1.0], into, principled(colour * 0.6, 0.9), (0, 0.012, 0.032), head)
    tip = np.clip(colour * rng.uniform(0.8, 2.2), 0, 1)
    strands_object(strands, coat.radius, tints(rng, colour, tip, strands.shape), into, hair, head)
    if style == "bun":
        ball((0.05, 0.05, 0.05), into, principled(colour, 0.7), (0, 0.13, 0.1), head)


def _part(strands: np.ndarray, parting: float) -> None:
    """Draw what hangs before the face to either side of it, in place."""
    x, y, z = np.moveaxis(strands, -1, 0)
    before = (y < -0.03) & (z < 0.06)
    aside = np.where(strands[:, :1, 0] < parting, -1, 1) * np.maximum(abs(x), 0.07 + 0.1 * abs(x))
    x[before] = aside[before]


def _hairstyles(rng: np.random.Generator) -> dict[str, Coat]:
    length, thick = rng.uniform(0.03, 0.08), 0.0014
    short = Coat(length, thick, 0.3, (0, 0.3, 0.2), frizz=0.06, clumps=90)
    length, fall = rng.uniform(0.2, 0.5), rng.uniform(1.2, 4)
    comb = rng.normal((0, 0.2, -0.3), 0.35)
    long = Coat(length, thick, fall, comb, rng.choice([0, 0.012]), rng.uniform(1, 5), 0.02, clumps=120)
    curly = Coat(rng.uniform(0.08, 0.2), thick, 0.25, curl=0.015, turns=rng.uniform(2, 5), frizz=0.05)
    bun = Coat(0.11, thick, 0.1, (0, 1.6, 0.4), frizz=0.03, clumps=30)
    return {"short": short, "long": long, "curly": curly, "bun": bun}


def beard(rng: np.random.Generator, into: Any, head: Any, colour: np.ndarray, hair: Any) -> None:
    """A beard on the jaw."""
    way = sphere_directions(1800)
    way = way[(way[:, 1] < 0.1) & (way[:, 2] < 0.05) & (way[:, 2] > -0.9)]
    coat = Coat(rng.uniform(0.02, 0.1), 0.0014, 0.5, clumps=40)
    strands = grow(rng, way * [0.062, 0.07, 0.06] + [0, -0.035, -0.06], way, coat, 6)
    strands_object(strands, coat.radius, tints(rng, colour, colour, strands.shape), into, hair, head)


def _hat(rng: np.random.Generator, into: Any, head: Any) -> None:
    brim, tall = rng.uniform(0.1, 0.22), rng.uniform(0.08, 0.2)
    profile = [[brim, 0], [0.1, 0.012], [0.108, 0.02], [0.1, tall * 0.8], [0.06, tall], [0.001, tall]]
    hat = lathe(smooth_path(profile, 30), into, surface(rng, 4), head)
    hat.location, hat.rotation_euler = (0, 0.01, 0.075), (rng.normal(-0.1, 0.1), rng.normal(0, 0.1), 0)


def _skirt(rng: np.random.Generator, into: Any, body: Body, girth: float) -> None:
    """A skirt or, lower, the tails of a coat."""
    long, wide = rng.uniform(0.3, 0.85), rng.uniform(0.18, 0.4)
    profile = smooth_path([[0.15 * girth, 0.12], [0.18 * girth, -0.02], [wide, -long]], 24)
    lathe(
        profile, into, surface(rng, 2.5, 0), body.joints["hips"], folds=int(rng.integers(7, 20)), depth=0.1
    ).scale.y = 0.8


def stand(rng: np.random.Generator, body: Body, legs: bool = True) -> None:
    """At ease, arms anywhere low."""
    body.turn("waist", rng.normal(0, 0.1), rng.normal(0, 0.1), rng.normal(0, 0.2))
    body.turn("neck", rng.normal(0, 0.15), rng.normal(0, 0.12), rng.normal(0, 0.4))
    for side, name in ((-1, "left"), (1, "right")):
        if legs:
            body.turn(f"{name} hip", rng.normal(0, 0.12), -side * abs(rng.normal(0.06, 0.08)))
        body.turn(f"{name} shoulder", rng.normal(0, 0.3), -side * abs(rng.normal(0.2, 0.25)))
        body.turn(f"{name} elbow", -abs(rng.normal(0.2, 0.6)), 0, side * rng.uniform(-0.3, 0.8))


def stride(rng: np.random.Generator, body: Body) -> None:
    """Walking or running."""
    stand(rng, body)
    walk(body, rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.9))
    body.turn("hips", -0.1 * rng.random(), 0, rng.uniform(-1.5, 1.5))


def walk(body: Body, phase: float, effort: float) -> None:
    """Legs and arms at a phase (radians) of a stride; effort 0.4 strolls, 0.9 runs."""
    for side, name in ((-1, "left"), (1, "right")):
        swing = np.sin(phase + (side > 0) * np.pi)
        lift = max(0.0, -np.cos(phase + (side > 0) * np.pi))
        body.turn(f"{name} hip", effort * swing)
        body.turn(f"{name} knee", 0.1 + effort * 1.5 * lift)
        body.turn(f"{name} ankle", -0.3 * effort * swing)
        body.turn(f"{name} shoulder", -effort * swing, -side * 0.12)
        body.turn(f"{name} elbow", -0.2 - effort * 0.9)


def reach(rng: np.random.Generator, body: Body) -> None:
    """Waving, pointing, dancing: arms anywhere, legs apart."""
    stand(rng, body)
    for side, name in ((-1, "left"), (1, "right")):
        body.turn(f"{name} shoulder", rng.normal(-0.4, 0.8), -side * rng.uniform(0.2, 2.7))
        body.turn(f"{name} elbow", -rng.uniform(0, 2.0), 0, rng.uniform(-1, 1))
        body.turn(f"{name} hip", rng.normal(-0.1, 0.4), -side * abs(rng.normal(0.2, 0.25)))
        body.turn(f"{name} knee", abs(rng.normal(0, 0.6)))


def juggle(rng: np.random.Generator, body: Body) -> None:
    """Upper arms down, forearms forward, at different heights."""
    stand(rng, body)
    for side, name in ((-1, "left"), (1, "right")):
        body.turn(f"{name} shoulder", rng.normal(-0.1, 0.25), -side * rng.uniform(0.1, 0.5))
        body.turn(f"{name} elbow", -rng.uniform(0.9, 2.0), 0, side * rng.uniform(-0.5, 0.5))


def toys(rng: np.random.Generator, into: Any) -> None:
    """Balls or clubs in the air before the chest and above the head; they are part of the figure."""
    mat, n = surface(rng, 5, int(rng.choice([1, 2]))), int(rng.integers(1, 6))
    clubs, size = rng.random() < 0.3, rng.uniform(0.035, 0.07)
    for angle in np.linspace(0, np.pi, n + 2)[1:-1] + rng.normal(0, 0.15, n):
        at = np.array([0.32 * np.cos(angle), -0.4, 1.15 + rng.uniform(0.5, 1.0) * np.sin(angle)])
        if clubs:
            way = 0.15 * rng.normal(0, 1, 3)
            radii = np.interp(np.arange(10), [0, 4, 7, 9], [0.012, 0.015, 0.04, 0.025])
            tube(np.linspace(at - way, at + way, 10), radii, into, mat)
        else:
            ball((size,) * 3, into, mat, at, detail=12)
