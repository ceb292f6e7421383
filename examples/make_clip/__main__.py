# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and render the example clip: a furry creature hopping through a mossy clearing, with its exact alpha.

    pip install "bpy==4.5.*" av numpy opencv-python-headless       (Python 3.11)
    python examples/make_clip --out examples/clip

Every frame is rendered twice by Cycles from one scene: the picture, and the matte, in which the set is a holdout and
the creature is a flat white emitter.  Camera, shutter, depth of field and seed are the same, so the alpha of the
second is the creature's coverage in the first: hair, motion blur and the grass in front of its feet included.
"""

import argparse
import os
import tempfile
from pathlib import Path

import cv2
from files import trimap, write_alpha, write_movie
from rendering import render_all
from shot import FRAMES

KEYFRAMES = (0, 24, 47)  # the frames that get a trimap


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
