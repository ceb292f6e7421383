# SPDX-License-Identifier: GPL-3.0-or-later
"""What every source of training data hands to the loop."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Clip:
    """Frames with their alpha and trimap; the first `memories` frames are memory, the rest are query.

    A batch: images (b, m + t, 3, h, w) RGB in [0, 1], alphas (b, m + t, 1, h, w) in [0, 1], trimaps alike with 0
    background, 0.5 unknown, 1 foreground. Datasets give one clip without b; `collate` puts them together.
    """

    images: Tensor
    alphas: Tensor
    trimaps: Tensor
    memories: int

    def memory(self) -> tuple[Tensor, Tensor]:
        """Memory images and trimaps of a batch."""
        return self.images[:, : self.memories], self.trimaps[:, : self.memories]

    def query(self) -> tuple[Tensor, Tensor, Tensor]:
        """Query images, alphas and trimaps of a batch."""
        images, alphas, trimaps = (x[:, self.memories :] for x in (self.images, self.alphas, self.trimaps))
        return images, alphas, trimaps

    def to(self, device: torch.device | str) -> "Clip":
        """The same clip on another device; from pinned memory the copy doesn't wait."""
        images, alphas, trimaps = (x.to(device, non_blocking=True) for x in (self.images, self.alphas, self.trimaps))
        return Clip(images, alphas, trimaps, self.memories)

    def pin_memory(self) -> "Clip":
        """In page-locked memory; the data loader asks for it where the device is a GPU."""
        return Clip(self.images.pin_memory(), self.alphas.pin_memory(), self.trimaps.pin_memory(), self.memories)


def collate(clips: Sequence[Clip]) -> Clip:
    """Unbatched clips of one size -> one batch."""
    parts = zip(*((clip.images, clip.alphas, clip.trimaps) for clip in clips), strict=True)
    images, alphas, trimaps = (torch.stack(part) for part in parts)
    return Clip(images, alphas, trimaps, clips[0].memories)
