# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses on mattes: L1, Laplacian pyramid, temporal coherence. All are linear inside, so they work on the error."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .mean import weighted_mean

LEVELS = 5


def matte_loss(
    predicted: Tensor, true: Tensor, mask: Tensor | None = None, *, lambda_lap: float = 1, lambda_tc: float = 5
) -> Tensor:
    """L1 + lambda_lap x Laplacian + lambda_tc x coherence.

    With a mask, L1 and coherence are means over the masked pixels; the Laplacian is of the masked error, but a mean
    over the whole frame.

    Args:
        predicted, true: (b, t, 1, h, w) in [0, 1].
        mask: (b, t, 1, h, w), 1 where pixels count.
    """
    error = (predicted - true).float()
    mask = torch.ones_like(error) if mask is None else mask.to(error)
    l1 = weighted_mean(error.abs(), mask)
    return l1 + lambda_lap * laplacian_loss(error * mask) + lambda_tc * coherence_loss(error, mask)


def laplacian_loss(error: Tensor, levels: int = LEVELS) -> Tensor:
    """sum over levels of 2^level mean |L_level(error)| (Hou & Liu, "Context-Aware Image Matting", ICCV 2019, eq. 4).

    L is the Laplacian pyramid of Burt & Adelson 1983; the coarsest blur isn't counted.
    """
    blurred, total = error.flatten(0, 1), error.new_zeros(())
    for level in range(levels):
        smaller = _reduce(blurred)
        detail = blurred - _expand(smaller, blurred.shape[-2:])
        total, blurred = total + 2**level * detail.abs().mean(), smaller
    return total


def coherence_loss(error: Tensor, mask: Tensor) -> Tensor:
    """Mean squared change of the error from frame to frame (Lin et al., "Robust High-Resolution Video Matting", 2022).

    A pair of frames counts where the later one is masked. 0 for single frames.
    """
    return weighted_mean(error.diff(dim=1) ** 2, mask[:, 1:])


def _kernel(like: Tensor) -> Tensor:
    taps = torch.tensor([1.0, 4, 6, 4, 1], device=like.device, dtype=like.dtype) / 16
    return (taps[:, None] * taps)[None, None]


def _reduce(x: Tensor) -> Tensor:
    """(n, 1, h, w) -> (n, 1, ceil(h / 2), ceil(w / 2)), blurred; borders repeat."""
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), _kernel(x), stride=2)


def _expand(x: Tensor, size: torch.Size) -> Tensor:
    """The inverse of `_reduce` in size: zeros between the pixels, blurred; borders repeat."""
    even = [1 - n % 2 for n in size]
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    return F.conv_transpose2d(padded, 4 * _kernel(x), stride=2, padding=4, output_padding=even)
