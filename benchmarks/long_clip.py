# SPDX-License-Identifier: GPL-3.0-or-later
"""Peak memory of `ftpvm matte` on 200 and on 2000 frames of 1080p: it must not grow with the clip.

Two keyframes, so that the backward pass and the mattes waiting on disk are in it. The network works at a low
resolution: what could grow is frames and mattes, and those are 1080p.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ftpvm.benchmark.clips import make_movie, make_trimap

SIZE = (1920, 1080)


def peak_gib(frames: int, resolution: int) -> float:
    """Peak resident memory of the command, in GiB."""
    with tempfile.TemporaryDirectory() as folder:
        movie = make_movie(Path(folder) / "clip.mp4", SIZE, frames)
        command = [sys.executable, __file__, "--child", "matte", str(movie), "--out", f"{folder}/out"]
        for number in (0, frames - 1):
            trimap = Path(folder) / f"{number}.png"
            cv2.imwrite(str(trimap), (make_trimap(number, SIZE) * 255).astype(np.uint8))
            command += ["--keyframe", f"{number}={trimap}"]
        done = subprocess.run(
            [*command, "--resolution", str(resolution)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    return float(done.stdout.split()[-1])


def child(argv: list[str]) -> int:
    """Run the command line in this process and print its peak."""
    from ftpvm.cli import main as ftpvm

    code = ftpvm(argv)
    unit = 2**30 if sys.platform == "darwin" else 2**20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
    return code


def main() -> None:
    """A table row a length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, nargs=2, default=(200, 2000))
    parser.add_argument("--resolution", type=int, default=128)
    args = parser.parse_args()
    print("| 1080p frames | peak memory | against the shorter |\n|---|---|---|")
    first = 0.0
    for frames in args.frames:
        peak = peak_gib(frames, args.resolution)
        first = first or peak
        print(f"| {frames} | {peak:.2f} GiB | {peak / first:.0%} |", flush=True)


if __name__ == "__main__":
    sys.exit(child(sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main())
