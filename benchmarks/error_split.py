# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the error is matting and how much is following.

MAD x 1000 on the rendered validation clips with the exact trimap of every frame, where nothing has to be followed,
beside that with one and three keyframes; and that of closed-form matting on every frame's trimap. On the CPU.
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean

import numpy as np
from quality import HERE, KEYFRAMES
from quality_clips import QualityClip, rendered_clips

from ftpvm.evaluation.closed_form import closed_form_matte
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model.checkpoint import best_resolution, load_network
from ftpvm.propagation import Keyframe, NetworkRunner, Propagator, Settings, Shot, choose_device


def measure(clip: QualityClip, runner: NetworkRunner, resolution: int) -> dict[str, float]:
    """MAD x 1000 by what was given."""
    source = clip.source
    every = [Keyframe(number, clip.trimap(i)) for i, number in enumerate(source.frames)]
    given = {"every frame": every, **{f"{count} keyframe(s)": clip.keyframes(count) for count in KEYFRAMES}}
    found = {}
    for name, keyframes in given.items():
        with tempfile.TemporaryDirectory() as folder:
            mattes = MatteSequence(Path(folder), "m")
            Propagator(runner).run(Shot(source, keyframes, source.frames, mattes, Settings(resolution=resolution)))
            found[name] = _mad(clip, (mattes.read(number) for number in source.frames))
    images = (image for _, image in source.read(source.frames))
    solved = (closed_form_matte(image, clip.trimap(i)) for i, image in enumerate(images))
    return found | {"every frame, closed form": _mad(clip, solved)}


def _mad(clip: QualityClip, mattes: Iterable[np.ndarray]) -> float:
    return 1e3 * fmean(float(np.abs(m - a).mean()) for m, a in zip(mattes, clip.alphas, strict=True))


def main() -> None:
    """A row a clip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default", help="name or file")
    parser.add_argument("--clips", type=Path, default=HERE / "validation_clips", help="folder of rendered clips")
    args = parser.parse_args()
    runner = NetworkRunner(load_network(args.weights), choose_device("cpu"))
    rows = {clip.name: measure(clip, runner, best_resolution(args.weights)) for clip in rendered_clips(args.clips)}
    columns = list(next(iter(rows.values())))
    print("| clip | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{row[column]:.2f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
