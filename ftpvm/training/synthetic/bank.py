# SPDX-License-Identifier: GPL-3.0-or-later
"""The sprites and backgrounds a training run draws from."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .layers import premultiplied
from .sprite_pack import load_pack, resize_sprite
from .sprites import draw_sprite
from .textures import background

PACK_SHARE = 0.5  # of the objects, where there is a pack of rendered ones
CLUTTER_SHARE = 0.6  # of the backgrounds


@dataclass(frozen=True)
class SpriteBank:
    """sprites (n, 4, s, s) uint8 straight RGBA; backgrounds (k, 3, s, s) uint8; acts, of things that move.

    An act is (frames, 4, any s, s), from one end of a movement to the other; kinds says of each what it is.
    """

    sprites: Tensor
    backgrounds: Tensor
    acts: tuple[Tensor, ...] = ()
    kinds: tuple[str, ...] = ()

    @classmethod
    def draw(cls, seed: int, sprites: int = 400, backgrounds: int = 200, size: int = 320) -> "SpriteBank":
        """Draw a bank; the same seed gives the same bank."""

        def sprite(i: int) -> np.ndarray:
            return draw_sprite(np.random.default_rng((seed, 0, i)), size)

        def scene(i: int) -> np.ndarray:
            return (background(np.random.default_rng((seed, 1, i)), size) * 255).astype(np.uint8)

        with ThreadPoolExecutor(2) as pool:
            return cls(_stack(pool.map(sprite, range(sprites))), _stack(pool.map(scene, range(backgrounds))))

    def with_packs(self, paths: Sequence[Path], share: float = PACK_SHARE, held_out: bool = False) -> "SpriteBank":
        """This bank with a share (0 to 1) of its sprites replaced by those of packs that Blender rendered.

        Where they are fewer than that they come again, mirrored or in other colours. What moves in the packs is added.
        held_out: take what training never sees, for validation. DatasetError where a pack can't be read.
        """
        found = [sprite for path in paths for sprite in load_pack(path, held_out)]
        stills = [self._fitted(sprite.frames[0]) for sprite in found if len(sprite.frames) == 1]
        moving = [sprite for sprite in found if len(sprite.frames) > 1]
        wanted = round(share * len(self.sprites)) if stills else 0
        varied = (_vary(stills[i % len(stills)], i // len(stills), i) for i in range(wanted))
        kept = self.sprites[: len(self.sprites) - wanted]
        return replace(
            self,
            sprites=torch.cat([kept, _stack(varied)]) if wanted else kept,
            acts=(*self.acts, *(_stack(sprite.frames) for sprite in moving)),
            kinds=(*self.kinds, *(sprite.kind for sprite in moving)),
        )

    def _fitted(self, rgba: np.ndarray) -> np.ndarray:
        size = self.sprites.shape[-1]
        return rgba if rgba.shape[:2] == (size, size) else resize_sprite(rgba.astype(np.float32) / 255, size)

    def cluttered(self, seed: int, share: float = CLUTTER_SHARE) -> "SpriteBank":
        """This bank with things standing about on a share (0 to 1) of its backgrounds, the far ones behind the near.

        Where nothing but the wanted object looked like a thing, nobody would need the memory to tell which it is.
        Clothes and patterns are cut from backgrounds too, things and all.
        """
        rng = np.random.default_rng((seed, 2))
        chosen = round(share * len(self.backgrounds))
        scenes = [_furnish(rng, scene, self.sprites) for scene in self.backgrounds[:chosen]]
        return replace(self, backgrounds=torch.stack([*scenes, *self.backgrounds[chosen:]]))

    def to(self, device: torch.device | str) -> "SpriteBank":
        """The same bank on another device."""
        acts = tuple(frames.to(device) for frames in self.acts)
        return replace(self, sprites=self.sprites.to(device), backgrounds=self.backgrounds.to(device), acts=acts)


def _furnish(rng: np.random.Generator, scene: Tensor, sprites: Tensor) -> Tensor:
    """(3, s, s) uint8 -> the same with 3 to 16 of the sprites on it, in the light of their places."""
    extent = scene.shape[-1]
    padded = F.pad(scene.float() / 255, (extent,) * 4)
    sizes = np.sort(extent * np.exp(rng.uniform(np.log(0.1), np.log(0.6), int(rng.integers(3, 17)))))
    for size in sizes.astype(int).clip(4):
        sprite = premultiplied(sprites[rng.integers(len(sprites))])
        sprite = F.interpolate(sprite[None], (size, size), mode="area")[0]
        top, left = (int(extent + rng.uniform(-0.5 * size, extent - 0.5 * size)) for _ in range(2))
        place = padded[:, top : top + size, left : left + size]
        place.mul_(1 - sprite[3:]).add_(sprite[:3] * float(rng.uniform(0.4, 1)))
    return (padded[:, extent : 2 * extent, extent : 2 * extent] * 255).round().clamp(0, 255).to(torch.uint8)


def _vary(rgba: np.ndarray, turn: int, seed: int) -> np.ndarray:
    """A sprite as it is the first time, then mirrored every other time and in another light every time."""
    if turn == 0:
        return rgba
    gains = np.random.default_rng((seed, turn)).uniform(0.6, 1.25, 3)
    lit = np.concatenate([(rgba[..., :3] * gains).clip(0, 255).astype(np.uint8), rgba[..., 3:]], axis=-1)
    return lit[:, ::-1] if turn % 2 else lit


def _stack(images: Iterable[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(list(images))).permute(0, 3, 1, 2).contiguous()
