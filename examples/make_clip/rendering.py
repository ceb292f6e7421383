# SPDX-License-Identifier: GPL-3.0-or-later
"""Each frame twice from one scene: the picture, and the matte."""

from pathlib import Path

import bpy
from bpy_extras.object_utils import world_to_camera_view
from materials import glow
from mathutils import Vector
from scene import build
from shot import FPS, HEIGHT, WIDTH


def render_all(args, work: Path) -> None:
    scene, creature, stage_half = build()
    settings(scene, args.scale)
    for set_up, name, samples in ((as_picture, "picture", args.samples), (as_matte, "matte", args.matte_samples)):
        set_up(scene, creature, stage_half, samples)
        for frame in args.frames:
            path = work / name / f"{frame:04d}.png"
            if not path.exists():
                render(scene, creature, frame, path)


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
