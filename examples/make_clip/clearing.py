# SPDX-License-Identifier: GPL-3.0-or-later
"""The set: mossy ground, grass, stones, toadstools, tree trunks and far lights."""

import math

import bpy  # first: it brings bmesh and mathutils
import numpy as np

# isort: split
import bmesh
from materials import glow, hair_material, material, ramp_into, textured
from mathutils import noise
from shapes import ball, put, strands, unit

MOSS = ((0.30, (0.02, 0.03, 0.01)), (0.48, (0.04, 0.07, 0.015)), (0.60, (0.11, 0.10, 0.03)), (0.72, (0.08, 0.05, 0.03)))
ROCK = ((0.35, (0.05, 0.055, 0.06)), (0.55, (0.20, 0.19, 0.17)), (0.68, (0.06, 0.12, 0.03)))
BARK = ((0.3, (0.02, 0.014, 0.010)), (0.7, (0.11, 0.075, 0.05)))
SPOTS = ((0.0, (0.85, 0.80, 0.70)), (0.27, (0.85, 0.80, 0.70)), (0.31, (0.50, 0.02, 0.015)), (1.0, (0.38, 0.01, 0.01)))
HAZE = ((0.40, (0.02, 0.05, 0.03)), (0.50, (0.30, 0.30, 0.12)), (0.56, (0.10, 0.22, 0.16)), (0.72, (0.01, 0.05, 0.07)))
STONES = ((-3.1, 2.6, 0.7), (2.9, 1.9, 0.55), (0.7, 3.6, 0.85), (3.5, -1.2, 0.22), (-1.9, -1.9, 0.16))  # x, y, size
MUSHROOMS = ((-2.2, 1.7, 1.15), (-1.55, 2.1, 0.75), (2.15, 1.5, 0.95), (3.1, 3.2, 1.5), (0.3, 2.3, 0.55))
TRUNKS = ((-6.0, 10, 0.65), (-2.6, 14, 0.55), (1.6, 12, 0.45), (5.6, 10.5, 0.75), (8.5, 15, 0.8), (-9, 16, 0.9))
LIGHTS = (  # share, colour
    (0.30, (1.0, 0.55, 0.12)),
    (0.20, (1.0, 0.36, 0.06)),
    (0.20, (1.0, 0.75, 0.35)),
    (0.10, (0.95, 0.25, 0.30)),
    (0.12, (0.25, 0.75, 0.60)),
    (0.08, (0.3, 0.5, 1.0)),
)


def stage(collection, rng) -> None:
    """Mossy ground, grass, stones, toadstools, a glass ball, tree trunks and far lights."""
    ground(collection, textured("Moss", MOSS, 2.2, 0.9))
    grass(collection, rng)
    rock, bark = textured("Rock", ROCK, 2.6, 0.6), textured("Bark", BARK, 3.0, 1.0)
    for x, y, r in STONES:
        ball("Stone", collection, (x, y, ground_height(x, y) + 0.2 * r), (r * 1.25, r, r * 0.75), rock, rough=0.35)
    cap = textured("Cap", SPOTS, 5.0, 0.0, "ShaderNodeTexVoronoi", roughness=0.3)
    stem = material("Stem", (0.75, 0.68, 0.55), 0.7)
    for x, y, size in MUSHROOMS:
        mushroom(collection, x, y, size, cap, stem)
    blue = material("Bauble", (0.03, 0.22, 0.42), 0.12, Metallic=0.6)
    ball("Bauble", collection, (1.35, 1.6, 0.26), (0.3, 0.3, 0.3), blue)
    for x, y, r in TRUNKS:
        ball("Trunk", collection, (x, y, 3), (r, r, 12), bark)
    backdrop(collection, rng)


def ground(collection, mat):
    """A displaced grid under everything."""
    mesh = bpy.data.meshes.new("Ground")
    tool = bmesh.new()
    bmesh.ops.create_grid(tool, x_segments=160, y_segments=160, size=16)
    for vertex in tool.verts:
        vertex.co.y += 8
        vertex.co.z = ground_height(vertex.co.x, vertex.co.y)
    tool.to_mesh(mesh)
    tool.free()
    mesh.shade_smooth()
    return put(bpy.data.objects.new("Ground", mesh), collection, mat=mat)


def ground_height(x: float, y: float) -> float:
    """Rolling ground, nearly flat along the creature's path and rising away from it."""
    away = min(1.0, abs(y) / 4)
    return 0.35 * away * noise.noise((x * 0.35, y * 0.35, 4.0)) + 0.05 * noise.noise((x * 1.7, y * 1.7, 9.0)) - 0.03


def grass(collection, rng) -> None:
    """Short blades over the near ground; some of them stand in front of the creature's feet."""
    n, t = 26000, np.linspace(0, 1, 4)[None, :, None]
    y = -4.5 + 12 * rng.uniform(0, 1, n) ** 1.5
    x = rng.uniform(-1, 1, n) * (3.2 + 0.42 * (y + 4.5))
    patch = np.array([noise.noise((a * 0.9, b * 0.9, 2.0)) for a, b in zip(x, y, strict=True)])
    keep = patch > -0.12
    x, y, patch = x[keep], y[keep], patch[keep]
    root = np.stack([x, y, [ground_height(a, b) for a, b in zip(x, y, strict=True)]], axis=1)
    size = rng.uniform(0.5, 1.0, len(x)) * (0.10 + 0.22 * np.clip(patch + 0.1, 0, 1))
    way = unit(rng.normal((0, 0, 1), 0.4, root.shape))
    points = root[:, None] + way[:, None] * size[:, None, None] * t
    points += rng.normal(0, 0.5, (len(x), 1, 3)) * [1, 1, 0] * size[:, None, None] * t**2
    green = np.array([0.045, 0.10, 0.015]) * rng.uniform(0.4, 1.6, (len(x), 1))
    dry = np.array([1.0, 0.7, 0.0]) * rng.uniform(0, 0.06, (len(x), 1))
    tint = (green + dry)[:, None] * (0.5 + 0.7 * t)
    strands("Grass", collection, points, np.full(len(x), 0.012), tint, hair_material("Grass", 0.1))


def mushroom(collection, x, y, size, cap, stem) -> None:
    z = ground_height(x, y)
    ball("Stem", collection, (x, y, z + 0.35 * size), (0.13 * size, 0.13 * size, 0.45 * size), stem)
    top = ball("Cap", collection, (x, y, z + 0.70 * size), (0.46 * size, 0.46 * size, 0.34 * size), cap)
    for vertex in top.data.vertices:  # hollow below
        vertex.co.z = max(vertex.co.z, -0.03 * size)
    top.rotation_euler = (0.15, 0.2 * math.sin(x * 9), 0)


def backdrop(collection, rng) -> None:
    """A glowing haze far behind and lights that the open lens turns into discs."""
    haze = glow("Haze", (0, 0, 0), 0.55)
    tree = haze.node_tree
    coordinates, split = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(coordinates.outputs["Generated"], split.inputs[0])
    ramp_into(haze, split.outputs["Z"], HAZE, "Emission Color")
    ball("Haze", collection, (0, 26, 0), (40, 0.2, 26), haze)
    glows = [glow("Glow", colour, 14) for _, colour in LIGHTS]
    for _ in range(95):
        at = (rng.uniform(-13, 13), rng.uniform(15, 25), 0.6 + 7.5 * rng.uniform(0, 1) ** 1.2)
        r = rng.uniform(0.05, 0.13)
        mat = glows[int(rng.choice(len(glows), p=[share for share, _ in LIGHTS]))]
        ball("Light", collection, at, (r, r, r), mat, detail=2)
