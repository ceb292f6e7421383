# SPDX-License-Identifier: GPL-3.0-or-later
"""Matte a movie as `ftpvm matte` does and show every tenth frame on one sheet: frame, over a flat colour, matte."""

import argparse
import sys
from pathlib import Path

from ftpvm.cli import main as ftpvm
from ftpvm.evaluation import write_picture_sheet
from ftpvm.media import open_source
from ftpvm.media.composite import background_of, composite
from ftpvm.media.foreground import estimate_foreground
from ftpvm.media.matte_sequence import MatteSequence


def main() -> None:
    """Matte what isn't matted yet, then draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("movie", type=Path)
    parser.add_argument("--keyframe", action="append", required=True, metavar="FRAME=TRIMAP")
    parser.add_argument("--mattes", type=Path, required=True, help="folder; mattes that are there are kept")
    parser.add_argument("--sheet", type=Path, required=True, help=".jpg or .png")
    parser.add_argument("--weights", default="default")
    parser.add_argument("--resolution", type=int)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--colour", default="green", help="#rrggbb or a name")
    args = parser.parse_args()

    command = ["matte", str(args.movie), "--out", str(args.mattes), "--name", "m", "--weights", args.weights]
    command += [word for keyframe in args.keyframe for word in ("--keyframe", keyframe)]
    if code := ftpvm([*command, *(["--resolution", str(args.resolution)] if args.resolution else [])]):
        sys.exit(code)
    draw(args)


def draw(args: argparse.Namespace) -> None:
    """The sheet, in two blocks side by side."""
    mattes, rows = MatteSequence(args.mattes, "m"), []
    with open_source(args.movie) as source:
        background = background_of(args.colour)(source.size)
        for number, image in source.read(source.frames):
            if number % args.every == 0:
                matte = mattes.read(number)
                over = composite(estimate_foreground(image, matte), matte, background)
                rows.append((str(number), [image, over, matte]))
    write_picture_sheet(args.sheet, ["frame", f"over {args.colour}", "matte"], rows, width=230, blocks=2)


if __name__ == "__main__":
    main()
