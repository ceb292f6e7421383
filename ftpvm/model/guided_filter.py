# SPDX-License-Identifier: GPL-3.0-or-later
"""Fast guided filter (He & Sun 2015, arXiv:1505.00996): brings a small matte to the size of its image."""

import torch
import torch.nn.functional as F
from torch import Tensor


def fast_guided_filter(
    small_guide: Tensor, small_matte: Tensor, guide: Tensor, radius: int = 1, eps: float = 1e-5
) -> Tensor:
    """Linear model matte = a * guide + b, fitted in small windows, its coefficients enlarged bilinearly.

    Computed in float32 whatever the inputs are: with this eps the variances are worth no less.

    Args:
        small_guide: (n, 1, h, w), small_matte: (n, 1, h, w).
        guide: (n, 1, H, W), showing exactly the field of view of the small one.

    Returns:
        float32 (n, 1, H, W), not clamped.
    """
    small_guide, small_matte, guide = small_guide.float(), small_matte.float(), guide.float()
    mean_guide, mean_matte = _box(small_guide, radius), _box(small_matte, radius)
    covariance = _box(small_guide * small_matte, radius) - mean_guide * mean_matte
    variance = _box(small_guide * small_guide, radius) - mean_guide * mean_guide
    a = covariance / (variance + eps)
    b = mean_matte - a * mean_guide
    a, b = (F.interpolate(x, guide.shape[2:], mode="bilinear", align_corners=False) for x in (a, b))
    return a * guide + b


def _box(x: Tensor, radius: int) -> Tensor:
    """Mean over a square window, zeros around the frame: rows first, then columns.

    The rounding is part of the result: eps enlarges it to 3e-4 where the guide is flat, so the published network is
    matched only with its order of operations. Plain additions keep to it (and to float32) on every device.
    """
    size = 2 * radius + 1
    for dim, border in ((3, (radius, radius)), (2, (0, 0, radius, radius))):
        first, *others = F.pad(x, border).unfold(dim, size, 1).unbind(-1)
        x = first * (1 / size)
        for tap in others:
            x = torch.add(x, tap, alpha=1 / size)
    return x
