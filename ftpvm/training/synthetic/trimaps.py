# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from exact alpha: as published (unknown where alpha is soft, widened by a kernel) and as artists draw."""

import math
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor


def trimap_from_alpha(alpha: Tensor, width: int) -> Tensor:
    """Foreground alpha > 0.995, background alpha < 0.005, each eroded by a disc.

    Args:
        alpha: (..., 1, h, w) in [0, 1].
        width: odd kernel width in px; 1 leaves the soft zone as it is.

    Returns:
        Same shape: 0 background, 0.5 unknown, 1 foreground.
    """
    return _trimap(_erode(alpha > 0.995, width), _erode(alpha < 0.005, width))


def _erode(mask: Tensor, width: int) -> Tensor:
    """(..., h, w) bool by a disc, as `ftpvm.trimaps` does it on the CPU; what is outside the frame erodes nothing."""
    radius, (height, across) = width // 2, mask.shape[-2:]
    padded, kept = F.pad(mask, (radius,) * 4, value=True), mask
    for off in range(radius + 1):
        half = math.isqrt(radius**2 - off**2)
        rows = _all_of(padded, 2 * half + 1)[..., radius - half : radius - half + across]
        for top in (radius - off, radius + off):
            kept = kept & rows[..., top : top + height, :]
    return kept


def _all_of(mask: Tensor, length: int) -> Tensor:
    """Where all of `length` pixels in a row are in the mask: (..., w) -> (..., w - length + 1)."""
    reach = 1
    while reach < length:  # doubling: a pooling layer takes ten times as long on the CPU
        step = min(reach, length - reach)
        mask = mask[..., :-step] & mask[..., step:]
        reach += step
    return mask


def _trimap(foreground: Tensor, background: Tensor) -> Tensor:
    """Masks -> a trimap; where both claim a pixel it is unknown."""
    return 0.5 + 0.5 * foreground.float() - 0.5 * background.float()


def drawn_trimap(rng: Random, alpha: Tensor, width: int) -> Tensor:
    """A keyframe's trimap: as published half of the time, else what an artist might hand over. (n, 1, h, w) -> same."""
    style = rng.choices((None, _uneven, _polygons, _banded_mask, _mistaken), (0.5, 0.16, 0.14, 0.1, 0.1))[0]
    return style(rng, alpha, width) if style else trimap_from_alpha(alpha, width)


def _uneven(rng: Random, alpha: Tensor, width: int) -> Tensor:
    """A band that is narrow here and two to four times as wide there."""
    wide = 2 * round(width * rng.uniform(1, 2)) + 1
    noise = torch.tensor([rng.random() for _ in range(16)]).view(1, 1, 4, 4)
    here = F.interpolate(noise, alpha.shape[-2:], mode="bilinear", align_corners=False).to(alpha.device) > 0.5
    return torch.where(here, trimap_from_alpha(alpha, width), trimap_from_alpha(alpha, wide))


def _polygons(rng: Random, alpha: Tensor, width: int) -> Tensor:
    """Outlines of straight pieces some band widths long: contours of a coarse picture of the masks."""
    size = [max(4, round(length / (1.2 * width + 2))) for length in alpha.shape[-2:]]

    def outline(mask: Tensor) -> Tensor:
        coarse = F.interpolate(_erode(mask, width).float(), size, mode="area")
        return F.interpolate(coarse, alpha.shape[-2:], mode="bilinear", align_corners=False) > 0.6

    return _trimap(outline(alpha > 0.995), outline(alpha < 0.005))


def _banded_mask(rng: Random, alpha: Tensor, width: int) -> Tensor:
    """A hard mask with a band of one width: what is soft beyond the band is called wrong. None of a veil or smoke."""
    if (alpha > 0.995).sum() < 0.5 * (alpha > 0.005).sum():
        return trimap_from_alpha(alpha, width)
    return _trimap(_erode(alpha > 0.5, width), _erode(alpha <= 0.5, width))


def _mistaken(rng: Random, alpha: Tensor, width: int) -> Tensor:
    """Shifted by up to three quarters of the band, with a dab of unknown where there should be none."""
    reach, (height, width_px) = 3 * width // 4, alpha.shape[-2:]
    top, left = (rng.randint(0, 2 * reach) for _ in range(2))
    around = F.pad(trimap_from_alpha(alpha, width), (reach,) * 4, mode="replicate")
    trimap = around[..., top : top + height, left : left + width_px]
    x = torch.arange(width_px, device=alpha.device) - rng.uniform(0, width_px)
    y = torch.arange(height, device=alpha.device)[:, None] - rng.uniform(0, height)
    dab = (torch.hypot(x, y) < rng.uniform(0.5, 2) * width) & (alpha.amax() > 0)
    return torch.where(dab, 0.5, trimap)
