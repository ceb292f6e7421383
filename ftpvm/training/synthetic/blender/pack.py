# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a pack of sprites: one command, one file, and a run that was stopped goes on where it was.

A pack is a zip file of WebP images named INDEX-KIND.webp, or INDEX-KIND-FRAME.webp where each object is seen moving;
colour lossy, alpha exact. Every sprite depends on (seed, index) alone. They wait beside the pack, in a folder named
after the options, until all are there.
"""

import argparse
import os
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .acts import act
from .kinds import KINDS
from .studio import aim, empty_scene, light, photograph, points_of

QUALITY = 90  # of WebP's colour


def sprite(seed: int, index: int, size: int, frames: int = 1, kind: str | None = None) -> tuple[str, np.ndarray]:
    """The kind and the pixels (frames, size, size, 4) uint8, straight sRGB and alpha, of one sprite.

    frames: 1 for a still, more for the moments of one act.
    """
    rng = np.random.default_rng((seed, index))
    names, weights = list(KINDS), np.array([weight for _, weight in KINDS.values()])
    drawn = str(rng.choice(names, p=weights / weights.sum()))
    kind = kind or drawn
    scene, subject = empty_scene()
    poses = _poses(kind, rng, subject, frames)
    points = []
    for pose in poses:
        pose()
        points.append(points_of(subject))
    light(rng, scene)
    aim(rng, scene, np.concatenate(points), (0.1, 0.15) if kind in ("person", "wig") else (0.15, 0.3))
    return kind, photograph(scene, size, rng.uniform(0.25, 1.1), samples=10, matte_samples=56, poses=poses)


def _poses(kind: str, rng: np.random.Generator, subject: Any, frames: int) -> list[Callable[[], None]]:
    """Build the subject, and what puts it into each pose, its places in the world up to date."""
    if frames == 1:
        KINDS[kind][0](rng, subject)
        return [bpy.context.view_layer.update]
    pose = act(kind, rng, subject)

    def put(moment: float) -> None:
        pose(moment)
        bpy.context.view_layer.update()

    return [partial(put, moment) for moment in np.linspace(0, 1, frames)]


def write_webp(path: Path, pixels: np.ndarray) -> None:
    """Straight RGBA (h, w, 4) uint8, through Blender: its Python has no other image library."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(path.stem, width, height, alpha=True)
    image.alpha_mode = "STRAIGHT"
    image.pixels.foreach_set((pixels[::-1] / np.float32(255)).ravel())
    image.file_format, image.filepath_raw = "WEBP", str(path)
    image.save(quality=QUALITY)


def missing(folder: Path, count: int, frames: int) -> list[int]:
    """The indices below `count` of which the folder lacks an image."""
    there = Counter(_index(path) for path in folder.glob("*-*.webp"))
    return [index for index in range(count) if there[index] < frames]


def _index(path: Path) -> int:
    return int(path.name.split("-")[0])


def bind(folder: Path, count: int, pack: Path) -> None:
    """Put the first `count` sprites of a folder into one file, which appears whole."""
    partly = pack.with_name(f".{pack.name}.partial")
    with zipfile.ZipFile(partly, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.glob("*-*.webp")):
            if _index(path) < count:
                archive.write(path, path.name)
    partly.replace(pack)


def parse() -> argparse.Namespace:
    """The arguments after Blender's own, if Blender runs this."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the pack, a .zip file")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=320, help="pixels of a side")
    parser.add_argument("--frames", type=int, default=1, help="pictures of each object, moving where there are several")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    arguments = sys.argv[1:]
    args = parser.parse_args(arguments[arguments.index("--") + 1 :] if "--" in arguments else arguments)
    if args.frames < 1:
        parser.error("--frames must be 1 or more")
    return args


def main() -> None:
    """Render what is missing, then bind the pack."""
    args = parse()
    moving = f"-{args.frames}" if args.frames > 1 else ""
    folder = args.out.with_suffix(f".{args.seed}-{args.size}-{args.kind or 'all'}{moving}.sprites").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for index in missing(folder, args.count, args.frames):
        began = time.monotonic(), time.process_time()
        kind, pixels = sprite(args.seed, index, args.size, args.frames, args.kind)
        for frame, picture in enumerate(pixels):
            partly = folder / "partial.webp"
            write_webp(partly, picture)
            partly.rename(folder / f"{index:04d}-{kind}{f'-{frame:03d}' if moving else ''}.webp")
        print(
            f"{index} {kind}: {time.monotonic() - began[0]:.1f} s, CPU {time.process_time() - began[1]:.1f} s",
            flush=True,
        )
    bind(folder, args.count, args.out)


if __name__ == "__main__":
    main()
    os._exit(0)  # Blender as a module may hang or crash while it is torn down
