# SPDX-License-Identifier: GPL-3.0-or-later
"""How a frame is fitted into the network: shrunk to the working size, padded to multiples of 16, cropped again."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from .layers import per_frame

MULTIPLE = 16


@dataclass(frozen=True)
class Framing:
    """Sizes (height, width): of the frames handed in, and of the small ones the network works on."""

    full: tuple[int, int]
    small: tuple[int, int]

    @classmethod
    def of(cls, frames: Tensor, downsample_ratio: float) -> "Framing":
        """For frames (b, t, c, h, w)."""
        h, w = frames.shape[-2:]
        return cls((h, w), (max(1, round(h * downsample_ratio)), max(1, round(w * downsample_ratio))))

    @property
    def is_shrunk(self) -> bool:
        return self.small != self.full

    def shrink(self, clip: Tensor) -> Tensor:
        """Bilinear, as the published network was run: (b, t, c, *full) -> (b, t, c, *small).

        Below half size bilinear skips pixels, so there the clip is smoothed first, as far as it shrinks.
        """
        if not self.is_shrunk:
            return clip
        skips_pixels = self.small[0] * 2 + 1 < self.full[0]
        # Each channel as an image of its own: faster, and rounded the same whatever the number of threads.
        planes = clip.flatten(0, 2).unsqueeze(1)
        planes = F.interpolate(planes, self.small, mode="bilinear", align_corners=False, antialias=skips_pixels)
        return planes.view(*clip.shape[:3], *self.small)

    def pad(self, clip: Tensor) -> Tensor:
        """Repeat the last row and column until both sizes are multiples of 16."""
        h, w = self.small
        below, right = -h % MULTIPLE, -w % MULTIPLE
        return per_frame(lambda x: F.pad(x, (0, right, 0, below), mode="replicate"), clip) if below or right else clip

    def crop(self, clip: Tensor) -> Tensor:
        """Undo `pad`, so that the small result shows exactly the field of view of the full frame."""
        return clip[..., : self.small[0], : self.small[1]]
