# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimap fusion: turns a memory frame's features and its trimap into the memory value, without a second encoder."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import halve


class GatedConv(nn.Module):
    """3x3 convolution whose one half is gated by the other."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels * 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        content, gate = self.conv(x).chunk(2, dim=1)
        return F.leaky_relu(content, 0.1) * torch.sigmoid(gate)


def _level(in_channels: int, out_channels: int, is_last: bool) -> nn.Sequential:
    return nn.Sequential(
        GatedConv(in_channels, out_channels),
        nn.GroupNorm(4, out_channels),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.GroupNorm(4, out_channels),
        nn.Identity() if is_last else nn.AvgPool2d(2, 2),
    )


class TrimapFusion(nn.Module):
    """Fuse (features, trimap) from fine to coarse; the coarsest map is the memory value."""

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        fused = [0, *channels[:-1]]
        self.gated_convs = nn.ModuleList(
            _level(fused[i] + c + 1, c, is_last=i == len(channels) - 1) for i, c in enumerate(channels)
        )

    def forward(self, features: list[Tensor], trimap: Tensor) -> Tensor:
        """Maps (n, c_i, h / 2^(i+1), ...) and a trimap (n, 1, h, w) -> value (n, c_3, h / 16, w / 16)."""
        inputs: list[Tensor] = []
        for level, feature in zip(self.gated_convs, features, strict=True):
            trimap = halve(trimap)
            inputs = [level(torch.cat([*inputs, feature, trimap], dim=1))]
        return inputs[0]
