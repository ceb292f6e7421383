# SPDX-License-Identifier: GPL-3.0-or-later
"""Movies and trimaps to measure on: a bright disc that wanders over noise, of any size and length."""

from pathlib import Path

import av
import cv2
import numpy as np


def make_movie(path: Path, size: tuple[int, int], frames: int) -> Path:
    """H.264, 24 frames/s, with camera-like noise so that decoding costs what it does on real clips."""
    noise = np.random.default_rng(0).integers(0, 60, (4, size[1], size[0], 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            image = noise[number % 4].copy()
            cv2.circle(image, *disc(number, size), (230, 180, 90), -1, cv2.LINE_AA)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())
    return path


def make_trimap(number: int, size: tuple[int, int]) -> np.ndarray:
    """The disc's trimap on a frame, with a band of 10 px: (h, w) of 0, 0.5 and 1."""
    trimap, (centre, radius) = np.zeros(size[::-1], np.float32), disc(number, size)
    cv2.circle(trimap, centre, radius + 10, 0.5, -1)
    cv2.circle(trimap, centre, radius - 10, 1.0, -1)
    return trimap


def disc(number: int, size: tuple[int, int]) -> tuple[tuple[int, int], int]:
    """Centre and radius on a frame."""
    w, h = size
    return (int(w * (0.5 + 0.25 * np.sin(number / 40))), int(h * (0.5 + 0.15 * np.cos(number / 31)))), h // 5
