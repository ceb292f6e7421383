# SPDX-License-Identifier: GPL-3.0-or-later
"""A short clip from one picture: it moves, turns, grows and bends smoothly, and its colours shift."""

import torch
import torch.nn.functional as F
from torch import Tensor

FRAMES = 3
SPREAD = 0.15  # standard deviation of log size, of the angle in radians and of shifts in half frames
BEND = 0.03  # of a bend in half frames, at GRID points
GRID = (5, 8)
GAIN = 0.1  # of each colour channel's log gain
SURE = 0.1  # a warped trimap is unknown but for so much of a class beside it


def warped_clip(image: Tensor, trimap: Tensor, matte: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """On the CPU: (3, h, w) in [0, 1], (1, h, w) and (1, h, w) -> `FRAMES` frames of each, (t, 3, h, w) and so on.

    What comes in over the frame's edge is its mirror image. Trimaps hold 0, 0.5 and 1 again.
    """
    height, width = image.shape[-2:]
    size = [FRAMES, 3, height, width]
    at = torch.linspace(0, 1, FRAMES)[:, None, None]
    first, last = (_affine(chance, height / width) for _ in range(2))
    bends = BEND * torch.randn(2, 2, *GRID, generator=chance)
    bend = (1 - at[..., None]) * bends[:1] + at[..., None] * bends[1:]
    bend = F.interpolate(bend, (height, width), mode="bicubic").permute(0, 2, 3, 1)
    grid = F.affine_grid((1 - at) * first + at * last, size, align_corners=False) + bend
    gain = (GAIN * torch.randn(3, 1, 1, generator=chance)).exp()

    together = torch.cat([image * gain, trimap, matte])[None].expand(FRAMES, -1, -1, -1)
    images, trimaps, mattes = F.grid_sample(
        together, grid, padding_mode="reflection", align_corners=False
    ).clamp(0, 1).split([3, 1, 1], 1)  # fmt: skip
    return images, ((trimaps > SURE).float() + (trimaps > 1 - SURE).float()) / 2, mattes


def _affine(chance: torch.Generator, aspect: float) -> Tensor:
    """(2, 3) for `affine_grid`; aspect is height by width."""
    size, angle, x, y = SPREAD * torch.randn(4, generator=chance)
    cos, sin = size.exp() * angle.cos(), size.exp() * angle.sin()
    return torch.stack([torch.stack([cos, -sin * aspect, x]), torch.stack([sin / aspect, cos, y])])
