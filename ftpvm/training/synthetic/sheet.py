# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ftpvm.training.synthetic.sheet OUT.jpg`: what a training run sees, to be looked at.

A clip is a memory frame above its trimap, then three query frames above their alpha.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from ftpvm.atomic import atomic_path

from .bank import SpriteBank
from .clips import ClipGenerator, ClipSpec

COLUMNS, GAP = 3, 6
SPEC = ClipSpec(clips=1, frames=3, memories=1, height=128, width=160, far=30)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ftpvm.training.synthetic.sheet", description=__doc__)
    parser.add_argument("out", type=Path, help="the picture to write, .jpg or .png")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--sprite_pack", metavar="PATH", type=Path, nargs="+", help="as `ftpvm train` takes them")
    return parser.parse_args()


def main() -> None:
    """Draw the clips and paste them side by side."""
    args = parse()
    bank = SpriteBank.draw(args.seed, sprites=2 * args.clips, backgrounds=args.clips)
    if args.sprite_pack:
        bank = bank.with_packs(args.sprite_pack)
    generator = ClipGenerator(bank.cluttered(args.seed))
    tiles = [tile(generator, args.seed * 1000 + index) for index in range(args.clips)]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    sheet = np.vstack([np.hstack(tiles[index : index + COLUMNS]) for index in range(0, len(tiles), COLUMNS)])
    with atomic_path(args.out) as temporary:
        cv2.imwrite(str(temporary), sheet, [cv2.IMWRITE_JPEG_QUALITY, 90])
    print(f"{args.out}: {args.clips} clips")


def tile(generator: ClipGenerator, seed: int) -> np.ndarray:
    """One clip as a BGR picture with a gap to the right and below."""
    clip = generator(seed, SPEC)
    _, alphas, _ = clip.query()
    greys = [*clip.memory()[1][0], *alphas[0]]
    below = np.hstack([grey.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy() for grey in greys])
    above = np.hstack([image.flip(0).permute(1, 2, 0).cpu().numpy() for image in clip.images[0]])
    picture = (np.vstack([above, below]) * 255).round().astype(np.uint8)
    return np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=64)


if __name__ == "__main__":
    main()
