# SPDX-License-Identifier: GPL-3.0-or-later
"""Articulated figures, drawn analytically: tapered capsules on a skeleton, each dressed in a texture that goes with it.

A figure stands in its path's [-1, 1] square. Angles are from straight down, turning towards +x, relative to the parent.
It is flat, but turns about the vertical through its hip as if it had some depth: its back hides what was in front.
"""

import colorsys
import math
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

from .layers import Drawn, View, Window, premultiplied, soften
from .motion import AT_REST, Path, Sway, log_uniform, sway

FAR = 9.0  # half heights from every limb
GIRTH = 0.12  # by which a turn of one radian shifts the pattern, about a limb's radius
LAYER = 0.04  # between two depths, in the figure's units


@dataclass(frozen=True)
class Limb:
    """A capsule. parent: limb it hangs on, -1 for the hip; along: where on it, 0 to 1; depth: high in front."""

    parent: int
    along: float
    angle: Sway
    length: float
    radii: tuple[float, float]
    cloth: int
    depth: int


@dataclass(frozen=True)
class Cloth:
    """A tint, how much of the texture shows on it, and how far that frays the outline, in limb radii."""

    tint: tuple[float, float, float]
    pattern: float
    fray: float


@dataclass(frozen=True)
class Puppet:
    """Limbs, parents first. texture: (3, s, s) uint8. hip: (x, y). blur as for `Picture`. turn: about the vertical."""

    limbs: tuple[Limb, ...]
    clothes: tuple[Cloth, ...]
    hip: tuple[float, float]
    texture: Tensor
    path: Path
    blur: float = 0.0
    turn: Sway = AT_REST

    def draw(self, view: View) -> Drawn:
        """The window it fills, and (n, 4, h, w) in there, premultiplied."""
        to_frame = view.camera.matrices(view.times, 1) @ self.path.matrices(view.times)
        joints = self._joints(view.times) @ to_frame[:, None, :2, :2].mT + to_frame[:, None, None, :2, 2]
        sizes = to_frame[:, :2, :2].det().abs().sqrt()
        size = float(sizes.mean())
        reach = float(sizes.max()) * max(max(limb.radii) for limb in self.limbs) * 1.5 + 3 * self.blur
        window = Window.around(joints.amin((0, 1, 2)) - reach, joints.amax((0, 1, 2)) + reach, view)
        if window.is_empty():
            return window, torch.empty(0)
        outside, limb, across, *place = self._rasterise(joints, sizes, window, view).unbind(1)
        texels_a_px = self.texture.shape[-1] / (view.height * size)
        texture = soften(premultiplied(self.texture), texels_a_px, self.blur * view.height)
        texture = texture.expand(len(joints), -1, -1, -1)
        colour = F.grid_sample(texture, torch.stack(place, -1), padding_mode="reflection", align_corners=False)
        dress = self._dress(size).to(view.device)[limb.long()].movedim(3, 1)
        edge = outside[:, None] + dress[:, 4:] * (colour[:, 1:2] - 0.6)
        alpha = (0.5 - edge * (view.height / 2 / (1 + 2.5 * self.blur * view.height))).clamp(0, 1)
        shade = 1.05 + 0.25 * across - 0.35 * across.square()
        colour = (dress[:, :3] * (1 + dress[:, 3:4] * (1.6 * colour - 0.8)) * shade[:, None]).clamp(0, 1)
        return window, torch.cat([view.light(colour) * alpha, alpha], 1)

    def _dress(self, size: float) -> Tensor:
        """(limbs, 5): tint, pattern and fray in half heights."""
        clothes = [self.clothes[limb.cloth] for limb in self.limbs]
        return torch.tensor(
            [(*c.tint, c.pattern, c.fray * size * max(x.radii)) for c, x in zip(clothes, self.limbs, strict=True)]
        )

    def _joints(self, times: Tensor) -> Tensor:
        """(n) -> (n, limbs, 2, 2): where each limb starts and ends, by forward kinematics."""
        starts: list[Tensor] = []
        ends: list[Tensor] = []
        angles: list[Tensor] = []
        for limb in self.limbs:
            angle, start = limb.angle.at(times), torch.tensor(self.hip).expand(len(times), 2)
            if limb.parent >= 0:
                angle = angle + angles[limb.parent]
                start = torch.lerp(starts[limb.parent], ends[limb.parent], limb.along)
            starts.append(start)
            angles.append(angle)
            ends.append(start + limb.length * torch.stack([torch.sin(angle), torch.cos(angle)], 1))
        return self._turned(torch.stack([torch.stack(starts, 1), torch.stack(ends, 1)], 2), times)

    def _turned(self, joints: Tensor, times: Tensor) -> Tensor:
        """(n, limbs, 2, 2) -> the same, seen from the side that the figure turns to us."""
        turn = self.turn.at(times)[:, None, None]
        middle = sum(limb.depth for limb in self.limbs) / len(self.limbs)
        z = torch.tensor([LAYER * (limb.depth - middle) for limb in self.limbs])[:, None]
        x = self.hip[0] + (joints[..., 0] - self.hip[0]) * torch.cos(turn) + z * torch.sin(turn)
        return torch.stack([x, joints[..., 1]], -1)

    def _rasterise(self, joints: Tensor, sizes: Tensor, window: Window, view: View) -> Tensor:
        """(n, 5, h, w): distance to the outline, which limb, place across it (-1 to 1), texture's x and y."""
        pixels = torch.zeros(len(joints), 6, window.bottom - window.top, window.right - window.left)
        pixels = pixels.to(view.device)
        pixels[:, :2] = FAR
        turn = self.turn.at(view.times)
        for side, towards in ((torch.cos(turn) >= 0, 1), (torch.cos(turn) < 0, -1)):
            if side.any():
                seen = pixels[side.to(view.device)]
                self._draw_side(seen, joints[side], sizes[side], turn[side], window, view, towards)
                pixels[side.to(view.device)] = seen
        return pixels[:, [0, 2, 3, 4, 5]]

    def _draw_side(
        self, pixels: Tensor, joints: Tensor, sizes: Tensor, turn: Tensor, window: Window, view: View, towards: int
    ) -> None:
        """Limb by limb onto the pixels (n, 6, h, w) of moments at which the front looks towards us, 1, or away, -1."""
        for index, limb in sorted(enumerate(self.limbs), key=lambda item: towards * item[1].depth):
            reach = float(sizes.max()) * max(limb.radii) * 1.4 + 3 * self.blur
            bone = joints[:, index]
            around = Window.around(bone.amin((0, 1)) - reach, bone.amax((0, 1)) + reach, view)
            if around.is_empty():
                continue
            distance, across, patch = _capsule(limb, bone, sizes, around, view)
            outside, front, *rest = around.shifted(window).of(pixels).unbind(1)
            # What is drawn later is in front where it covers; where nothing does, the nearest limb owns the pixel.
            taken = distance < front.clamp(min=0)
            torch.minimum(outside, distance, out=outside)
            upright = F.normalize(bone[:, 1] - bone[:, 0], dim=1)[:, 1]  # a turn moves nothing across what lies flat
            shift = (GIRTH * turn * upright).to(view.device)[:, None, None]
            # So what lies flat has another pattern on its other side.
            place = (patch[0] + 0.7 * index + shift, patch[1] + 0.3 * limb.cloth + 0.5 * (1 - towards))
            places = (torch.full_like(distance, index), across, *place)
            for old, new in zip((front, *rest), (distance, *places), strict=True):
                old.copy_(torch.where(taken, new, old))


def _capsule(
    limb: Limb, bone: Tensor, sizes: Tensor, window: Window, view: View
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Of a window's pixels, (n, h, w) each: distance to the outline, place across (-1 to 1), place on the limb."""
    x, y = (axis.to(view.device) for axis in window.axes(view))
    size = sizes.to(view.device)[:, None, None]
    along, across, length = _along(bone.to(view.device), x, y[:, None])
    on_bone = torch.minimum(along.clamp(min=0), length)
    first, last = limb.radii
    radius = size * (first + (last - first) / length * on_bone)
    return torch.hypot(along - on_bone, across) - radius, across / radius, (across / size, along / size)


def _along(bone: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Points' places along and across a bone (n, 2, 2) from its start, (n, h, w) each, and its length (n, 1, 1)."""
    start, vector = bone[:, 0], bone[:, 1] - bone[:, 0]
    # A bone that points at us still has a direction.
    vector[:, 0] = torch.where(vector.abs().amax(1) < 1e-4, 1e-4, vector[:, 0])
    length = vector.norm(dim=1, keepdim=True)
    ex, ey = (vector / length)[..., None, None].unbind(1)
    sx, sy = start[..., None, None].unbind(1)
    return ex * (x - sx) + ey * (y - sy), ex * (y - sy) - ey * (x - sx), length[..., None]


HAIR, TOP, BOTTOM, SKIN, SHOES = range(5)


class _Skeleton:
    """Collects limbs that swing in step, each with an amplitude of its own."""

    def __init__(self, rng: Random) -> None:
        self.limbs: list[Limb] = []
        self.rng, self.lively, self.pace = rng, log_uniform(rng, 0.08, 1), log_uniform(rng, 0.04, 0.4)

    def hang(
        self, parent: int, along: float, rest: float, swing: float, phase: float, length: float,
        radii: tuple[float, float], cloth: int, depth: int,
    ) -> int:  # fmt: skip
        """Add a limb and return its index."""
        angle = Sway(rest, swing * self.lively, self.pace, phase)
        self.limbs.append(Limb(parent, along, angle, length, radii, cloth, depth))
        return len(self.limbs) - 1


def person(rng: Random) -> tuple[Limb, ...]:
    """Head, hair, torso, arms and legs; walks, waves or dances."""
    s, stride, g = _Skeleton(rng), rng.uniform(0, math.tau), log_uniform(rng, 0.75, 1.4)
    forearm, shin = rng.choice((SKIN, TOP)), rng.choice((SKIN, BOTTOM, BOTTOM))
    skirt = rng.random() < 0.25
    hem = (0.3, 0.22 * g) if skirt else (0.06, 0.12 * g)
    pelvis = s.hang(-1, 0, 0, 0.1, stride, hem[0], (0.12 * g, hem[1]), BOTTOM, 2)
    torso = s.hang(-1, 0, math.pi + rng.gauss(0, 0.12), 0.12, stride, 0.46, (0.12 * g, 0.14 * g), TOP, 3)
    for side in (-1, 1):
        # Angles grow towards +x, which is the left of whoever hangs upwards from the hip.
        phase, depth = stride + (math.pi if side > 0 else 0), 5 if side > 0 else 1
        thigh = s.hang(pelvis, 0, side * rng.uniform(0.05, 0.3), 0.5, phase, 0.43, (0.11 * g, 0.08 * g), BOTTOM, 1)
        calf = s.hang(thigh, 1, rng.gauss(0, 0.15), 0.35, phase + 1, 0.42, (0.075 * g, 0.045 * g), shin, 1)
        s.hang(calf, 1, side * 1.3, 0, 0, 0.08, (0.05, 0.035), SHOES, 1)
        shoulder = s.hang(torso, 1, -side * 1.5, 0.05, phase, 0.15 * g, (0.07 * g, 0.07 * g), TOP, depth)
        raised = rng.uniform(0, 0.5) if rng.random() < 0.6 else rng.uniform(0.5, 2.4)
        arm = s.hang(shoulder, 1, -side * 1.6 + side * raised, 0.6, phase + 3, 0.3, (0.07 * g, 0.055 * g), TOP, depth)
        hand = s.hang(arm, 1, side * rng.uniform(-0.3, 1.4), 0.6, phase, 0.3, (0.05 * g, 0.035), forearm, depth)
        s.hang(hand, 1, 0, 0.3, phase, 0.05, (0.045, 0.035), SKIN, depth)
    neck = s.hang(torso, 1, rng.gauss(0, 0.1), 0.15, stride, 0.17, (0.06, 0.06), SKIN, 3)
    s.hang(neck, 1, 0, 0.1, stride, 0.12, (0.1, 0.12), SKIN, 4)
    tress = rng.uniform(0, 0.5)
    s.hang(neck, 2.1, math.pi, 0.2, stride + 1, 0.1 + tress, (0.14, 0.12), HAIR, 2)
    s.hang(neck, 2.0, rng.gauss(0, 0.3), 0, 0, 0.03, (0.13, 0.11), HAIR, 6)
    return tuple(s.limbs)


def beast(rng: Random) -> tuple[Limb, ...]:
    """Four legs, a neck, a snout, ears and a tail; walks or runs."""
    s, stride, g = _Skeleton(rng), rng.uniform(0, math.tau), log_uniform(rng, 0.7, 1.4)
    facing = rng.choice((-1, 1))
    ahead = facing * math.pi / 2
    height = rng.uniform(0.3, 0.6)
    trunk = s.hang(-1, 0, ahead + rng.gauss(0, 0.1), 0.05, stride, 0.85, (0.19 * g, 0.21 * g), TOP, 2)
    for index, (along, depth) in enumerate(((0.0, 1), (0.08, 3), (0.92, 1), (1.0, 3))):
        phase = stride + index * math.pi / 2 * 3
        upper = s.hang(trunk, along, -ahead, 0.6, phase, height * 0.55, (0.1 * g, 0.06 * g), TOP, depth)
        lower = s.hang(upper, 1, -facing * 0.2, 0.4, phase + 1, height * 0.55, (0.055 * g, 0.035), BOTTOM, depth)
        s.hang(lower, 1, ahead, 0, 0, 0.06, (0.04, 0.035), SHOES, depth)
    neck = s.hang(trunk, 1, facing * rng.uniform(0.3, 1.1), 0.25, stride, 0.32, (0.14 * g, 0.1 * g), TOP, 2)
    head = s.hang(neck, 1, -facing * rng.uniform(0.3, 1), 0.2, stride + 1, 0.2, (0.12, 0.07), SKIN, 4)
    for tilt in (1.4, 1.9):
        s.hang(head, 0.1, facing * tilt, 0.15, stride, 0.15, (0.05, 0.02), HAIR, 4)
    tail = s.hang(trunk, 0, math.pi + facing * rng.uniform(-0.8, 0.8), 0.7, stride, 0.25, (0.05, 0.05), HAIR, 1)
    s.hang(tail, 1, rng.uniform(-0.6, 0.6), 0.7, stride + 1, 0.25, (0.05, 0.06), HAIR, 1)
    return tuple(s.limbs)


def wardrobe(rng: Random) -> tuple[Cloth, ...]:
    """Colours for hair, top, bottom, skin and shoes."""

    def tint() -> tuple[float, float, float]:
        return colorsys.hsv_to_rgb(rng.random(), rng.betavariate(1.3, 1.8), rng.uniform(0.15, 1))

    tone = rng.random()
    skin = (0.3 + 0.65 * tone, 0.19 + 0.59 * tone, 0.14 + 0.52 * tone)
    hair = tint() if rng.random() < 0.2 else (0.1 + 0.7 * tone * rng.random(), 0.08 + 0.5 * tone * rng.random(), 0.08)
    return (
        Cloth(hair, 0.8, rng.uniform(0, 1)),
        Cloth(tint(), rng.uniform(0.1, 1.2), rng.uniform(0, 0.3)),
        Cloth(tint(), rng.uniform(0.1, 1), rng.uniform(0, 0.15)),
        Cloth(skin, 0.25, 0.03),
        Cloth(tint(), 0.3, 0.05),
    )


def draw_puppet(rng: Random, texture: Tensor, path: Path, blur: float = 0.0) -> Puppet:
    """A person, or one time in three an animal, in clothes of its own; almost half of them turn."""
    turn = sway(rng, 0, log_uniform(rng, 0.3, 2.5)) if rng.random() < 0.45 else AT_REST
    if rng.random() < 0.67:
        return Puppet(person(rng), wardrobe(rng), (0, 0.12), texture, path, blur, turn)
    limbs = beast(rng)
    return Puppet(limbs, wardrobe(rng), (-0.42 if limbs[0].angle.base > 0 else 0.42, 0), texture, path, blur, turn)
