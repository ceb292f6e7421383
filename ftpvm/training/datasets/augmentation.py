# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion augmentation of matting clips, after Robust Video Matting (Lin et al. 2022)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from .footage import Footage, centre_of
from .motion import fitted, mirrored, moving, resting, sample
from .photometry import blur, colour_jitter, grain, grey, sharpness

FOREGROUND_SCALE, BACKGROUND_SCALE = (0.5, 1.0), (1.0, 1.5)
ASPECT = (0.9, 1.1)


@dataclass(frozen=True)
class Augmentation:
    """The probability of each change to a clip.

    rest: a layer is turned, sheared, scaled and shifted for good. still and video: a layer of that footage moves by
    itself. together: all layers move as one, as with a camera. pause: some frames in a row are the same.
    """

    rest: float = 1.0
    still: float = 0.95
    video: float = 0.3
    together: float = 0.15
    flip: float = 0.5
    pause: float = 0.03
    jitter: float = 0.3
    grey: float = 0.02
    blur: float = 0.02
    sharpen: float = 0.1
    grain: float = 0.1

    def layers(
        self, rng: Generator, foregrounds: list[Footage], background: Footage, frames: int, size: int
    ) -> list[np.ndarray]:
        """All footage moved and recoloured, the background last: layers (frames, size, size, 4) as in photometry.py."""
        camera = moving(rng, frames) if rng.random() < self.together else np.tile(np.eye(3), (frames, 1, 1))
        order = paused(rng, frames) if rng.random() < self.pause else np.arange(frames)
        layers = [self._foreground(rng, footage, camera, size)[order] for footage in foregrounds]
        layers.append(self._background(rng, background, camera, size)[order])
        layers = [colour_jitter(rng, layer) if rng.random() < self.jitter else layer for layer in layers]
        if rng.random() < self.grey:
            layers = [grey(layer) for layer in layers]
        return self._defocused(rng, layers)

    def develop(self, rng: Generator, images: np.ndarray) -> np.ndarray:
        """What a camera does to the composed images (n, h, w, 3) in [0, 1]."""
        if rng.random() < self.sharpen:
            images = sharpness(rng, images)
        return grain(rng, images) if rng.random() < self.grain else images

    def _foreground(self, rng: Generator, footage: Footage, camera: np.ndarray, size: int) -> np.ndarray:
        pictures = footage.premultiplied(round(size * FOREGROUND_SCALE[1]))
        fit = fitted(pictures[0].shape[:2], centre_of([each[..., 3] for each in pictures]), rng.uniform(*ASPECT))
        path = camera @ self._path(rng, footage, len(camera), FOREGROUND_SCALE)
        return sample(pictures, path @ fit, size, cv2.BORDER_CONSTANT)

    def _background(self, rng: Generator, footage: Footage, camera: np.ndarray, size: int) -> np.ndarray:
        pictures = footage.premultiplied(round(size * BACKGROUND_SCALE[1]))
        height, width = pictures[0].shape[:2]
        anywhere = (rng.uniform(0, width), rng.uniform(0, height))
        path = camera @ self._path(rng, footage, len(camera), BACKGROUND_SCALE)
        # A background has no end: past its border it's mirrored.
        return sample(
            pictures, path @ fitted((height, width), anywhere, rng.uniform(*ASPECT)), size, cv2.BORDER_REFLECT
        )

    def _path(self, rng: Generator, footage: Footage, frames: int, scale: tuple[float, float]) -> np.ndarray:
        path = mirrored(rng, self.flip)
        if rng.random() < self.rest:
            path = resting(rng, scale) @ path
        if rng.random() < (self.still if footage.still else self.video):
            path = moving(rng, frames) @ path
        return path

    def _defocused(self, rng: Generator, layers: list[np.ndarray]) -> list[np.ndarray]:
        layers = [blur(rng, [layer])[0] if rng.random() < self.blur / 3 else layer for layer in layers]
        return blur(rng, layers) if rng.random() < self.blur / 3 else layers


def paused(rng: Generator, frames: int) -> np.ndarray:
    """The frame to show at each of `frames` times: one of them stays for some time."""
    order = np.arange(frames)
    first = int(rng.integers(frames - 1))
    order[first : first + int(rng.integers(2, frames - first + 1))] = first
    return order
