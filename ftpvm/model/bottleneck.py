# SPDX-License-Identifier: GPL-3.0-or-later
"""The bottleneck: memory read, fusion with the query's features by CBAM attention, and pyramid pooling."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Projection, ResBlock, join, per_frame
from .memory import read_memory


class ChannelGate(nn.Module):
    """CBAM's channel gate (Woo et al. 2018, eq. 2): one shared MLP on the average and the maximum."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = channels // reduction
        self.mlp = nn.Sequential(nn.Flatten(), nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3))))
        return x * gate[:, :, None, None]


class SpatialGate(nn.Module):
    """CBAM's spatial gate (Woo et al. 2018, eq. 3): a 7x7 convolution on the channels' maximum and average."""

    def __init__(self) -> None:
        super().__init__()
        self.spatial = Spatial()

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], dim=1)
        return x * torch.sigmoid(self.spatial.conv(pooled))


class Spatial(nn.Module):
    """Holds the gate's convolution under the published name."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3)


class CBAM(nn.Module):
    """Channel gate, then spatial gate."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ChannelGate = ChannelGate(channels)
        self.SpatialGate = SpatialGate()

    def forward(self, x: Tensor) -> Tensor:
        gated: Tensor = self.SpatialGate(self.ChannelGate(x))
        return gated


class Fuse(nn.Module):
    """Residual block and attention over the concatenated query feature and memory read."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = ResBlock(in_channels, out_channels)
        self.attention = CBAM(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block(x)
        attended: Tensor = self.attention(x)
        return x + attended


class PyramidPooling(nn.Module):
    """PSP module (Zhao et al. 2017) with bins 1, 2, 4 and 8."""

    def __init__(self, channels: int, bins: tuple[int, ...] = (1, 2, 4, 8)) -> None:
        super().__init__()
        width = channels // len(bins)
        self.stages = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(n), nn.Conv2d(channels, width, 1, bias=False)) for n in bins
        )
        self.bottleneck = nn.Conv2d(channels * 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[2:]
        levels = [F.interpolate(stage(x), size, mode="bilinear", align_corners=True) for stage in self.stages]
        return F.relu(self.bottleneck(torch.cat([*levels, x], dim=1)))


class Bottleneck(nn.Module):
    """Query features at stride 16 + what the memory says there -> 128 channels for the decoders."""

    def __init__(self, channels: int, key_channels: int = 32, out_channels: int = 128) -> None:
        super().__init__()
        self.project_key = Projection(channels, key_channels)
        self.fuse = Fuse(channels * 2, out_channels)
        self.bottleneck = PyramidPooling(out_channels)

    def forward(self, query: Tensor, memory_key: Tensor, memory_value: Tensor) -> Tensor:
        """query (b, t, c, h, w), memory key (b, m, c, h, w), memory value (b, c, m, h, w) -> (b, t, 128, h, w)."""
        read = read_memory(self.project_key(query), self.project_key(memory_key), memory_value.transpose(1, 2))
        fused = per_frame(self.fuse, join(query, read))
        return per_frame(self.bottleneck, fused)
