# SPDX-License-Identifier: GPL-3.0-or-later
"""Live pictures for the tests: a disc that stands out, as frames and as a movie."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from golden import golden_weights
from tiny_shots import FLOAT32

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import NetworkRunner
from ftpvm.webcam.camera import Frame

SIZE = (96, 64)  # width, height
DISC = (48, 32, 18)  # x, y, radius


def disc(size: tuple[int, int] = SIZE, shift: int = 0) -> np.ndarray:
    """bool (h, w): where the disc of a frame is."""
    scale = size[0] / SIZE[0]
    rows, columns = np.mgrid[: size[1], : size[0]]
    return np.asarray(np.hypot(columns - (DISC[0] * scale + shift), rows - DISC[1] * scale) < DISC[2] * scale)


def image(size: tuple[int, int] = SIZE, shift: int = 0) -> np.ndarray:
    """uint8 (h, w, 3): a reddish disc on mottled green."""
    noise = np.random.default_rng(3)
    mottled = cv2.resize(noise.random((6, 9), np.float32), size)[..., None] * 0.2
    colours = np.where(disc(size, shift)[..., None], (0.7, 0.3, 0.2), (0.2, 0.5, 0.2)) + mottled
    return (np.clip(colours + noise.normal(0, 0.02, (*size[::-1], 3)), 0, 1) * 255).astype(np.uint8)


def trimap(size: tuple[int, int] = SIZE) -> np.ndarray:
    """float32 (h, w) of the disc, its edge unknown."""
    inner, outer = (cv2.erode, cv2.dilate)
    mask, kernel = disc(size).astype(np.uint8), np.ones((7, 7), np.uint8)
    return np.where(inner(mask, kernel) == 1, 1, np.where(outer(mask, kernel) == 1, 0.5, 0)).astype(np.float32)


def frame(shift: int = 0, *, size: tuple[int, int] = SIZE, scene: int = 0, seconds: float = 0.0) -> Frame:
    return Frame(image(size, shift), scene, seconds)


def movie(path: Path, count: int = 12, size: tuple[int, int] = SIZE, fps: int = 25) -> Path:
    """The disc, moving to the right by a pixel a frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image(size, number))))
        container.mux(stream.encode())
    return path


def runner() -> NetworkRunner:
    """Random weights that give lively mattes."""
    network = FTPVM()
    network.load_state_dict(golden_weights(network, 1))
    return NetworkRunner(network, FLOAT32)


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


class Flaky:
    """A camera that fails now and then, and then for good."""

    name, size, fps = "the camera", SIZE, 25.0

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    def frames(self) -> Iterator[Frame]:
        yield frame(seconds=time.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        while True:
            time.sleep(0.01)
            yield frame(seconds=time.monotonic())
