# SPDX-License-Identifier: GPL-3.0-or-later
"""The sprites and backgrounds a training run draws from."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .sprites import draw_sprite
from .textures import background


@dataclass(frozen=True)
class SpriteBank:
    """sprites (n, 4, s, s) uint8 straight RGBA; backgrounds (k, 3, s, s) uint8."""

    sprites: Tensor
    backgrounds: Tensor

    @classmethod
    def draw(cls, seed: int, sprites: int = 400, backgrounds: int = 200, size: int = 320) -> "SpriteBank":
        """Draw a bank; the same seed gives the same bank."""

        def sprite(i: int) -> np.ndarray:
            return draw_sprite(np.random.default_rng((seed, 0, i)), size)

        def scene(i: int) -> np.ndarray:
            return (background(np.random.default_rng((seed, 1, i)), size) * 255).astype(np.uint8)

        with ThreadPoolExecutor(2) as pool:
            return cls(_stack(pool.map(sprite, range(sprites))), _stack(pool.map(scene, range(backgrounds))))

    def to(self, device: torch.device | str) -> "SpriteBank":
        """The same bank on another device."""
        return SpriteBank(self.sprites.to(device), self.backgrounds.to(device))


def _stack(images: Iterator[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(list(images))).permute(0, 3, 1, 2).contiguous()
