# SPDX-License-Identifier: GPL-3.0-or-later
"""Creature, set, lamps and camera in one scene."""

import bpy
import numpy as np
from clearing import stage
from creature import animate, hero
from mathutils import Vector, noise
from shapes import put
from shot import FRAMES


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
