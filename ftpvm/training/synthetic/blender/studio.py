# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty studio: light from anywhere, a camera that fits what stands there, and the two renders of it."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from .geometry import place, unit
from .materials import flatten, random_colour
from .pixels import straight_sprites

MARGIN = 0.94  # share of the frame that the object fills


def empty_scene() -> tuple[Any, Any]:
    """A fresh scene and the collection that the object goes into."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    subject = bpy.data.collections.new("Subject")
    scene.collection.children.link(subject)
    return scene, subject


def light(rng: np.random.Generator, scene: Any) -> None:
    """A sky of two colours and one to three lamps, around an object of about one unit."""
    scene.world = world = bpy.data.worlds.new("World")
    world.use_nodes = True
    tree = world.node_tree
    where, ramp = tree.nodes.new("ShaderNodeTexGradient"), tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color = (*random_colour(rng, 0.5, 0.1), 1)
    ramp.color_ramp.elements[1].color = (*random_colour(rng, 0.5, 0.4), 1)
    coordinates, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (0, -np.pi / 2 + rng.normal(0, 0.5), rng.uniform(0, 6.3))
    tree.links.new(coordinates.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs["Vector"], where.inputs["Vector"])
    tree.links.new(where.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    tree.nodes["Background"].inputs["Strength"].default_value = np.exp(rng.uniform(np.log(0.1), np.log(0.8)))
    world.cycles.sampling_method = "NONE"  # a map for sampling so smooth a sky would cost more than the render
    for _ in range(int(rng.integers(1, 4))):
        data = bpy.data.lights.new("Lamp", "SUN")
        data.energy, data.angle = rng.uniform(1, 6), rng.uniform(0.02, 0.8)
        data.color = 0.6 + 0.4 * random_colour(rng)
        way = unit(rng.normal((0, -0.5, 0.6), 1.0, 3))
        lamp = place(bpy.data.objects.new("Lamp", data), scene.collection)
        lamp.rotation_euler = Vector(way).to_track_quat("Z", "Y").to_euler()


def points_of(collection: Any) -> np.ndarray:
    """The vertices and curve points (n, 3) of everything in a collection, in the world."""
    found = []
    graph = bpy.context.evaluated_depsgraph_get()
    for obj in collection.all_objects:
        shown = obj.evaluated_get(graph)
        if obj.type == "EMPTY":
            continue
        data = shown.to_mesh() if obj.type in ("CURVE", "FONT") else shown.data
        source, name = (data.position_data, "vector") if obj.type == "CURVES" else (data.vertices, "co")
        local = np.empty(len(source) * 3, np.float32)
        source.foreach_get(name, local)
        matrix = np.array(obj.matrix_world)
        found.append(local.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(found)


def aim(rng: np.random.Generator, scene: Any, points: np.ndarray, tilt: tuple[float, float]) -> None:
    """Put a camera somewhere in front, within `tilt` (mean, deviation; radians) of height, and fit the points in."""
    turn, rise = rng.uniform(-np.pi / 3, np.pi / 3), rng.normal(*tilt)
    way = np.array([np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)])
    centre = (points.min(0) + points.max(0)) / 2
    reach = np.linalg.norm(points - centre, axis=1).max() * rng.uniform(2.5, 6)
    camera = place(
        bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera")), scene.collection, centre + way * reach
    )
    rotation = Vector(way).to_track_quat("Z", "Y")
    camera.rotation_euler = rotation.to_euler()
    seen = (points - np.array(camera.location)) @ np.array(rotation.to_matrix())
    plane = seen[:, :2] / -seen[:, 2:]
    low, high = plane.min(0), plane.max(0)
    extent = float((high - low).max()) / MARGIN
    data = camera.data
    data.sensor_width, data.lens = 36, 36 / extent
    data.shift_x, data.shift_y = ((low + high) / 2 / extent).tolist()
    data.clip_end = reach * 4
    scene.camera = camera
    _only_render(scene, (low - (low + high) / 2) / extent + 0.5, (high - (low + high) / 2) / extent + 0.5)


def _only_render(scene: Any, low: np.ndarray, high: np.ndarray) -> None:
    """Leave out what is beyond a box; corners in shares of the frame, with room for what has a thickness."""
    render = scene.render
    render.use_border = True
    render.border_min_x, render.border_min_y = (low - 0.02).tolist()
    render.border_max_x, render.border_max_y = (high + 0.02).tolist()


def common_settings(scene: Any, width: int, height: int) -> None:
    """What the picture and the matte have in common."""
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.dither_intensity = 0  # dither would add noise to the alpha
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 1, 16
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 1
    scene.render.use_persistent_data = True  # the matte needs nothing built anew but its materials
    scene.cycles.sample_clamp_indirect = 3
    scene.cycles.use_light_tree = False
    scene.cycles.denoising_prefilter, scene.cycles.denoising_quality = "FAST", "BALANCED"


def as_picture(scene: Any, samples: int) -> None:
    """Few samples, denoised."""
    scene.cycles.samples, scene.cycles.use_denoising = samples, True
    scene.cycles.adaptive_threshold, scene.cycles.adaptive_min_samples = 0.1, min(4, samples)


def as_matte(scene: Any, samples: int) -> None:
    """Flat white, unlit, many samples, no denoiser: nothing but coverage is left, and it isn't smeared."""
    scene.cycles.samples, scene.cycles.use_denoising = samples, False
    # Solid and empty pixels are done after the minimum; the soft ones get nearly all of the samples.
    scene.cycles.adaptive_threshold, scene.cycles.adaptive_min_samples = 0.02, 16
    scene.cycles.max_bounces = 0
    for obj in scene.objects:
        obj.hide_render = obj.hide_render or obj.type == "LIGHT"
    if scene.world:
        scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0
        for link in scene.world.node_tree.nodes["Background"].inputs["Color"].links:
            scene.world.node_tree.links.remove(link)
    for mat in bpy.data.materials:
        if mat.use_nodes:
            flatten(mat)


def render(scene: Any) -> np.ndarray:
    """The frame as (h, w, 4) float32: linear, premultiplied, first row on top."""
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "16"
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "frame.exr")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        frame = pixels.reshape(image.size[1], image.size[0], 4)[::-1]
        bpy.data.images.remove(image)
    return frame


def photograph(
    scene: Any, size: int, level: float, samples: int, matte_samples: int, poses: Sequence[Callable[[], None]]
) -> np.ndarray:
    """Sprites (n, size, size, 4) uint8 of what the camera sees of each pose; the scene is left as a matte."""

    def shots() -> np.ndarray:
        taken = []
        for pose in poses:
            pose()
            taken.append(render(scene))
        return np.stack(taken)

    common_settings(scene, size, size)
    scene.render.film_transparent = True
    as_picture(scene, samples)
    pictures = shots()
    as_matte(scene, matte_samples)
    return straight_sprites(pictures, shots()[..., 3], level)
