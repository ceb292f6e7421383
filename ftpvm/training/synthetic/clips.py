# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose training clips on any device: scenery, look-alikes, the wanted object and what passes before it."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

from ..clip import Clip, collate
from .bank import SpriteBank
from .develop import develop
from .layers import Drawn, Picture, Surface, View
from .motion import Path, bends, camera, log_uniform, object_path, still_path, sway, to_and_fro
from .puppets import Puppet, draw_puppet
from .trimaps import drawn_trimap, trimap_from_alpha

ACT_SHARE = 0.6  # of the objects that are no figures drawn here, where the bank has any that move
WANTED_EXTENT = (0.35, 1.8)  # half heights: of smaller ones the unknown band leaves hardly any foreground
OTHER_EXTENT = (0.25, 1.4)  # not much smaller, or size would tell which one is wanted
SHEER = ("cloth", "smoke")  # kinds of acts that are half transparent
SEEN = 0.002  # share of the frame below which nobody could tell from the memory what is wanted


@dataclass(frozen=True)
class ClipSpec:
    """What a batch of clips looks like.

    clips: batch size. frames: query frames. memories: memory frames. height, width: px.
    far: how far memories may be from the first frame, in the time of `motion`, of which frames are 0.4 to 4 apart; 0
        puts every memory on the first frame, but for what `at_keyframe` says of memory 1.
    absent: how often the object is missing from the memory, its trimap all background.
    at_keyframe: how often memory 0 is the first frame however far it may be otherwise, and memory 1 lies past the last
        one, as in the engine's passes from keyframe to keyframe.
    burn_in: frames before the query; the first frame is then the first of them.
    sheer: how often the wanted object is an act of the half transparent kinds, beside where it happens to be.
    """

    clips: int
    frames: int
    memories: int
    height: int
    width: int
    far: float = 16
    absent: float = 0.05
    at_keyframe: float = 0.0
    burn_in: int = 0
    sheer: float = 0.0


class ClipGenerator:
    """Clips from a sprite bank; the same seed gives the same clips."""

    def __init__(self, bank: SpriteBank, device: torch.device | str = "cpu") -> None:
        self.bank = bank.to(device)
        self.device = torch.device(device)

    @torch.no_grad()
    def __call__(self, seed: int, spec: ClipSpec) -> Clip:
        return collate([self._clip(Random(seed << 10 | index), spec) for index in range(spec.clips)])

    def _clip(self, rng: Random, spec: ClipSpec) -> Clip:
        step = log_uniform(rng, 0.4, 4) * rng.choice((-1, 1))
        times = _frame_times(rng, spec, step)
        # An exact twin elsewhere could be told from the wanted object only by following it.
        followed = bool(times[0] == times[spec.memories])
        exposures = rng.choices((1, 4, 7), (0.77, 0.17, 0.06))[0]
        path = object_path(rng, spec.width / spec.height, WANTED_EXTENT, may_leave=0.2)
        shutter = _open_shutter(times, exposures, rng.uniform(0.1, 0.5) * abs(step))
        view = View(camera(rng, path), shutter, spec.height, spec.width, self.device, contrast=rng.uniform(1, 4))
        is_sheer = rng.random() < spec.sheer
        images, alphas = self._scene(rng, view, path, with_twins=followed, is_sheer=is_sheer)
        images, alphas = (x.unflatten(0, (-1, exposures)).mean(1) for x in (images, alphas))
        seen = alphas[: spec.memories].mean((1, 2, 3)).amax() > SEEN
        alphas = alphas * (seen & (rng.random() >= spec.absent))
        images = develop(rng, view.display(images), times)
        # Kernels of 3 to 31 px at 480 px, as published.
        width = 2 * rng.randint(1, max(1, round(15 * min(spec.height, spec.width) / 480))) + 1
        memory, query = alphas[: spec.memories], alphas[spec.memories :]
        # An artist may be sloppy on a keyframe; what is asked of the network is always exact.
        trimaps = torch.cat([drawn_trimap(rng, memory, width), trimap_from_alpha(query, width)])
        return Clip(images, alphas, trimaps, spec.memories, spec.burn_in)

    def _scene(self, rng: Random, view: View, path: Path, *, with_twins: bool, is_sheer: bool) -> tuple[Tensor, Tensor]:
        """Frames (n, 3, h, w) in the view's light and the wanted object's alpha (n, 1, h, w), less what covers it."""
        aperture = log_uniform(rng, 0.002, 0.02) if rng.random() < 0.4 else 0.0
        blur = aperture if rng.random() < 0.25 else 0.0
        wanted = self._wanted(rng, path, blur, is_sheer=is_sheer)

        green = self._green(rng) if rng.random() < 0.06 else None
        _, frames = self._backdrop(rng, 2 * aperture, green).draw(view)
        count = rng.choices((0, 1, 2, 3, 4), (3, 4, 2, 1, 1))[0]
        others = [self._other(rng, wanted, view, aperture, with_twins=with_twins) for _ in range(count)]
        split = sum(rng.random() < 0.75 for _ in others)
        behind, before = others[:split], others[split:]
        if green is None and rng.random() < 0.3:
            behind.insert(0, self._scenery(rng, rng.uniform(0.4, 0.9), aperture))
        if rng.random() < 0.06:
            before.append(self._scenery(rng, rng.uniform(1.2, 2), 2 * aperture))

        for layer in behind:
            window, drawn = layer.draw(view)
            _shade(rng, layer, frames, (window, drawn))
            _lay(frames, (window, drawn), None)
        alphas = torch.zeros_like(frames[:, :1])
        window, drawn = wanted.draw(view)
        if not window.is_empty():
            if green is not None:
                drawn = _spill(rng, drawn, view.light(green.float().mean((1, 2)) / 255))
            else:
                _shade(rng, wanted, frames, (window, drawn))
            _lay(frames, (window, drawn), None)
            window.of(alphas).copy_(drawn[:, 3:])
        for layer in before:
            _lay(frames, layer.draw(view), alphas)
        return frames, alphas.clamp_(0, 1)  # sampling rounds to just beyond

    def _wanted(self, rng: Random, path: Path, blur: float, *, is_sheer: bool) -> Picture | Puppet:
        if is_sheer and set(SHEER) & set(self.bank.kinds):
            return self._act(rng, path, blur, SHEER)
        return self._puppet(rng, path, blur) if rng.random() < 0.4 else self._sprite(rng, path, blur)

    def _sprite(self, rng: Random, path: Path, blur: float) -> Picture:
        if self.bank.acts and rng.random() < ACT_SHARE:
            return self._act(rng, path, blur)
        sprite = self._pick(rng, self.bank.sprites)
        surface = None
        if rng.random() < 0.3:
            surface = Surface(self._pick(rng, self.bank.backgrounds), sway(rng, 0, log_uniform(rng, 0.1, 1)))
        return Picture(sprite, path, bends(rng), blur, surface=surface)

    def _act(self, rng: Random, path: Path, blur: float, kinds: Collection[str] = ()) -> Picture:
        """Of some kinds, or any."""
        acts = zip(self.bank.acts, self.bank.kinds, strict=True)
        frames, kind = rng.choice([act for act in acts if not kinds or act[1] in kinds])
        frames = frames.flip(-1) if rng.random() < 0.5 else frames
        frames = _thinned(rng, frames) if kind in SHEER else frames
        more = bends(rng) if rng.random() < 0.3 else ()
        return Picture(frames, path, more, blur, shown=to_and_fro(rng, len(frames) - 1), kind=kind)

    def _puppet(self, rng: Random, path: Path, blur: float) -> Puppet:
        return draw_puppet(rng, self._pick(rng, self.bank.backgrounds), path, blur)

    def _other(
        self, rng: Random, wanted: Picture | Puppet, view: View, aperture: float, *, with_twins: bool
    ) -> Picture | Puppet:
        """Something of the wanted object's kind, dressed like it, or its twin: only the memory tells what is wanted."""
        path = object_path(rng, view.width / view.height, OTHER_EXTENT, may_leave=0.1)
        blur, is_alike = aperture * rng.uniform(0, 2), rng.random() < 0.25
        if isinstance(wanted, Puppet):
            if is_alike:
                body = wanted if with_twins and rng.random() < 0.5 else self._puppet(rng, path, blur)
                return replace(body, clothes=wanted.clothes, texture=wanted.texture, path=path, blur=blur)
            return self._puppet(rng, path, blur) if rng.random() < 0.7 else self._sprite(rng, path, blur)
        if is_alike and with_twins:
            return replace(wanted, texture=wanted.texture.flip(-1), path=path, bends=bends(rng), blur=blur)
        if wanted.kind and rng.random() < 0.5:
            return self._act(rng, path, blur, (wanted.kind,))
        return self._puppet(rng, path, blur) if rng.random() < 0.15 else self._sprite(rng, path, blur)

    def _backdrop(self, rng: Random, blur: float, green: Tensor | None) -> Picture:
        texture = self._pick(rng, self.bank.backgrounds) if green is None else green
        return Picture(texture, still_path(rng, (0.6, 2.5)), (), blur, endless=True, nearness=rng.uniform(0.15, 0.8))

    def _scenery(self, rng: Random, nearness: float, blur: float) -> Picture:
        """Shapes cut from another backdrop, without end, between the camera and what is behind them."""
        cutout = torch.cat([self._pick(rng, self.bank.backgrounds), self._pick(rng, self.bank.sprites)[3:]])
        return Picture(cutout, still_path(rng, (0.5, 1.5)), bends(rng), blur, endless=True, nearness=nearness)

    def _green(self, rng: Random) -> Tensor:
        """(3, 3, 3) an unevenly lit green or blue screen."""
        screen = [rng.uniform(10, 70), rng.uniform(130, 220), rng.uniform(30, 90)]
        screen = screen if rng.random() < 0.8 else screen[::-1]
        light = torch.tensor([rng.uniform(0.8, 1.1) for _ in range(9)]).view(1, 3, 3)
        return (torch.tensor(screen)[:, None, None] * light).to(self.device, torch.uint8)

    @staticmethod
    def _pick(rng: Random, images: Tensor) -> Tensor:
        return images[rng.randrange(len(images))]


def _thinned(rng: Random, frames: Tensor) -> Tensor:
    """(n, 4, h, w) uint8 straight RGBA in another colour, and denser or thinner where it is neither full nor empty."""
    gains = torch.tensor([rng.uniform(0.6, 1.25) for _ in range(3)], device=frames.device)[:, None, None]
    levels = 255 * torch.linspace(0, 1, 256, device=frames.device) ** log_uniform(rng, 0.5, 2)
    alpha = levels.round().to(torch.uint8)[frames[:, 3:].long()]
    return torch.cat([(frames[:, :3] * gains).clamp(max=255).to(torch.uint8), alpha], 1)


def _frame_times(rng: Random, spec: ClipSpec, step: float) -> Tensor:
    """(m + burn_in + t): frames `step` apart, memory frames up to `far` off or at a pass's ends."""
    frames = torch.arange(spec.burn_in + spec.frames) * step
    memory = torch.tensor([rng.uniform(-spec.far, spec.far) for _ in range(spec.memories)])
    if spec.at_keyframe and rng.random() < spec.at_keyframe:
        memory[0] = 0
        memory[1:2] = frames[-1] + step * log_uniform(rng, 1, 12)
    return torch.cat([memory, frames])


def _open_shutter(times: Tensor, exposures: int, duration: float) -> Tensor:
    """(n) -> (n * exposures): moments while the shutter is open, for motion blur that is integrated."""
    if exposures == 1:
        return times
    return (times[:, None] + duration * torch.linspace(-0.5, 0.5, exposures)).flatten()


def _lay(frames: Tensor, drawn: Drawn, alphas: Tensor | None) -> None:
    """Composite a layer over the frames, and over the wanted object's alpha if it is before it; in place."""
    window, layer = drawn
    if window.is_empty():
        return
    clear = 1 - layer[:, 3:]
    window.of(frames).mul_(clear).add_(layer[:, :3])
    if alphas is not None:
        window.of(alphas).mul_(clear)


def _shade(rng: Random, thing: Picture | Puppet, frames: Tensor, drawn: Drawn) -> None:
    """For three things of ten the soft shadow on what is behind them, shifted; in place. It is no part of the alpha."""
    window, layer = drawn
    is_sheer = isinstance(thing, Picture) and thing.kind in SHEER  # would darken what is seen through it a second time
    if window.is_empty() or is_sheer or rng.random() > 0.3:
        return
    alpha = layer[:, 3:]
    height, width = alpha.shape[-2:]
    x, y = round(rng.gauss(0, 0.06) * width), round(rng.uniform(0, 0.12) * height)
    soft = _blurred(alpha, rng.choice((3, 8, 16)))
    window.of(frames).mul_(1 - rng.uniform(0.2, 0.7) * F.pad(soft, (x, -x, y, -y)))


def _spill(rng: Random, layer: Tensor, light: Tensor) -> Tensor:
    """Light (3) from the screen on the object's rim: (n, 4, h, w) premultiplied -> same."""
    alpha = layer[:, 3:]
    rim = alpha * (1 - _blurred(alpha, max(2, round(layer.shape[-2] * rng.uniform(0.02, 0.06)))))
    return torch.cat([layer[:, :3] + rng.uniform(0.1, 0.7) * rim * light[:, None, None], alpha], 1)


def _blurred(alpha: Tensor, reach: int) -> Tensor:
    """(n, 1, h, w) as seen through blocks of `reach` px, smoothly."""
    height, width = alpha.shape[-2:]
    coarse = F.interpolate(alpha, (math.ceil(height / reach), math.ceil(width / reach)), mode="area")
    return F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)
