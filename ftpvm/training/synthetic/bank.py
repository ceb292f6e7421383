# SPDX-License-Identifier: GPL-3.0-or-later
"""The sprites and backgrounds a training run draws from."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .sprite_pack import load_pack
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

    def with_pack(self, path: Path, share: float, held_out: bool = False) -> "SpriteBank":
        """This bank with a share (0 to 1) of its sprites replaced by those of a pack that Blender rendered.

        Where the pack is smaller than that, its sprites come again, mirrored or in other colours. held_out: take the
        sprites that training never sees, for validation. DatasetError where the pack can't be read.
        """
        rendered = load_pack(path, self.sprites.shape[-1], held_out)
        wanted = round(share * len(self.sprites))
        varied = (_vary(rendered[i % len(rendered)], i // len(rendered), i) for i in range(wanted))
        kept = self.sprites[: len(self.sprites) - wanted]
        return replace(self, sprites=torch.cat([kept, _stack(varied)]) if wanted else kept)

    def to(self, device: torch.device | str) -> "SpriteBank":
        """The same bank on another device."""
        return SpriteBank(self.sprites.to(device), self.backgrounds.to(device))


def _vary(rgba: np.ndarray, turn: int, seed: int) -> np.ndarray:
    """A sprite as it is the first time, then mirrored every other time and in another light every time."""
    if turn == 0:
        return rgba
    gains = np.random.default_rng((seed, turn)).uniform(0.6, 1.25, 3)
    lit = np.concatenate([(rgba[..., :3] * gains).clip(0, 255).astype(np.uint8), rgba[..., 3:]], axis=-1)
    return lit[:, ::-1] if turn % 2 else lit


def _stack(images: Iterator[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(list(images))).permute(0, 3, 1, 2).contiguous()
