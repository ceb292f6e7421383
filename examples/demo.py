# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on the example clip: mattes, a preview picture, and how far they are from the exact alpha."""

import argparse
import sys
from pathlib import Path

import numpy as np

from ftpvm.cli import main as ftpvm
from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence

CLIP = Path(__file__).parent / "clip"
KEYFRAMES = (0, 24, 47)


def matte(out: Path, weights: str) -> None:
    """Run `ftpvm matte` as a user would."""
    command = ["matte", str(CLIP / "clip.mp4"), "--out", str(out), "--name", "clip_matte", "--weights", weights]
    for number in KEYFRAMES:
        command += ["--keyframe", f"{number}={CLIP / f'trimap.{number:04d}.png'}"]
    code = ftpvm([*command, "--preview", str(out / "preview.png")])
    if code:
        sys.exit(code)


def measure(out: Path) -> dict[str, float]:
    """Mean absolute difference over all frames, x 1000: everywhere, and where the exact alpha is soft."""
    mattes, everywhere, soft = MatteSequence(out, "clip_matte"), [], []
    for number, truth in open_source(CLIP / "alpha", colorspace="srgb").read(range(48)):
        alpha = truth[..., 0]
        error = np.abs(mattes.read(number) - alpha)
        everywhere.append(error.mean())
        soft.append(error[(alpha > 0.02) & (alpha < 0.98)].mean())
    return {"everywhere": 1e3 * float(np.mean(everywhere)), "in the soft zone": 1e3 * float(np.mean(soft))}


def main() -> None:
    """Matte and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo_out"))
    parser.add_argument("--weights", default="default")
    args = parser.parse_args()
    matte(args.out, args.weights)
    for where, error in measure(args.out).items():
        print(f"MAD x 1000 {where}: {error:.2f}")
    print(f"Look at {args.out / 'preview.png'}")


if __name__ == "__main__":
    main()
