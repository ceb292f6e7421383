# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth motion: where the camera and the layers are at any time, and how a layer bends.

Positions are in units of half the frame's height, x right, y down, origin in the middle; time is in frames, angles in
radians. Homogeneous 3x3 matrices map columns (x, y, 1). All of it is small and lives on the CPU.
"""

import math
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor


def log_uniform(rng: Random, low: float, high: float) -> float:
    """A number whose logarithm is evenly distributed."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


@dataclass(frozen=True)
class Sway:
    """base + amplitude * (sin(rate * time + phase) - sin(phase)): at base at time 0, bounded ever after."""

    base: float
    amplitude: float = 0.0
    rate: float = 0.0
    phase: float = 0.0

    def at(self, times: Tensor) -> Tensor:
        """(n) -> (n)."""
        return self.base + self.amplitude * (torch.sin(self.rate * times + self.phase) - math.sin(self.phase))


AT_REST = Sway(0)


def sway(rng: Random, base: float, amplitude: float, slow: float = 0.03, fast: float = 0.3) -> Sway:
    """A sway around `base` at a random rate and phase."""
    return Sway(base, amplitude, log_uniform(rng, slow, fast), rng.uniform(0, math.tau))


def to_and_fro(rng: Random, last: float) -> Sway:
    """Between 0 and `last`, ends included, at a random rate from a random place."""
    phase = rng.uniform(0, math.tau)
    return Sway(last / 2 * (1 + math.sin(phase)), last / 2, log_uniform(rng, 0.08, 0.4), phase)


@dataclass(frozen=True)
class Excursion:
    """Out of the frame by (x, y) for some of each period: leaving, returning, appearing late."""

    x: float
    y: float
    rate: float
    phase: float

    def at(self, times: Tensor) -> Tensor:
        """(n) -> (n, 2)."""
        away = torch.sigmoid(7 * (torch.sin(self.rate * times + self.phase) - 0.6))
        return away[:, None] * torch.tensor([self.x, self.y])


@dataclass(frozen=True)
class Path:
    """An affine motion. Its centre stays within `reach`, however far x and y sway, but for an excursion."""

    x: Sway
    y: Sway
    log_scale: Sway
    rotation: Sway
    stretch: Sway = AT_REST
    shear: Sway = AT_REST
    reach: tuple[float, float] = (1.0, 1.0)
    excursion: Excursion | None = None

    def roaming(self, times: Tensor) -> Tensor:
        """(n) -> (n, 2): where the centre is, excursions aside."""
        return torch.tanh(torch.stack([self.x.at(times), self.y.at(times)], 1)) * torch.tensor(self.reach)

    def matrices(self, times: Tensor) -> Tensor:
        """(n) -> (n, 3, 3): from the layer's own [-1, 1] square to the world."""
        centre = self.roaming(times) + (self.excursion.at(times) if self.excursion else 0)
        scale, stretch = torch.exp(self.log_scale.at(times)), self.stretch.at(times)
        shape = affine(scale * torch.exp(stretch), scale * self.shear.at(times), scale * torch.exp(-stretch), centre)
        return shape @ rotation(self.rotation.at(times))


@dataclass(frozen=True)
class Camera:
    """Pans, zooms, rolls and shakes; may keep an object in the frame by following its path."""

    pan: tuple[Sway, Sway]
    shake: tuple[Sway, Sway]
    zoom: Sway
    roll: Sway
    followed: Path | None

    def matrices(self, times: Tensor, nearness: float) -> Tensor:
        """(n) -> (n, 3, 3): from the world to the frame; the farther a layer, the less it moves (parallax)."""
        pan = torch.stack([p.at(times) + s.at(times) for p, s in zip(self.pan, self.shake, strict=True)], 1)
        if self.followed:
            pan = pan + self.followed.roaming(times) - self.followed.roaming(torch.zeros(1))
        zoom = torch.exp(self.zoom.at(times) * nearness)
        return rotation(self.roll.at(times)) @ affine(zoom, 0 * zoom, zoom, -pan * nearness * zoom[:, None])


@dataclass(frozen=True)
class Wave:
    """Bends a layer: points move across `direction` by a wave that travels along it."""

    direction: float
    frequency: float
    amplitude: Sway
    phase: Sway

    def bend(self, points: Tensor, times: Tensor) -> Tensor:
        """(n, 2, h, w) -> same shape."""
        along = torch.tensor([math.cos(self.direction), math.sin(self.direction)])[:, None, None]
        across = torch.stack([-along[1], along[0]])
        phase, amplitude = (s.at(times)[:, None, None, None] for s in (self.phase, self.amplitude))
        return points + across * amplitude * torch.sin(self.frequency * (points * along).sum(1, keepdim=True) + phase)


@dataclass(frozen=True)
class Hinge:
    """A joint: what lies beyond a line through `joint` turns about it."""

    joint: tuple[float, float]
    direction: float
    angle: Sway

    def bend(self, points: Tensor, times: Tensor) -> Tensor:
        """(n, 2, h, w) -> same shape."""
        joint = torch.tensor(self.joint)[:, None, None]
        x, y = (points - joint).unbind(1)
        beyond = torch.sigmoid(8 * (x * math.cos(self.direction) + y * math.sin(self.direction)))
        angle = self.angle.at(times)[:, None, None] * beyond
        cos, sin = torch.cos(angle), torch.sin(angle)
        return torch.stack([cos * x + sin * y, cos * y - sin * x], 1) + joint


Bends = tuple[Wave | Hinge, ...]


def rotation(angle: Tensor) -> Tensor:
    """(n) -> (n, 3, 3)."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    matrix[:, :2, :2] = torch.stack([cos, -sin, sin, cos], 1).unflatten(1, (2, 2))
    return matrix


def affine(x_scale: Tensor, shear: Tensor, y_scale: Tensor, shift: Tensor) -> Tensor:
    """(n), (n), (n), (n, 2) -> (n, 3, 3)."""
    matrix = torch.eye(3).repeat(len(shift), 1, 1)
    matrix[:, :2, :2] = torch.stack([x_scale, shear, 0 * shear, y_scale], 1).unflatten(1, (2, 2))
    matrix[:, :2, 2] = shift
    return matrix


def object_path(rng: Random, aspect: float, scale: tuple[float, float], may_leave: float = 0.0) -> Path:
    """Roams the frame, turns, grows and shears, half of the time quickly; `scale` is the range of its half extent."""
    lively = log_uniform(rng, 0.6, 1.8) if rng.random() < 0.5 else log_uniform(rng, 0.03, 0.6)
    half_extent = log_uniform(rng, *scale)
    excursion = None
    if rng.random() < may_leave:
        heading = rng.uniform(0, math.tau)
        far = 2 * aspect + half_extent
        excursion = Excursion(
            far * math.cos(heading), far * math.sin(heading), log_uniform(rng, 0.05, 0.4), rng.uniform(0, math.tau)
        )
    return Path(
        sway(rng, rng.uniform(-0.8, 0.8), 0.55 * lively, 0.05, 0.4),
        sway(rng, rng.uniform(-0.8, 0.8), 0.55 * lively, 0.05, 0.4),
        sway(rng, math.log(half_extent), 0.25 * lively, 0.02, 0.2),
        sway(rng, rng.uniform(-0.5, 0.5), 0.35 * lively, 0.02, 0.25),
        sway(rng, rng.uniform(-0.15, 0.15), 0.08 * lively),
        sway(rng, rng.uniform(-0.15, 0.15), 0.08 * lively),
        (0.85 * aspect, 0.85),
        excursion,
    )


def still_path(rng: Random, scale: tuple[float, float]) -> Path:
    """Scenery: somewhere, tilted, and at rest."""
    x, y, tilt = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.gauss(0, 0.2)
    return Path(Sway(x), Sway(y), Sway(math.log(log_uniform(rng, *scale))), Sway(tilt))


def camera(rng: Random, subject: Path) -> Camera:
    """On a tripod, in a hand, panning, or following the subject."""
    lively = log_uniform(rng, 0.01, 0.8)
    shake = log_uniform(rng, 0.002, 0.02) if rng.random() < 0.4 else 0.0
    return Camera(
        (sway(rng, 0, 0.5 * lively, 0.02, 0.2), sway(rng, 0, 0.25 * lively, 0.02, 0.2)),
        (sway(rng, 0, shake, 0.4, 2), sway(rng, 0, shake, 0.4, 2)),
        sway(rng, 0, 0.2 * lively, 0.02, 0.15),
        sway(rng, rng.gauss(0, 0.03), 0.1 * lively, 0.02, 0.15),
        subject if rng.random() < 0.3 else None,
    )


def bends(rng: Random) -> Bends:
    """Stiff, or waving, or with a joint or two."""
    if rng.random() < 0.25:
        return ()
    lively = log_uniform(rng, 0.1, 1)
    waves = [
        Wave(
            rng.uniform(0, math.tau), rng.uniform(1.5, 3.5), sway(rng, rng.uniform(-0.06, 0.06), 0.07 * lively),
            sway(rng, rng.uniform(0, math.tau), 2 * lively),
        )
        for _ in range(2)
    ]  # fmt: skip
    hinges = [
        Hinge(
            (rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4)), rng.uniform(0, math.tau),
            sway(rng, 0, 0.6 * lively, 0.05, 0.4),
        )
        for _ in range(rng.choice((0, 1, 1, 2)))
    ]  # fmt: skip
    return (*waves, *hinges)
