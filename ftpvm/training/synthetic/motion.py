# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth bounded motion: where a layer is at any time, as sampling grids.

Positions are in units of half the frame's height, y down, origin in the middle; time is in frames.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor


def uniform(g: Generator, low: float, high: float, *shape: int) -> Tensor:
    """Evenly distributed numbers."""
    return low + (high - low) * torch.rand(*shape, generator=g)


def log_uniform(g: Generator, low: float, high: float, *shape: int) -> Tensor:
    """Numbers whose logarithm is evenly distributed."""
    return torch.exp(uniform(g, math.log(low), math.log(high), *shape))


def chance(g: Generator, probability: float, *shape: int) -> Tensor:
    """1.0 with a probability, else 0.0."""
    return (torch.rand(*shape, generator=g) < probability).float()


@dataclass(frozen=True)
class Sway:
    """base + amplitude * (sin(rate * time + phase) - sin(phase)): starts at base, stays bounded. All (b, c)."""

    base: Tensor
    amplitude: Tensor
    rate: Tensor
    phase: Tensor

    def at(self, times: Tensor) -> Tensor:
        """(b, n) -> (b, n, c)."""
        wave = torch.sin(times[..., None] * self.rate[:, None] + self.phase[:, None]) - torch.sin(self.phase)[:, None]
        return self.base[:, None] + self.amplitude[:, None] * wave


def sway(g: Generator, base: Tensor, amplitude: Tensor | float, rate: tuple[float, float]) -> Sway:
    """A random sway around `base` (b, c)."""
    shape = base.shape
    return Sway(base, amplitude * torch.ones(shape), log_uniform(g, *rate, *shape), uniform(g, 0, 6.2832, *shape))


@dataclass(frozen=True)
class Trajectory:
    """Centre (2), log of the half extent (1), rotation (1) and a bending wave (4) of a layer over time."""

    centre: Sway
    log_scale: Sway
    rotation: Sway
    bend: Sway

    def grid(self, times: Tensor, height: int, width: int) -> Tensor:
        """Sampling grids into the layer: times (b, n) -> (b, n, height, width, 2), the layer spanning [-1, 1]."""
        aspect = width / height
        y, x = torch.meshgrid(
            (torch.arange(height) + 0.5) / height * 2 - 1, ((torch.arange(width) + 0.5) / width * 2 - 1) * aspect,
            indexing="ij",
        )  # fmt: skip
        points = torch.stack([x, y], dim=-1).to(times.device)
        moved = points - self.centre.at(times)[:, :, None, None]
        angle = self.rotation.at(times)[:, :, None, None, 0]
        cos, sin = torch.cos(angle), torch.sin(angle)
        turned = torch.stack([cos * moved[..., 0] + sin * moved[..., 1], cos * moved[..., 1] - sin * moved[..., 0]], -1)
        local = turned / torch.exp(self.log_scale.at(times))[:, :, None, None]
        # A travelling wave across the other axis bends the layer without folding it.
        wave = self.bend.at(times)[:, :, None, None]
        return local + torch.stack(
            [wave[..., 0] * torch.sin(2.2 * local[..., 1] + 9 * wave[..., 2]),
             wave[..., 1] * torch.sin(2.2 * local[..., 0] + 9 * wave[..., 3])], dim=-1,
        )  # fmt: skip

    def select(self, clips: Tensor) -> "Trajectory":
        """Only some of the clips, by index."""
        return self._map(lambda x: x[clips])

    def to(self, device: torch.device | str) -> "Trajectory":
        """The same trajectory on another device."""
        return self._map(lambda x: x.to(device))

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Trajectory":
        parts = (self.centre, self.log_scale, self.rotation, self.bend)
        return Trajectory(*(Sway(*map(change, (s.base, s.amplitude, s.rate, s.phase))) for s in parts))


def object_motion(g: Generator, clips: int, aspect: float, scale: tuple[float, float]) -> Trajectory:
    """An object that roams the frame, turns, grows and bends; `scale` is its half extent's range."""
    liveliness = log_uniform(g, 0.05, 1, clips, 1)
    reach = torch.tensor([aspect, 1.0])
    centre = uniform(g, -0.55, 0.55, clips, 2) * reach
    return Trajectory(
        sway(g, centre, 0.45 * liveliness * reach, (0.02, 0.35)),
        sway(g, torch.log(log_uniform(g, *scale, clips, 1)), 0.2 * liveliness, (0.02, 0.25)),
        sway(g, uniform(g, -0.5, 0.5, clips, 1), 0.45 * liveliness, (0.02, 0.3)),
        sway(g, uniform(g, -0.06, 0.06, clips, 4), 0.12 * liveliness, (0.05, 0.5)),
    )


def camera_motion(g: Generator, clips: int) -> Trajectory:
    """A background larger than the frame, drifting; it is sampled with mirrored borders, so it has no end."""
    liveliness = log_uniform(g, 0.01, 0.6, clips, 1)
    return Trajectory(
        sway(g, uniform(g, -1, 1, clips, 2), 0.4 * liveliness, (0.02, 0.2)),
        sway(g, torch.log(log_uniform(g, 1.2, 3.0, clips, 1)), 0.1 * liveliness, (0.02, 0.2)),
        sway(g, uniform(g, -0.4, 0.4, clips, 1), 0.15 * liveliness, (0.02, 0.2)),
        sway(g, torch.zeros(clips, 4), 0.0, (0.05, 0.1)),
    )
