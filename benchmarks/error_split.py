# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the error is matting and how much is following.

MAD x 1000 on the rendered validation clips with the exact trimap of every frame, where nothing has to be followed,
beside that with one and three keyframes; and that of closed-form matting on every frame's trimap. On the CPU.
"""

import argparse
import tempfile
from pathlib import Path

from quality import HERE, KEYFRAMES, Ours, baseline, score
from quality_clips import QualityClip, rendered_clips


def measure(clip: QualityClip, ours: Ours) -> dict[str, float]:
    """MAD x 1000 by what was given."""
    every = len(clip.alphas)
    with tempfile.TemporaryDirectory() as folder:
        mattes = {"every frame": ours.matte(clip, every, Path(folder, "every"))}
        for count in KEYFRAMES:
            mattes[f"{count} keyframe(s)"] = ours.matte(clip, count, Path(folder))
        mattes["every frame, closed form"] = baseline(clip, every, Path(folder))
        return {given: score(clip, made)["whole"]["mad"] for given, made in mattes.items()}


def main() -> None:
    """A row a clip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default", help="name or file")
    parser.add_argument("--clips", type=Path, default=HERE / "validation_clips", help="folder of rendered clips")
    args = parser.parse_args()
    ours = Ours(args.weights, None)
    rows = {clip.name: measure(clip, ours) for clip in rendered_clips(args.clips)}
    columns = list(next(iter(rows.values())))
    print("| clip | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{row[column]:.2f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
