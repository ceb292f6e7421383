# SPDX-License-Identifier: GPL-3.0-or-later
"""What the four scenes are built from: sky, sun, camera, slabs, patterned materials, grass, and keys on every frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from blender.geometry import grid_faces, mesh, place, unit
from blender.materials import principled, recolour, texture, tinted
from blender.strands import Coat, grow, strands_object, tints
from blender.studio import empty_scene
from mathutils import Vector, noise

FRAMES = 40


@dataclass
class Shot:
    """A scene in two halves: what the matte shows, and what only holds out. `update` is called on every frame."""

    scene: Any
    wanted: Any
    rest: Any
    blurred: bool = True
    samples: int = 4
    update: Callable[[int], None] = lambda frame: None


def new_shot(seed: int) -> tuple[Shot, np.random.Generator]:
    """An empty shot and its random numbers."""
    scene, wanted = empty_scene()
    rest = bpy.data.collections.new("Set")
    scene.collection.children.link(rest)
    noise.seed_set(seed)
    return Shot(scene, wanted, rest), np.random.default_rng(seed)


def sky(shot: Shot, colour: Sequence[float], strength: float) -> None:
    """The same light from everywhere."""
    shot.scene.world = world = bpy.data.worlds.new("World")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*colour, 1)
    background.inputs["Strength"].default_value = strength
    world.cycles.sampling_method = "NONE"


def sun(shot: Shot, towards: Sequence[float], energy: float, colour: Sequence[float], angle: float = 0.05) -> None:
    """A sun in the direction `towards`."""
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.angle, data.color = energy, angle, colour
    lamp = place(bpy.data.objects.new("Sun", data), shot.rest)
    lamp.rotation_euler = Vector(towards).to_track_quat("Z", "Y").to_euler()


def camera(shot: Shot, lens: float, path: Callable[[float], tuple[Any, Any]]) -> None:
    """A hand-held camera; path: from time in [0, 1] to where it is and what it looks at."""
    data = bpy.data.cameras.new("Camera")
    data.lens, data.clip_end = lens, 200
    shot.scene.camera = place(bpy.data.objects.new("Camera", data), shot.rest)

    def pose(frame: int) -> None:
        location, target = (np.array(point, float) for point in path(frame / (FRAMES - 1)))
        target += [0.02 * noise.noise((frame * 0.09, 3.0 * axis, 0)) for axis in range(3)]
        shot.scene.camera.location = location
        shot.scene.camera.rotation_euler = Vector(location - target).to_track_quat("Z", "Y").to_euler()

    animate([shot.scene.camera], pose)


def animate(objects: Sequence[Any], pose: Callable[[int], None]) -> None:
    """Key the objects on every frame, and one beyond either end for the shutter, with straight lines between."""
    for frame in range(-1, FRAMES + 1):
        pose(frame)
        for obj in objects:
            for channel in ("location", "rotation_euler", "scale"):
                obj.keyframe_insert(channel, frame=frame)
    for obj in objects:
        for curve in obj.animation_data.action.fcurves:
            for key in curve.keyframe_points:
                key.interpolation = "LINEAR"


def slab(shot: Shot, size: Sequence[float], at: Sequence[float], material: Any) -> Any:
    """A box around `at`."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    obj = mesh(corners, faces, shot.rest, material, smooth=False)
    obj.location = tuple(at)
    return obj


def patterned(
    rng: np.random.Generator, kind: str, scale: float, palette: Sequence[Sequence[float]], *, rough: float = 0.85,
    upright: bool = False,
) -> Any:  # fmt: skip
    """A material coloured by a texture node of `kind` (Noise, Brick, Wave, ...); upright: for walls, not for ground."""
    mat = principled(roughness=rough, Specular_IOR_Level=0.2)
    value = texture(rng, mat, f"ShaderNodeTex{kind}", scale)
    mapping = value.node.inputs["Vector"].links[0].from_node
    mapping.inputs["Rotation"].default_value = (np.pi / 2 if upright else 0, 0, 0)
    recolour(mat, value, [np.array(colour) for colour in palette], rng)
    return mat


def ground(
    shot: Shot, material: Any, height: Callable[[np.ndarray, np.ndarray], np.ndarray], reach: float = 30
) -> None:
    """Ground of a height over x and y."""
    x, y = np.meshgrid(np.linspace(-reach, reach, 120), np.linspace(-8, 2 * reach - 8, 120))
    points = np.stack([x, y, height(x, y)], axis=-1).reshape(-1, 3)
    mesh(points, grid_faces(120, 120), shot.rest, material)


def grass(
    shot: Shot, rng: np.random.Generator, n: int, area: Sequence[float], length: float, colour: Sequence[float],
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> None:  # fmt: skip
    """Blades over area: x from, x to, y from, y to."""
    x, y = rng.uniform(area[0], area[1], n), rng.uniform(area[2], area[3], n)
    roots = np.stack([x, y, height(x, y)], axis=1)
    coat = Coat(length, 0.008, 0.35, frizz=0.03)
    blades = grow(rng, roots, unit(rng.normal((0, 0, 1), 0.3, (n, 3))), coat, 5)
    tip = np.clip(np.array(colour) * 2.2, 0, 1)
    strands_object(
        blades, coat.radius, tints(rng, np.array(colour) * 0.5, tip, blades.shape), shot.rest, tinted(0.2, 0.5)
    )
