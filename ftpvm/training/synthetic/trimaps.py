# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from exact alpha, as published: unknown where alpha is soft, widened by a random kernel."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


def trimap_from_alpha(alpha: Tensor, width: int) -> Tensor:
    """Foreground alpha > 0.995, background alpha < 0.005, each eroded by a square kernel.

    Args:
        alpha: (..., 1, h, w) in [0, 1].
        width: odd kernel width in px; 1 leaves the soft zone as it is.

    Returns:
        Same shape: 0 background, 0.5 unknown, 1 foreground.
    """

    def erode(mask: Tensor) -> Tensor:
        grown = F.max_pool2d(1 - mask.flatten(0, -4), width, stride=1, padding=width // 2)
        return 1 - grown.unflatten(0, mask.shape[:-3])

    foreground, background = erode((alpha > 0.995).float()), erode((alpha < 0.005).float())
    return 0.5 + 0.5 * foreground - 0.5 * background


def random_trimaps(g: Generator, alphas: Tensor) -> Tensor:
    """One random kernel a clip, 3 to 31 px at the published 480 px: (b, n, 1, h, w) -> same shape."""
    largest = max(1, round(15 * min(alphas.shape[-2:]) / 480))
    radii = torch.randint(1, largest + 1, (len(alphas),), generator=g).tolist()
    return torch.stack([trimap_from_alpha(a, 2 * r + 1) for a, r in zip(alphas, radii, strict=True)])
