# SPDX-License-Identifier: GPL-3.0-or-later
"""The furry creature, and how it hops."""

import math

import bpy
import numpy as np
from fur import EYES, NOSE, fur, wild_hair
from materials import eye_material, hair_material, material
from mathutils import Matrix, Vector
from shapes import ball, put
from shot import FRAMES

CONTACTS = (-7, 10, 28, 41, 54)  # the frames at which it touches the ground
HEIGHTS = (0.80, 1.05, 0.55, 0.30)  # of the hops between them


def hero(collection, rng) -> dict[str, bpy.types.Object]:
    """The creature; returns the handles that the animation moves."""
    skin, hair = material("Skin", (0.70, 0.30, 0.10), 0.8), hair_material("Fur", 0.5)
    pink, eye = material("Pink", (0.75, 0.22, 0.20), 0.35, Subsurface_Weight=0.2), eye_material()
    root = put(bpy.data.objects.new("Hero", None), collection)  # stands on the ground
    body = ball("Body", collection, (0, 0, 0.86), (0.76, 0.74, 0.74), skin, root)
    fur("Coat", collection, body, np.array([0.76, 0.74, 0.74]), rng, hair, count=15000, length=0.26, face=True)
    wild_hair(collection, body, rng, hair)
    for at in EYES:
        ball("Eye", collection, Vector(at * [0.66, 0.75, 0.74]), (0.185, 0.15, 0.2), eye, body)
    ball("Nose", collection, NOSE * 0.80, (0.085, 0.07, 0.06), material("Nose", (0.03, 0.012, 0.010), 0.25), body)
    handles = {"root": root, "body": body}
    for name, side in (("Left", -1), ("Right", 1)):
        ball(f"{name} foot", collection, (side * 0.34, -0.36, 0.10), (0.19, 0.30, 0.12), pink, root)
        radii = np.array([0.15, 0.08, 0.36])
        ear = ball(f"{name} ear", collection, (side * 0.50, 0.05, 0.62), (0.15, 0.08, 0.36), skin, body)
        # The ear turns around its base, not its middle.
        ear.data.transform(Matrix.Translation((0, 0, 0.3)))
        coat_of_ear = fur(f"{name} ear coat", collection, ear, radii, rng, hair, count=1600, length=0.14, clumps=40)
        coat_of_ear.location.z = 0.3
        handles[name] = ear
    tail = ball("Tail", collection, (0, 0.62, -0.25), (0.13, 0.42, 0.14), skin, body)
    tail.data.transform(Matrix.Translation((0, 0.42, 0)))
    radii = np.array([0.13, 0.42, 0.14])
    brush = fur("Brush", collection, tail, radii, rng, hair, count=4000, length=0.34, comb=(0, 0.9, 0), clumps=60)
    brush.location.y = 0.42
    return handles | {"tail": tail}


def smooth(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def pose(frame: float) -> dict[str, float]:
    """Where the creature is at a frame: hops, a twirl in the second hop, squash at every landing."""
    hop = max(i for i in range(len(HEIGHTS)) if CONTACTS[i] <= frame)
    start, end = CONTACTS[hop], CONTACTS[hop + 1]
    u = (frame - start) / (end - start)
    squash = max(math.exp(-(((frame - c) / 2.2) ** 2)) for c in CONTACTS)
    return {
        "x": -2.2 + 3.9 * frame / 47,
        "z": HEIGHTS[hop] * 4 * u * (1 - u),
        "rise": HEIGHTS[hop] * 4 * (1 - 2 * u) / (end - start) * 6,
        "scale": 1.05 - 0.24 * squash,
        "yaw": math.radians(48 + 300 * smooth((frame - 10) / 20)),
        "lean": math.radians(7) * math.sin(frame / 47 * 9.0),
    }


def animate(handles) -> None:
    """Key every frame (two beyond either end, for the shutter)."""
    for frame in range(-2, FRAMES + 2):
        p = pose(frame)
        root, body = handles["root"], handles["body"]
        root.location, root.rotation_euler = (p["x"], 0, p["z"]), (0, p["lean"], p["yaw"])
        wide = 1 / math.sqrt(p["scale"])
        root.scale = (wide, wide, p["scale"])
        body.rotation_euler.x = 0.10 * p["rise"]
        for name, side in (("Left", -1), ("Right", 1)):
            handles[name].rotation_euler = (-0.35 * p["rise"], side * (0.42 + 0.35 * p["rise"]), 0)
        handles["tail"].rotation_euler = (0.75 - 0.6 * p["rise"], 0, 0.5 * math.sin(frame * 0.45))
        for obj in handles.values():
            for path in ("location", "rotation_euler", "scale"):
                obj.keyframe_insert(path, frame=frame)
