# SPDX-License-Identifier: GPL-3.0-or-later
"""The two decoders: the trimap decoder up to stride 4, and the matting decoder from stride 4 to full size.

Every map is a clip (b, t, c, h, w). A recurrent memory is a list of two ConvGRU states, None before the first frame.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import ConvGRU, HalfGRU, ResBlock, enlarge, join, per_frame

State = list[Tensor | None]


def _enlarge(clip: Tensor, factor: int = 2) -> Tensor:
    return per_frame(lambda x: enlarge(x, factor), clip)


class BottleneckGRU(HalfGRU):
    """The recurrent unit on the bottleneck."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gru = ConvGRU(channels // 2)

    def forward(self, clip: Tensor, h: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.remember(clip, h)


class RecurrentUp(HalfGRU):
    """x2 enlargement, concatenation with finer maps, convolution with BatchNorm, recurrent unit."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
        )
        self.gru = ConvGRU(out_channels // 2)

    def forward(self, clip: Tensor, finer: list[Tensor], h: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.remember(per_frame(self.conv, join(_enlarge(clip), *finer)), h)


class ResidualUp(nn.Module):
    """x2 enlargement, concatenation with finer maps, residual block."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.out_conv = ResBlock(in_channels, out_channels)

    def forward(self, clip: Tensor, finer: list[Tensor]) -> Tensor:
        return per_frame(self.out_conv, join(_enlarge(clip), *finer))


class TrimapDecoder(nn.Module):
    """Bottleneck -> features of the trimap at stride 4 (16 channels), with the maps the matting decoder wants."""

    def __init__(self, feature_s8: int, bottleneck: int = 128) -> None:
        super().__init__()
        self.decode4 = BottleneckGRU(bottleneck)
        self.decode3 = RecurrentUp(bottleneck + feature_s8 + 3, 96)
        self.decode2 = ResidualUp(96 + 3, 48)
        self.out = ResBlock(48, 16)

    def forward(
        self, bottleneck: Tensor, feature_s8: Tensor, image_s8: Tensor, image_s4: Tensor, state: State
    ) -> tuple[Tensor, Tensor, Tensor, State]:
        """-> trimap features (16 ch, stride 4), stride-16 map (128 ch), stride-4 map (48 ch), new state."""
        s16, h4 = self.decode4(bottleneck, state[0])
        s8, h3 = self.decode3(s16, [feature_s8, image_s8], state[1])
        s4 = self.decode2(s8, [image_s4])
        return per_frame(self.out, s4), s16, s4, [h4, h3]


class MattingDecoder(nn.Module):
    """Trimap decoder's maps, encoder features and the image -> features of the boundary matte (8 channels)."""

    def __init__(self, feature_s2: int, feature_s4: int) -> None:
        super().__init__()
        self.gated_s16 = nn.Sequential(nn.Conv2d(128, 32, 1), nn.ReLU(), nn.BatchNorm2d(32))
        self.gated_s4 = nn.Sequential(nn.Conv2d(48, 32, 1), nn.ReLU(), nn.BatchNorm2d(32))
        self.decode0 = ResBlock(32 + 32 + 3, 64)
        self.decode0_1 = ResBlock(feature_s4 + 64, 64)
        self.decode1 = RecurrentUp(64 + feature_s2 + 3, 32)
        self.decode2 = RecurrentUp(32 + 3, 16)
        self.out = ResBlock(16, 8)

    def forward(
        self, s16: Tensor, s4: Tensor, features: list[Tensor], images: list[Tensor], state: State
    ) -> tuple[Tensor, State]:
        """features and images from fine to coarse: strides (2, 4) and (1, 2, 4)."""
        coarse = per_frame(lambda x: F.interpolate(self.gated_s16(x), scale_factor=4, mode="nearest"), s16)
        x = per_frame(self.decode0, join(per_frame(self.gated_s4, s4), coarse, images[2]))
        x = per_frame(self.decode0_1, join(features[1], x))
        x, h1 = self.decode1(x, [features[0], images[1]], state[0])
        x, h0 = self.decode2(x, [images[0]], state[1])
        return per_frame(self.out, x), [h1, h0]
