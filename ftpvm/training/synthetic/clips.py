# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose training clips on any device: background, look-alikes, the object, an occluder, light, blur and noise."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from ..clip import Clip
from .bank import SpriteBank
from .motion import Trajectory, camera_motion, chance, log_uniform, object_motion, uniform
from .trimaps import random_trimaps


@dataclass(frozen=True)
class ClipSpec:
    """What a batch of clips looks like.

    clips: batch size. frames: query frames. memories: memory frames. height, width: px.
    far: the largest distance between a memory frame and the query, in frames; 0 makes memory 0 the first query frame.
    absent: how often the object is missing from the memory, its trimap all background.
    """

    clips: int
    frames: int
    memories: int
    height: int
    width: int
    far: float = 16
    absent: float = 0.05


class ClipGenerator:
    """Clips from a sprite bank; the same seed gives the same clips."""

    def __init__(self, bank: SpriteBank, device: torch.device | str = "cpu") -> None:
        self.bank = bank.to(device)
        self.device = torch.device(device)

    @torch.no_grad()
    def __call__(self, seed: int, spec: ClipSpec) -> Clip:
        g = Generator().manual_seed(seed)
        times = _frame_times(g, spec)
        shutter = 4 if torch.rand((), generator=g) < 0.25 else 1
        images, alphas = self._render(g, spec, _open_shutter(g, times, shutter))
        images, alphas = (x.unflatten(1, (-1, shutter)).mean(2) for x in (images, alphas))
        images, alphas = _defocus(g, images, alphas)
        images = _develop(g, images, times.to(self.device))
        trimaps = random_trimaps(g, alphas)
        return Clip(images, alphas, trimaps, spec.memories)

    def _render(self, g: Generator, spec: ClipSpec, times: Tensor) -> tuple[Tensor, Tensor]:
        b, aspect = spec.clips, spec.width / spec.height
        sprites = torch.randint(len(self.bank.sprites), (4, b), generator=g)
        # A wanted object may have a twin's colours: some look-alikes are the object itself, mirrored.
        sprites[1] = torch.where(chance(g, 0.15, b) > 0, sprites[0], sprites[1])
        wanted = object_motion(g, b, aspect, (0.3, 1.8))
        absent = chance(g, spec.absent, b)

        backdrop = torch.randint(len(self.bank.backgrounds), (b,), generator=g)
        frames = self._backdrop(backdrop, camera_motion(g, b), times, spec)
        alphas = torch.zeros_like(frames[:, :, :1])
        layers = [(1, 0.5), (2, 0.35), (0, 1.0), (3, 0.12)]
        for index, probability in layers:
            path = wanted if index == 0 else object_motion(g, b, aspect, (0.2, 1.0))
            shown = chance(g, probability, b).nonzero()[:, 0]
            if not len(shown):
                continue
            layer = self._sprite(sprites[index, shown], path.select(shown), times[shown], spec, mirror=index == 1)
            shown, clear = shown.to(self.device), 1 - layer[:, :, 3:]
            frames[shown] = layer[:, :, :3] + clear * frames[shown]
            # Whatever comes later covers the wanted object, in its alpha too.
            alphas[shown] = 1 - clear if index == 0 else alphas[shown] * clear
        return frames, alphas * (1 - absent.to(self.device))[:, None, None, None, None]

    def _backdrop(self, indices: Tensor, path: Trajectory, times: Tensor, spec: ClipSpec) -> Tensor:
        scenes = self.bank.backgrounds[indices.to(self.device)].float() / 255
        return self._sample(scenes, path, times, spec, "reflection")

    def _sprite(self, indices: Tensor, path: Trajectory, times: Tensor, spec: ClipSpec, mirror: bool) -> Tensor:
        rgba = self.bank.sprites[indices.to(self.device)].float() / 255
        rgba = torch.cat([rgba[:, :3] * rgba[:, 3:], rgba[:, 3:]], dim=1)
        rgba = rgba.flip(-1) if mirror else rgba
        extents = (torch.exp(path.log_scale.base[:, 0]) * spec.height).tolist()
        rgba = torch.stack([_prefilter(x, extent) for x, extent in zip(rgba, extents, strict=True)])
        return self._sample(rgba, path, times, spec, "zeros")

    def _sample(self, textures: Tensor, path: Trajectory, times: Tensor, spec: ClipSpec, border: str) -> Tensor:
        grid = path.to(self.device).grid(times.to(self.device), spec.height, spec.width)
        b, n = grid.shape[:2]
        # All frames of a clip in one call, side by side along the height.
        sampled = F.grid_sample(textures, grid.flatten(1, 2), padding_mode=border, align_corners=False)
        return sampled.unflatten(2, (n, spec.height)).transpose(1, 2).reshape(b, n, -1, spec.height, spec.width)


def _frame_times(g: Generator, spec: ClipSpec) -> Tensor:
    """(b, m + t): query frames at an even speed either way, memory frames up to `far` frames off."""
    b = spec.clips
    speed = log_uniform(g, 0.4, 4, b, 1) * torch.where(chance(g, 0.5, b, 1) > 0, 1.0, -1.0)
    query = torch.arange(spec.frames)[None] * speed
    if spec.far == 0:
        memory = query[:, :1].expand(b, spec.memories)
    else:
        memory = uniform(g, -spec.far, spec.far, b, spec.memories)
    return torch.cat([memory, query], dim=1)


def _open_shutter(g: Generator, times: Tensor, samples: int) -> Tensor:
    """(b, n) -> (b, n * samples): moments while the shutter is open, for motion blur that is integrated."""
    if samples == 1:
        return times
    shutter = uniform(g, 0.1, 0.9, len(times), 1, 1)
    return (times[..., None] + shutter * torch.linspace(-0.5, 0.5, samples)).flatten(1)


def _prefilter(texture: Tensor, extent: float) -> Tensor:
    """Blur a texture that will be shown at `extent` px, so that sampling it doesn't alias."""
    size = texture.shape[-1]
    shrink = int(size / max(extent, 1))
    if shrink < 2:
        return texture
    small = F.avg_pool2d(texture[None], shrink)
    return F.interpolate(small, (size, size), mode="bilinear", align_corners=False)[0]


def _defocus(g: Generator, images: Tensor, alphas: Tensor) -> tuple[Tensor, Tensor]:
    """Now and then the whole batch is a little soft, alpha like colour."""
    if torch.rand((), generator=g) > 0.3:
        return images, alphas
    sigma = float(log_uniform(g, 0.4, 2.0, 1)) * images.shape[-2] / 320
    radius = max(1, round(2.5 * sigma))
    x = torch.arange(-radius, radius + 1, device=images.device)
    kernel = torch.softmax(-(x**2) / (2 * sigma**2), dim=0)

    def blur(clip: Tensor) -> Tensor:
        flat = clip.flatten(0, 2)[:, None]
        flat = F.pad(flat, (radius,) * 4, mode="replicate")
        flat = F.conv2d(F.conv2d(flat, kernel[None, None, None]), kernel[None, None, :, None])
        return flat[:, 0].unflatten(0, clip.shape[:3])

    return blur(images), blur(alphas).clamp(0, 1)


def _develop(g: Generator, images: Tensor, times: Tensor) -> Tensor:
    """Flickering light, contrast, saturation, colour cast, gamma and grain."""
    b = len(images)

    def per_clip(low: float, high: float, channels: int = 1) -> Tensor:
        return uniform(g, low, high, b, 1, channels, 1, 1).to(images.device)

    rate, phase = per_clip(0.05, 0.5)[:, 0, 0], per_clip(0, 6.3)[:, 0, 0]
    light = 1 + per_clip(0, 0.15) * torch.sin(times * rate[:, 0] + phase[:, 0])[:, :, None, None, None]
    images = images * light * per_clip(0.85, 1.15, 3) * per_clip(0.7, 1.25)
    images = 0.5 + (images - 0.5) * per_clip(0.8, 1.4)
    grey = images.mean(2, keepdim=True)
    images = grey + (images - grey) * per_clip(0.4, 1.3)
    images = images.clamp(0, 1) ** per_clip(0.75, 1.4)
    # Grain is drawn where the images are, so it differs between devices but not between runs on one.
    noise = Generator(images.device).manual_seed(int(torch.randint(2**31, (), generator=g)))
    grain = torch.randn(images.shape, generator=noise, device=images.device)
    return (images + grain * per_clip(0, 0.04) * (per_clip(0, 1) > 0.4)).clamp(0, 1)
