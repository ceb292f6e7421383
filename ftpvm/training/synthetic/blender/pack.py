# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a pack of sprites: one command, one file, and a run that was stopped goes on where it was.

A pack is a zip file of WebP images named INDEX-KIND.webp, colour lossy, alpha exact; every sprite depends on
(seed, index) alone. They wait beside the pack, in a folder named after seed, size and kind, until all are there.
"""

import argparse
import os
import sys
import time
import zipfile
from pathlib import Path

import bpy
import numpy as np

from .kinds import KINDS
from .studio import aim, empty_scene, light, photograph, points_of

QUALITY = 90  # of WebP's colour


def sprite(seed: int, index: int, size: int, kind: str | None = None) -> tuple[str, np.ndarray]:
    """The kind and the pixels (size, size, 4) uint8, straight sRGB and alpha, of one sprite."""
    rng = np.random.default_rng((seed, index))
    names, weights = list(KINDS), np.array([weight for _, weight in KINDS.values()])
    drawn = str(rng.choice(names, p=weights / weights.sum()))
    kind = kind or drawn
    scene, subject = empty_scene()
    KINDS[kind][0](rng, subject)
    bpy.context.view_layer.update()
    light(rng, scene)
    aim(rng, scene, points_of(scene, subject), (0.1, 0.15) if kind in ("person", "wig") else (0.15, 0.3))
    return kind, photograph(scene, size, level=rng.uniform(0.25, 1.1), samples=10, matte_samples=56)


def write_webp(path: Path, pixels: np.ndarray) -> None:
    """Straight RGBA (h, w, 4) uint8, through Blender: its Python has no other image library."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(path.stem, width, height, alpha=True)
    image.alpha_mode = "STRAIGHT"
    image.pixels.foreach_set((pixels[::-1] / np.float32(255)).ravel())
    image.file_format, image.filepath_raw = "WEBP", str(path)
    image.save(quality=QUALITY)


def missing(folder: Path, count: int) -> list[int]:
    """The indices below `count` of which the folder has no image."""
    there = {int(path.name.split("-")[0]) for path in folder.glob("*-*.webp")}
    return sorted(set(range(count)) - there)


def bind(folder: Path, count: int, pack: Path) -> None:
    """Put the first `count` images of a folder into one file, which appears whole."""
    partial = pack.with_name(f".{pack.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.glob("*-*.webp")):
            if int(path.name.split("-")[0]) < count:
                archive.write(path, path.name)
    partial.replace(pack)


def parse() -> argparse.Namespace:
    """The arguments after Blender's own, if Blender runs this."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the pack, a .zip file")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=320, help="pixels of a side")
    parser.add_argument("--kind", choices=KINDS, help="only this kind, for a look")
    arguments = sys.argv[1:]
    return parser.parse_args(arguments[arguments.index("--") + 1 :] if "--" in arguments else arguments)


def main() -> None:
    """Render what is missing, then bind the pack."""
    args = parse()
    folder = args.out.with_suffix(f".{args.seed}-{args.size}-{args.kind or 'all'}.sprites").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for index in missing(folder, args.count):
        began = time.monotonic(), time.process_time()
        kind, pixels = sprite(args.seed, index, args.size, args.kind)
        partial = folder / "partial.webp"
        write_webp(partial, pixels)
        partial.rename(folder / f"{index:04d}-{kind}.webp")
        print(
            f"{index} {kind}: {time.monotonic() - began[0]:.1f} s, CPU {time.process_time() - began[1]:.1f} s",
            flush=True,
        )
    bind(folder, args.count, args.out)


if __name__ == "__main__":
    main()
    os._exit(0)  # Blender as a module may hang or crash while it is torn down
