# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of a clip: pictures that move, bend and go out of focus, sampled into premultiplied frames."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .motion import AT_REST, Bends, Camera, Path, Sway

GRID_STEP = 8  # px between the points where motion is worked out; in between it is interpolated


@dataclass(frozen=True)
class View:
    """What all layers of a clip share: the camera, the moments (n), the frame in px and the device to draw on.

    contrast: the exponent from display values to what the layers are mixed as: 1 as some compositors do, 2 as light
    under a display's plain curve, 3 and more under the steeper tone curves of cameras and renderers. The larger it is,
    the brighter looks what is half transparent.
    """

    camera: Camera
    times: Tensor
    height: int
    width: int
    device: torch.device
    contrast: float = 1.0

    def light(self, colour: Tensor) -> Tensor:
        """Display values in [0, 1] as what the layers are made of."""
        return colour.pow(self.contrast)

    def display(self, frames: Tensor) -> Tensor:
        """The inverse."""
        return frames.clamp(min=0).pow(1 / self.contrast)


@dataclass(frozen=True)
class Window:
    """A part of the frame, in px."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, low: Tensor, high: Tensor, view: View) -> "Window":
        """Between two corners (2) in half heights, cut at the frame's edges."""
        half = view.height / 2
        x0, y0, x1, y1 = (torch.cat([low, high]) * half).tolist()
        return cls(
            max(0, math.floor(y0 + half)), min(view.height, math.ceil(y1 + half)),
            max(0, math.floor(x0 + view.width / 2)), min(view.width, math.ceil(x1 + view.width / 2)),
        )  # fmt: skip

    def is_empty(self) -> bool:
        """Nothing of it is in the frame."""
        return self.top >= self.bottom or self.left >= self.right

    def of(self, frames: Tensor) -> Tensor:
        """That part of (..., h, w), as a view."""
        return frames[..., self.top : self.bottom, self.left : self.right]

    def shifted(self, outer: "Window") -> "Window":
        """The same part, counted from another window's corner."""
        return Window(self.top - outer.top, self.bottom - outer.top, self.left - outer.left, self.right - outer.left)

    def axes(self, view: View, step: int = 1) -> tuple[Tensor, Tensor]:
        """x and y of its pixels' centres in half heights, about every `step` px, first and last included."""

        def axis(first: int, last: int, size: int) -> Tensor:
            count = math.ceil((last - first - 1) / step) + 1
            return (torch.linspace(first, last - 1, count) + 0.5 - size / 2) * 2 / view.height

        return axis(self.left, self.right, view.width), axis(self.top, self.bottom, view.height)


Drawn = tuple[Window, Tensor]


@dataclass(frozen=True)
class Surface:
    """A pattern that moves over a picture from one side to the other, as on a body that turns.

    texture: (3, s, s) uint8, mirrored at its borders. shift: across, in half extents of the picture.
    """

    texture: Tensor
    shift: Sway

    def gain(self, grid: Tensor, view: View, px: float, blur: float) -> Tensor:
        """What the colour of a picture `px` wide is multiplied by, (n, 3, h, w), at its points (n, h, w, 2)."""
        shift = torch.stack([self.shift.at(view.times), torch.zeros(len(view.times))], 1).to(view.device)
        texture = soften(premultiplied(self.texture), self.texture.shape[-1] / px, blur).expand(len(grid), -1, -1, -1)
        moved = F.grid_sample(texture, grid + shift[:, None, None], padding_mode="reflection", align_corners=False)
        return view.light(0.3 + 1.4 * moved)


@dataclass(frozen=True)
class Picture:
    """A moving picture: RGB, or RGBA with straight alpha; in [-1, 1] of its path.

    texture: (3 or 4, s, s) uint8, or an act (frames, 4, s, s). shown: which of the frames, as a number from 0.
    blur: standard deviation of the focus blur in frame heights. endless: mirrored at its borders, as scenery is.
    nearness: how much the camera's moves shift it; 1 for what is as near as the subject.
    kind: what it is, where the pack says so.
    """

    texture: Tensor
    path: Path
    bends: Bends = ()
    blur: float = 0.0
    endless: bool = False
    nearness: float = 1.0
    surface: Surface | None = None
    shown: Sway = AT_REST
    kind: str = ""

    def draw(self, view: View) -> Drawn:
        """The window it fills, and (n, 3 or 4, h, w) in there, premultiplied."""
        to_frame = view.camera.matrices(view.times, self.nearness) @ self.path.matrices(view.times)
        window = Window(0, view.height, 0, view.width) if self.endless else self._window(to_frame, view)
        if window.is_empty():
            return window, torch.empty(0)
        grid = self._grid(torch.linalg.inv(to_frame), window, view)
        px, blur = view.height * float(to_frame[:, :2, :2].det().abs().sqrt().mean()), self.blur * view.height
        drawn = self._sampled(grid, view, self.texture.shape[-1] / px, blur)
        if self.surface:  # of a picture with alpha
            drawn[:, :3] = torch.minimum(drawn[:, :3] * self.surface.gain(grid, view, px, blur), drawn[:, 3:])
        return window, drawn

    def _sampled(self, grid: Tensor, view: View, texels_a_px: float, blur: float) -> Tensor:
        """At the points (n, h, w, 2): (n, 3 or 4, h, w), premultiplied."""
        border = "reflection" if self.endless else "zeros"

        def sample(texture: Tensor, points: Tensor) -> Tensor:
            soft = soften(premultiplied(texture, view), texels_a_px, blur).expand(len(points), -1, -1, -1)
            return F.grid_sample(soft, points, padding_mode=border, align_corners=False)

        if self.texture.dim() == 3:
            return sample(self.texture, grid)
        drawn = grid.new_empty(len(grid), self.texture.shape[1], *grid.shape[1:3])
        which = self.shown.at(view.times).round().long()
        for frame in which.unique().tolist():  # one after the other: a copy of the texture for each moment is too much
            here = (which == frame).nonzero()[:, 0].to(grid.device)
            drawn[here] = sample(self.texture[frame], grid[here])
        return drawn

    def _window(self, to_frame: Tensor, view: View) -> Window:
        # The circle around the square, with some room for bends, and 2.5 standard deviations of blur.
        reach = 1.5 * to_frame[:, :2, :2].norm(dim=2) + 2.5 * 2 * self.blur
        centre = to_frame[:, :2, 2]
        return Window.around((centre - reach).amin(0), (centre + reach).amax(0), view)

    def _grid(self, from_frame: Tensor, window: Window, view: View) -> Tensor:
        x, y = window.axes(view, GRID_STEP)
        frame = torch.stack([x.expand(len(y), -1), y[:, None].expand(-1, len(x)), torch.ones(len(y), len(x))])
        points = (from_frame @ frame.flatten(1))[:, :2].unflatten(2, (len(y), len(x)))
        for bend in self.bends:
            points = bend.bend(points, view.times)
        size = (window.bottom - window.top, window.right - window.left)
        fine = F.interpolate(points.to(view.device), size, mode="bilinear", align_corners=True)
        return fine.permute(0, 2, 3, 1)


def premultiplied(texture: Tensor, view: View | None = None) -> Tensor:
    """(3 or 4, h, w) uint8 -> float in [0, 1], colour times alpha; as the view's light, if there is one."""
    texture = texture.float() / 255
    colour = view.light(texture[:3]) if view else texture[:3]
    return colour if len(texture) == 3 else torch.cat([colour * texture[3:], texture[3:]])


def soften(texture: Tensor, texels_a_px: float, blur: float) -> Tensor:
    """Make (c, h, w) fit to be sampled: shrunk so that it doesn't alias, blurred by a Gaussian of `blur` frame px."""
    shrink = max(1, min(int(texels_a_px * max(0.75, 0.8 * blur)), texture.shape[-1] // 8))
    if shrink > 1:
        size = [max(1, round(length / shrink)) for length in texture.shape[-2:]]
        texture = F.interpolate(texture[None], size, mode="area")[0]
    sigma = texels_a_px * blur / shrink
    if sigma < 0.45:
        return texture
    radius = math.ceil(2.3 * sigma)
    offsets = torch.arange(-radius, radius + 1, device=texture.device)
    taps = torch.softmax(-(offsets**2) / (2 * sigma**2), dim=0)
    padded = F.pad(texture[:, None], (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, taps[None, None, None]), taps[None, None, :, None])[:, 0]
