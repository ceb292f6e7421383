# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of what the network does to a clip, as one picture."""

import torch
from torch import Tensor

from ftpvm.model.merging import BACKGROUND, FOREGROUND
from ftpvm.model.network import is_matting

from .clip import Clip

FRAMES = 4


def sample_picture(clip: Clip, outputs: list[Tensor]) -> Tensor:
    """(3, H, W) in [0, 1], on the CPU. A column a frame of the batch's first clip: the first memory, then query frames.

    Rows: the image, its trimap, its alpha; what the network made of it: trimap, boundary matte and full matte.
    """
    query, alpha, trimap = (x[0, :FRAMES] for x in clip.query())
    rows = [query, *(_as_rgb(x) for x in (trimap, alpha, _trimap(outputs[0][0, :FRAMES])))]
    if is_matting(outputs):
        rows += [_as_rgb(x[0, :FRAMES]) for x in outputs[1:3]]
    right = torch.cat([_side_by_side(row) for row in rows], dim=1)
    memory, memory_trimap = (x[0, 0] for x in clip.memory())
    left = torch.zeros_like(right[:, :, : memory.shape[-1]])
    height = memory.shape[-2]
    left[:, :height], left[:, height : 2 * height] = memory, memory_trimap
    return torch.cat([left, right], dim=2).float().clamp(0, 1).cpu()


def _trimap(logits: Tensor) -> Tensor:
    """(n, 3, h, w) -> (n, 1, h, w)."""
    classes = logits.argmax(1, keepdim=True)
    return 0.5 + 0.5 * (classes == FOREGROUND).float() - 0.5 * (classes == BACKGROUND).float()


def _as_rgb(x: Tensor) -> Tensor:
    return x.detach().float().expand(-1, 3, -1, -1)


def _side_by_side(frames: Tensor) -> Tensor:
    """(n, 3, h, w) -> (3, h, n * w)."""
    return torch.cat(list(frames), dim=2)
