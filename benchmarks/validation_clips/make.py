# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the validation clips, each with the exact alpha of one object: pictures, then mattes, then two movies a clip.

    pip install "bpy==4.5.*" av numpy opencv-python-headless       (Python 3.11)
    python benchmarks/validation_clips --work /tmp/frames

A matte is the same scene with everything but the object as a holdout and the object flat white, so that what covers
the object and the shutter count. Frames that are in --work already are not rendered again.
"""

from __future__ import annotations

import argparse
import os
import time
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import bpy
import cv2
import numpy as np
from blender.studio import as_matte, as_picture, common_settings, points_of
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from scenes import SHOTS
from stage import FRAMES, Shot

WIDTH, HEIGHT, FPS = 512, 288, 24
MATTE_SAMPLES = 80  # at most; only soft pixels get them all


def settings(shot: Shot) -> None:
    """What the picture and the matte have in common."""
    scene = shot.scene
    common_settings(scene, WIDTH, HEIGHT)
    scene.render.fps = FPS
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = shot.blurred, 0.35
    scene.cycles.seed = 7
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"
    scene.render.image_settings.file_format = "PNG"


def render_pictures(shot: Shot, folder: Path, frames: list[int]) -> None:
    """8-bit sRGB pictures."""
    as_picture(shot.scene, shot.samples)
    shot.scene.render.image_settings.color_mode = "RGB"
    for frame in frames:
        render(shot, folder / f"{frame:04d}.png", frame)


def render_mattes(shot: Shot, folder: Path, frames: list[int]) -> None:
    """RGBA of which only the alpha counts. The shot is left as a matte."""
    as_matte(shot.scene, MATTE_SAMPLES)
    shot.scene.render.film_transparent = True
    shot.scene.render.image_settings.color_mode = "RGBA"
    bpy.context.view_layer.layer_collection.children[shot.rest.name].holdout = True
    for frame in frames:
        shot.scene.frame_set(frame)
        shot.update(frame)
        if narrow(shot):
            render(shot, folder / f"{frame:04d}.png", frame)
        else:
            cv2.imwrite(str(folder / f"{frame:04d}.png"), np.zeros((HEIGHT, WIDTH, 4), np.uint8))


def narrow(shot: Shot) -> bool:
    """Render only where the object can be, with room for hair and motion; False where it is out of the picture."""
    corners = np.array([world_to_camera_view(shot.scene, shot.scene.camera, Vector(p))[:2]
                        for p in points_of(shot.wanted)[::5]])  # fmt: skip
    low, high = np.clip(corners.min(0) - 0.06, 0, 1), np.clip(corners.max(0) + 0.06, 0, 1)
    r = shot.scene.render
    r.use_border = True
    r.border_min_x, r.border_min_y, r.border_max_x, r.border_max_y = (float(v) for v in (*low, *high))
    return bool((high - low).min() > 0.01)


def render(shot: Shot, path: Path, frame: int) -> None:
    """One frame to a file, unless it is there."""
    if path.exists():
        return
    began = time.process_time()
    shot.scene.frame_set(frame)
    shot.update(frame)
    shot.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    print(f"{path.parent.parent.name} {path.parent.name} {frame}: CPU {time.process_time() - began:.1f} s", flush=True)


def to_yuv() -> av.filter.Graph:
    """RGB to limited-range Rec.709; the default flags would round down and darken the picture by a level."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=WIDTH, height=HEIGHT, format="bgr24", time_base=Fraction(1, FPS))
    scale = graph.add("scale", "out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int")
    form = graph.add("format", "yuv420p")
    source.link_to(scale)
    scale.link_to(form)
    form.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def write_picture(images: list[np.ndarray], path: Path) -> None:
    """Frames (h, w, 3) BGR as H.264 in Rec.709, tagged as such."""
    graph = to_yuv()
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=FPS, options={"crf": "14", "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            graph.push(frame)
            movie.mux(stream.encode(graph.pull()))
        movie.mux(stream.encode(None))


def write_alpha(images: list[np.ndarray], path: Path) -> None:
    """Frames (h, w) as lossless FFV1, 8-bit grey, full range."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=FPS, options={"level": "3"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray"
        stream.codec_context.color_range = 2
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "gray")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="*", default=list(SHOTS), help=f"of {', '.join(SHOTS)}; all if none is named")
    parser.add_argument("--work", type=Path, required=True, help="where rendered frames are kept")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--frames", type=int, nargs="+", default=list(range(FRAMES)), help="only these, for a look")
    args = parser.parse_args()
    for name in args.clips:
        folders = [args.work.resolve() / name / kind for kind in ("picture", "matte")]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        shot = SHOTS[name]()
        settings(shot)
        render_pictures(shot, folders[0], args.frames)
        render_mattes(shot, folders[1], args.frames)
        if args.frames != list(range(FRAMES)):
            continue
        pictures, mattes = ([cv2.imread(str(f / f"{i:04d}.png"), -1) for i in args.frames] for f in folders)
        (args.out / name).mkdir(parents=True, exist_ok=True)
        write_picture(pictures, args.out / name / "clip.mp4")
        write_alpha([matte[..., 3] for matte in mattes], args.out / name / "alpha.mkv")


if __name__ == "__main__":
    main()
    os._exit(0)  # Blender as a module may hang or crash while it is torn down
