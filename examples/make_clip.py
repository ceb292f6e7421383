# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and render the example clip: a furry creature hopping through a mossy clearing, with its exact alpha.

    pip install "bpy==4.5.*" av numpy opencv-python-headless       (Python 3.11)
    python examples/make_clip.py --out examples/clip

Every frame is rendered twice by Cycles from one scene: the picture, and the matte, in which the set is a holdout and
the creature is a flat white emitter.  Camera, shutter, depth of field and seed are the same, so the alpha of the
second is the creature's coverage in the first: hair, motion blur and the grass in front of its feet included.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import bpy  # first: it brings bmesh and mathutils
import cv2
import numpy as np

# isort: split
import bmesh
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Matrix, Vector, noise

WIDTH, HEIGHT, FPS, FRAMES = 512, 288, 24, 48
KEYFRAMES = (0, 24, 47)  # the frames that get a trimap
BAND = 5  # pixels the unknown band reaches beyond the soft zone, on either side
EYES = [np.array([side * 0.40, -0.86, 0.30]) for side in (-1, 1)]  # the face looks along -Y
NOSE = np.array([0.0, -1.0, 0.02])
GINGER, CREAM = (0.90, 0.34, 0.09), (0.97, 0.86, 0.68)


# ---------------------------------------------------------------------------------------------------- materials


def material(name: str, colour=(0.8, 0.8, 0.8), roughness=0.5, **inputs) -> bpy.types.Material:
    """A Principled material; `inputs` are socket names with _ for a space."""
    mat = bpy.data.materials.new(name)
    mat.use_nodes = True
    shader = mat.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ")].default_value = value
    return mat


def glow(name: str, colour, strength: float) -> bpy.types.Material:
    """An emitter that is only seen, never sampled as a lamp: it adds no noise."""
    mat = material(name, (0, 0, 0), 1.0, Emission_Color=(*colour, 1), Emission_Strength=strength)
    mat.cycles.emission_sampling = "NONE"
    return mat


def ramp_into(mat, source, stops, socket="Base Color", interpolation="LINEAR") -> None:
    """Colour `socket` of the material's shader by `source` through a colour ramp."""
    tree = mat.node_tree
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = interpolation
    elements = ramp.color_ramp.elements
    elements.remove(elements[1])
    elements[0].position, elements[0].color = stops[0][0], (*stops[0][1], 1)
    for position, colour in stops[1:]:
        elements.new(position).color = (*colour, 1)
    tree.links.new(source, ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs[socket])


def textured(name: str, stops, scale: float, bump: float, kind="ShaderNodeTexNoise", roughness=0.9):
    """A material coloured and bumped by a procedural texture in object space."""
    mat = material(name, roughness=roughness)
    tree = mat.node_tree
    coordinates, texture = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new(kind)
    texture.inputs["Scale"].default_value = scale
    texture.inputs["Detail"].default_value = 4 if kind == "ShaderNodeTexNoise" else 0
    tree.links.new(coordinates.outputs["Object"], texture.inputs["Vector"])
    value = texture.outputs[0]
    ramp_into(mat, value, stops)
    if bump:
        node = tree.nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = bump
        tree.links.new(value, node.inputs["Height"])
        tree.links.new(node.outputs["Normal"], tree.nodes["Principled BSDF"].inputs["Normal"])
    return mat


def hair_material(name: str, gloss: float) -> bpy.types.Material:
    """Hair in the strands' `tint`, lit from both sides; a fifth of the cost of Principled Hair."""
    mat = material(name, roughness=0.4, Specular_IOR_Level=gloss)
    tree = mat.node_tree
    tint, through = tree.nodes.new("ShaderNodeAttribute"), tree.nodes.new("ShaderNodeBsdfTranslucent")
    mix, front = tree.nodes.new("ShaderNodeMixShader"), tree.nodes["Principled BSDF"]
    tint.attribute_name = "tint"
    mix.inputs["Fac"].default_value = 0.4
    tree.links.new(tint.outputs["Color"], front.inputs["Base Color"])
    tree.links.new(tint.outputs["Color"], through.inputs["Color"])
    tree.links.new(front.outputs[0], mix.inputs[1])
    tree.links.new(through.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return mat


def eye_material() -> bpy.types.Material:
    """White, iris and pupil as rings around the eyeball's own -Y axis."""
    mat = material("Eye", roughness=0.05, Coat_Weight=1.0)
    tree = mat.node_tree
    coordinates, split = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(coordinates.outputs["Generated"], split.inputs[0])  # 0 at the front of the ball, 1 at the back
    rings = [(0, (0.005, 0.004, 0.004)), (0.13, (0.16, 0.07, 0.015)), (0.24, (0.02, 0.01, 0.005)), (0.27, (0.8,) * 3)]
    ramp_into(mat, split.outputs["Y"], rings, interpolation="CONSTANT")
    return mat


# ---------------------------------------------------------------------------------------------------- geometry


def put(obj, collection, location=(0, 0, 0), parent=None, mat=None):
    """Link an object into its collection, in place, under its parent, with its material."""
    collection.objects.link(obj)
    obj.location, obj.parent = location, parent
    if mat:
        obj.data.materials.append(mat)
    return obj


def ball(name, collection, location, radii, mat, parent=None, detail=4, rough=0.0):
    """A smooth ellipsoid; `rough` turns it into a stone."""
    mesh = bpy.data.meshes.new(name)
    tool = bmesh.new()
    bmesh.ops.create_icosphere(tool, subdivisions=detail, radius=1)
    for vertex in tool.verts:
        shift = rough * noise.fractal(vertex.co * 1.3 + Vector(location), 0.8, 2.0, 4) if rough else 0
        vertex.co = Vector(c * r for c, r in zip(vertex.co * (1 + shift), radii, strict=True))
    tool.to_mesh(mesh)
    tool.free()
    mesh.shade_smooth()
    return put(bpy.data.objects.new(name, mesh), collection, location, parent, mat)


def ground_height(x: float, y: float) -> float:
    """Rolling ground, nearly flat along the creature's path and rising away from it."""
    away = min(1.0, abs(y) / 4)
    return 0.35 * away * noise.noise((x * 0.35, y * 0.35, 4.0)) + 0.05 * noise.noise((x * 1.7, y * 1.7, 9.0)) - 0.03


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


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def strands(name, collection, points, radius, tint, mat, parent=None):
    """Hair curves from points (n, k, 3), the root radius (n,) and colours (n, k, 3); they taper to the tip."""
    n, k, _ = points.shape
    data = bpy.data.hair_curves.new(name)
    data.add_curves([k] * n)
    data.position_data.foreach_set("vector", points.astype(np.float32).ravel())
    taper = radius[:, None] * np.linspace(1.0, 0.15, k)
    data.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", taper.astype(np.float32).ravel())
    rgba = np.concatenate([tint, np.ones((n, k, 1))], axis=2).astype(np.float32)
    data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", rgba.ravel())
    return put(bpy.data.objects.new(name, data), collection, parent=parent, mat=mat)


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


# ---------------------------------------------------------------------------------------------------- creature


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


CONTACTS = (-7, 10, 28, 41, 54)  # the frames at which it touches the ground
HEIGHTS = (0.80, 1.05, 0.55, 0.30)  # of the hops between them


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


# ---------------------------------------------------------------------------------------------------- set


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


def lamp(collection, name, location, target, energy, size, colour) -> None:
    data = bpy.data.lights.new(name, "AREA")
    data.energy, data.size, data.color = energy, size, colour
    obj = put(bpy.data.objects.new(name, data), collection, location)
    obj.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()


def lights_and_camera(collection, scene) -> None:
    lamp(collection, "Key", (-3.5, -7, 5.5), (0, 0, 0.8), 700, 2.5, (1.0, 0.90, 0.78))
    lamp(collection, "Rim", (4.5, 6, 5.5), (0, 0, 1.0), 1500, 2.0, (1.0, 0.72, 0.42))
    lamp(collection, "Cool", (-6, 5, 4), (0, 0, 1.0), 350, 3.0, (0.45, 0.70, 1.0))
    lamp(collection, "Fill", (2.0, -7, 0.9), (0, 0, 0.8), 190, 2.0, (1.0, 0.82, 0.64))
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.10, 0.14, 0.16, 1)
    data = bpy.data.cameras.new("Camera")
    data.lens, data.dof.use_dof, data.dof.focus_distance = 50, True, 10.4
    data.dof.aperture_fstop, data.dof.aperture_blades = 0.075, 7
    scene.camera = put(bpy.data.objects.new("Camera", data), collection)
    for frame in range(-2, FRAMES + 2):  # a slow, slightly unsteady drift to the right
        x = -0.35 + 0.7 * frame / 47
        shake = noise.noise((frame * 0.06, 0, 0)), noise.noise((0, frame * 0.06, 0))
        scene.camera.location = (x, -10.6, 1.75 + 0.04 * shake[0])
        look = Vector((x * 0.6 + 0.04 * shake[1], 0, 1.28)) - scene.camera.location
        scene.camera.rotation_euler = look.to_track_quat("-Z", "Y").to_euler()
        scene.camera.keyframe_insert("location", frame=frame)
        scene.camera.keyframe_insert("rotation_euler", frame=frame)


def linear_keys() -> None:
    """Straight lines between the keys: the curve at the shutter's ends is then the same on every version."""
    for action in bpy.data.actions:
        for curve in action.fcurves:
            for key in curve.keyframe_points:
                key.interpolation = "LINEAR"


def build() -> tuple[bpy.types.Scene, bpy.types.Collection, bpy.types.Collection]:
    """The whole scene, and its two halves: creature and set."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    noise.seed_set(7)
    scene, rng = bpy.context.scene, np.random.default_rng(7)
    halves = [bpy.data.collections.new(name) for name in ("Creature", "Set")]
    for half in halves:
        scene.collection.children.link(half)
    handles = hero(halves[0], rng)
    stage(halves[1], rng)
    lights_and_camera(halves[1], scene)
    animate(handles)
    linear_keys()
    return scene, *halves


# ---------------------------------------------------------------------------------------------------- rendering


def settings(scene, scale: int) -> None:
    """What the picture and the matte have in common."""
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, scale
    scene.render.fps = FPS
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.5
    scene.render.dither_intensity = 0  # dither would add noise to the alpha
    scene.cycles.seed, scene.cycles.use_adaptive_sampling = 7, True
    scene.cycles.max_bounces, scene.cycles.use_light_tree = 2, False
    scene.cycles.sample_clamp_indirect = 4
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"


def as_picture(scene, creature, stage_half, samples: int) -> None:
    scene.render.film_transparent = scene.render.use_border = False
    scene.cycles.samples, scene.cycles.use_denoising = samples, True
    scene.cycles.adaptive_threshold, scene.cycles.adaptive_min_samples = 0.1, 8
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGB"
    show(creature, stage_half, holdout=False)


def as_matte(scene, creature, stage_half, samples: int) -> None:
    """The set holds out, the creature is flat: what is left is its alpha."""
    scene.render.film_transparent = True
    scene.cycles.samples, scene.cycles.use_denoising = samples, False
    # Solid and empty pixels are done after the minimum; the soft ones get nearly all of the samples.
    scene.cycles.adaptive_threshold, scene.cycles.adaptive_min_samples = 0.004, 24
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    show(creature, stage_half, holdout=True)


def border(scene, creature) -> None:
    """Render the matte only where the creature can be: its box, and room for the fur and the blur."""
    points = [obj.matrix_world @ Vector(corner) for obj in creature.all_objects for corner in obj.bound_box if obj.data]
    seen = [world_to_camera_view(scene, scene.camera, point) for point in points]
    r = scene.render
    r.use_border = True
    r.border_min_x, r.border_max_x = min(p.x for p in seen) - 0.04, max(p.x for p in seen) + 0.04
    r.border_min_y, r.border_max_y = min(p.y for p in seen) - 0.06, max(p.y for p in seen) + 0.06


def show(creature, stage_half, holdout: bool) -> None:
    layer = bpy.context.view_layer
    layer.layer_collection.children[stage_half.name].holdout = holdout
    white = bpy.data.materials.get("White") or glow("White", (1, 1, 1), 1)
    layer.material_override = white if holdout else None


def render(scene, creature, frame: int, path: Path) -> None:
    scene.frame_set(frame)
    if scene.render.film_transparent:
        border(scene, creature)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def render_all(args, work: Path) -> None:
    scene, creature, stage_half = build()
    settings(scene, args.scale)
    for set_up, name, samples in ((as_picture, "picture", args.samples), (as_matte, "matte", args.matte_samples)):
        set_up(scene, creature, stage_half, samples)
        for frame in args.frames:
            path = work / name / f"{frame:04d}.png"
            if not path.exists():
                render(scene, creature, frame, path)


# ---------------------------------------------------------------------------------------------------- files


def write_alpha(work: Path, out: Path, frames) -> dict[int, np.ndarray]:
    """The alpha channel of every matte as an 8-bit grey PNG."""
    alphas = {}
    (out / "alpha").mkdir(parents=True, exist_ok=True)
    for frame in frames:
        alphas[frame] = cv2.imread(str(work / "matte" / f"{frame:04d}.png"), cv2.IMREAD_UNCHANGED)[..., 3]
        cv2.imwrite(str(out / "alpha" / f"{frame:04d}.png"), alphas[frame], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return alphas


def trimap(alpha: np.ndarray) -> np.ndarray:
    """As an artist paints it: one round brush around everything soft, small holes closed."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1))
    unknown = cv2.dilate(((alpha > 0) & (alpha < 255)).astype(np.uint8), disc)
    unknown = cv2.morphologyEx(unknown, cv2.MORPH_CLOSE, disc)
    return np.where(unknown == 1, 128, np.where(alpha == 255, 255, 0)).astype(np.uint8)


def to_yuv(width: int, height: int) -> av.filter.Graph:
    """RGB to limited-range Rec.709; the default flags would round down and darken the picture by a level or two."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="bgr24", time_base=Fraction(1, FPS))
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    scale = graph.add("scale", f"out_color_matrix=bt709:out_range=tv:{flags}")
    source.link_to(scale)
    form = graph.add("format", "yuv420p")
    scale.link_to(form)
    form.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def write_movie(pictures: list[Path], path: Path, crf: int) -> None:
    """H.264 in Rec.709, tagged as such."""
    height, width = cv2.imread(str(pictures[0])).shape[:2]
    graph = to_yuv(width, height)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as movie:
        stream = movie.add_stream("libx264", rate=FPS, options={"crf": str(crf), "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1  # bt709
        context.color_range = 1  # limited
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(cv2.imread(str(picture)), "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            graph.push(frame)
            movie.mux(stream.encode(graph.pull()))
        movie.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, nargs="+", default=range(FRAMES), help="only these, for a look")
    parser.add_argument("--scale", type=int, default=100, help="percent of the full size")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--matte-samples", type=int, default=160)
    parser.add_argument("--crf", type=int, default=16)
    parser.add_argument("--work", type=Path, help="keep the rendered frames here, and use those that are there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = args.work or Path(scratch)
        render_all(args, work.resolve())
        alphas = write_alpha(work, args.out, args.frames)
        for frame in set(KEYFRAMES) & set(alphas):
            cv2.imwrite(str(args.out / f"trimap.{frame:04d}.png"), trimap(alphas[frame]))
        write_movie([work / "picture" / f"{frame:04d}.png" for frame in args.frames], args.out / "clip.mp4", args.crf)


if __name__ == "__main__":
    main()
    os._exit(0)  # Blender as a module may hang or crash while it is torn down
