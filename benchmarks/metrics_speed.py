# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes on one core to score one 1024x576 frame: all metrics, whole and by region, and the trimap IoU.

A usual matte, and the hardest: noise, where at most levels no region is larger than all others together.
"""

import argparse
import statistics
import time

import cv2
import numpy as np

from ftpvm.evaluation import scores_by_frame, trimap_iou
from ftpvm.trimaps import trimap_from_matte

WIDTH, HEIGHT = 1024, 576
BAND = 12  # px of unknown on either side of the edge
BUDGET = 60.0  # ms a frame, what is aimed at
ROUNDS = 20

Frame = tuple[np.ndarray, np.ndarray, np.ndarray]


def frames(seed: int) -> list[Frame]:
    """(matte, truth, trimap) of two frames: a frayed disc that moves, its matte wrong along the edge and in specks."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    fray, error = (cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)), (0, 0), 2) for _ in range(2))
    made = []
    for x in (500, 506):
        inside = 220 + 60 * fray - np.hypot(rows - 300, columns - x)
        truth = np.clip(inside / 25 + 0.5, 0, 1)
        soft = (truth > 0) & (truth < 1) | (error > 0.25)
        matte = np.clip(truth + 0.8 * error * soft, 0, 1)
        trimap = trimap_from_matte(truth, inner=BAND, outer=BAND)
        made.append((matte.astype(np.float32), truth.astype(np.float32), trimap))
    return made


def noise(seed: int) -> list[Frame]:
    """(matte, truth, trimap) of two frames of noise."""
    rng = np.random.default_rng(seed)
    pictures = rng.random((4, HEIGHT, WIDTH), np.float32)
    return [(matte, truth, np.full_like(truth, 0.5)) for matte, truth in (pictures[:2], pictures[2:])]


def seconds_a_frame(before: Frame, frame: Frame, rounds: int) -> list[float]:
    """CPU time of `rounds` second frames, so that dtSSD is among them; OpenCV in this thread alone."""
    taken = []
    for _ in range(rounds):
        scored = scores_by_frame(iter((before, frame)))
        next(scored)
        began = time.thread_time()
        next(scored)
        trimap_iou([(frame[2], frame[2])])
        taken.append(time.thread_time() - began)
    return taken


def main() -> None:
    """Print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    cv2.setNumThreads(1)
    rounds = parser.parse_args().rounds
    print("| matte | frame | median | best | wanted |\n|---|---|---|---|---|")
    for name, (before, frame) in (("usual", frames(seed=1)), ("noise", noise(seed=1))):
        taken = [1e3 * seconds for seconds in seconds_a_frame(before, frame, rounds)]
        times = f"{statistics.median(taken):.1f} ms | {min(taken):.1f} ms"
        print(f"| {name} | {WIDTH}x{HEIGHT} | {times} | {BUDGET:.0f} ms |")


if __name__ == "__main__":
    main()
