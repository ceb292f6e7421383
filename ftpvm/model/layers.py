# SPDX-License-Identifier: GPL-3.0-or-later
"""Small layers that several parts of the network share.

Two shapes go through the network: single maps (b, c, h, w) and clips (b, t, c, h, w). `per_frame` bridges them.
Parameter names follow the published checkpoint, which is why a lone convolution sits in a `conv` attribute.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def per_frame(layer: Callable[[Tensor], Tensor], clip: Tensor) -> Tensor:
    """Apply a single-map layer to every frame: (b, t, c, h, w) -> (b, t, c', h', w')."""
    return as_clip(layer(clip.flatten(0, 1)), clip)


def as_clip(frames: Tensor, like: Tensor) -> Tensor:
    """(b * t, c, h, w) -> (b, t, c, h, w), with b and t of `like`."""
    return frames.view(*like.shape[:2], *frames.shape[1:])


def channels_last(x: Tensor) -> Tensor:
    """The same (n, c, h, w) with the channels side by side in memory, as convolutions want them."""
    return x.contiguous(memory_format=torch.channels_last)


def join(*clips: Tensor) -> Tensor:
    """Concatenate the channels of clips, in the first one's type; channels-last where all are.

    Frame by frame: with 5 dimensions torch doesn't know channels-last memory and would move everything twice.
    """
    frames = [clip.flatten(0, 1).to(clips[0].dtype) for clip in clips]
    for x in frames:
        if x.requires_grad and x.is_cpu and not torch.compiler.is_compiling():
            # Else a slice of the whole's gradient, which the CPU's enlargements take ten times as long for.
            x.register_hook(channels_last)
    return as_clip(torch.cat(frames, dim=1), clips[0])


def enlarge(x: Tensor, factor: int) -> Tensor:
    """Bilinear enlargement of (n, c, h, w) by a whole factor."""
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def halve(x: Tensor) -> Tensor:
    """2x2 average pool that keeps an odd last row or column and doesn't count padding."""
    return F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False)


class Projection(nn.Module):
    """1x1 convolution of every frame of a clip."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return per_frame(self.conv, x)


class ResBlock(nn.Module):
    """Pre-activation residual block; the skip is a 3x3 convolution where the channels change."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.skip = nn.Identity() if in_channels == out_channels else nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        residual: Tensor = self.conv2(F.relu(self.conv1(F.relu(x))))
        skip: Tensor = self.skip(x)
        return residual + skip


class ConvGRU(nn.Module):
    """Convolutional GRU as in RobustVideoMatting: one 3x3 convolution for both gates, one for the candidate."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ih = nn.Sequential(nn.Conv2d(channels * 2, channels * 2, 3, padding=1), nn.Sigmoid())
        self.hh = nn.Sequential(nn.Conv2d(channels * 2, channels, 3, padding=1), nn.Tanh())

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """One frame: input and state (b, c, h, w) -> new state."""
        r, z = self.ih(torch.cat([x, h], dim=1)).chunk(2, dim=1)
        c = self.hh(torch.cat([x, r * h], dim=1))
        updated: Tensor = (1 - z) * h + z * c
        return updated

    def forward(self, clip: Tensor, h: Tensor | None) -> tuple[Tensor, Tensor]:
        """(b, t, c, h, w) and a state or None (zeros) -> every state as a clip, and the last one."""
        h = torch.zeros_like(clip[:, 0]) if h is None else h
        states = []
        for x in clip.unbind(1):
            h = self.step(x, h)
            states.append(h)
        # Stacked with the channels last, where the convolution has left them.
        return torch.stack([h.movedim(1, -1) for h in states], dim=1).movedim(-1, 2), h


class HalfGRU(nn.Module):
    """ConvGRU over the second half of the channels; the first half passes by. Subclasses own `gru`."""

    gru: ConvGRU

    def remember(self, clip: Tensor, h: Tensor | None) -> tuple[Tensor, Tensor]:
        fresh, recurrent = clip.chunk(2, dim=2)
        recurrent, h = self.gru(recurrent, h)
        return join(fresh, recurrent), h
