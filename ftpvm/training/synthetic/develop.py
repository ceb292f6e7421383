# SPDX-License-Identifier: GPL-3.0-or-later
"""From a composed scene to footage: light, colour, grain and compression. Alpha is left alone."""

import math
from random import Random

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from .motion import log_uniform, sway


def develop(rng: Random, images: Tensor, times: Tensor) -> Tensor:
    """Footage of a scene: (n, 3, h, w) RGB at the moments (n) -> same shape, in [0, 1]."""
    images = _grade(rng, images, times)
    if rng.random() < 0.5:
        images = _grain(rng, images)
    return compress(images.clamp(0, 1), log_uniform(rng, 4, 30)) if rng.random() < 0.35 else images.clamp(0, 1)


def _grade(rng: Random, images: Tensor, times: Tensor) -> Tensor:
    """Light that changes in strength and colour, a gradient of it, exposure, cast, saturation, contrast and gamma."""
    exposure, change = rng.uniform(0.7, 1.25), log_uniform(rng, 0.02, 0.35)
    strength = sway(rng, 1, change, 0.03, 1).at(times).clamp(0.4, 1.6)
    tints = [sway(rng, rng.uniform(0.87, 1.15), 0.25 * change).at(times) for _ in range(3)]
    gain = exposure * strength[:, None] * torch.stack(tints, 1)
    contrast, saturation = rng.uniform(0.8, 1.4), rng.uniform(0.4, 1.3)
    mix = contrast * (saturation * torch.eye(3) + (1 - saturation) / 3)
    mix = (mix * gain[:, None]).to(images.device)
    images = torch.baddbmm(torch.full_like(mix[:, :, :1], 0.5 - 0.5 * contrast), mix, images.flatten(2)).view_as(images)
    if rng.random() < 0.4:
        images = images * _falloff(rng, times, images)
    return images.clamp(0, 1) ** rng.uniform(0.75, 1.4)


def _falloff(rng: Random, times: Tensor, images: Tensor) -> Tensor:
    """A lamp off to one side, whose place drifts: (n, 1, h, w)."""
    height, width = images.shape[-2:]
    lamp_x, lamp_y = (sway(rng, rng.uniform(-1, 1), 0.3, 0.02, 0.2).at(times)[:, None, None] for _ in range(2))
    x = torch.linspace(-1, 1, 9) - lamp_x
    y = torch.linspace(-1, 1, 9)[:, None] - lamp_y
    light = 1 + rng.uniform(0.2, 0.7) * (0.6 - (x**2 + y**2) / 2).clamp(min=-1)
    return F.interpolate(light[:, None].to(images.device), (height, width), mode="bilinear", align_corners=True)


def _grain(rng: Random, images: Tensor) -> Tensor:
    """Noise drawn on the images' own device, so it differs between devices but not between runs on one."""
    g = Generator(images.device).manual_seed(rng.getrandbits(31))
    n, channels, height, width = images.shape
    channels = rng.choice((1, channels))
    size = rng.choice((1, 1.6))
    shape = (n, channels, math.ceil(height / size), math.ceil(width / size))
    noise = torch.randn(shape, generator=g, device=images.device)
    if size > 1:
        noise = 1.3 * F.interpolate(noise, (height, width), mode="bilinear", align_corners=False)
    return images + noise * log_uniform(rng, 0.004, 0.05)


def compress(images: Tensor, coarseness: float) -> Tensor:
    """What a lossy codec leaves of (n, 3, h, w): 8x8 DCT blocks of luma and chroma, quantised.

    coarseness: the luma step of the lowest frequency in 1/255, 16 in JPEG's table for quality 50; steps grow with
    frequency about as they do there, and are twice as large in chroma.
    """
    height, width = images.shape[-2:]
    to_ycc = torch.tensor([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], device=images.device)
    ycc = F.conv2d(F.pad(images, (0, -width % 8, 0, -height % 8), mode="replicate"), to_ycc[:, :, None, None])
    blocks = ycc.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4).flatten(4)
    dct = _dct().to(images.device)
    u = torch.arange(8, device=images.device)
    step = coarseness / 255 * (1 + 0.4 * (u[:, None] + u)).flatten()
    step = (torch.tensor([1.0, 2, 2], device=images.device)[:, None] * step)[:, None, None]
    coefficients = torch.round(blocks @ dct.T / step) * step
    ycc = (coefficients @ dct).unflatten(4, (8, 8)).transpose(3, 4).flatten(4).flatten(2, 3)
    rgb = F.conv2d(ycc, torch.linalg.inv(to_ycc)[:, :, None, None])
    return rgb[..., :height, :width].clamp(0, 1)


def _dct() -> Tensor:
    """(64, 64) the orthonormal 2-D DCT-II of a flattened block."""
    u, x = torch.arange(8.0)[:, None], torch.arange(8.0)
    basis = torch.cos((2 * x + 1) * u * math.pi / 16) * torch.where(u == 0, math.sqrt(1 / 8), 0.5)
    return torch.kron(basis, basis)
