# SPDX-License-Identifier: GPL-3.0-or-later
"""What every source of training data hands to the loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Clip:
    """Frames with their alpha and trimap: first `memories` memory frames, then `burn_in` frames, then the query.

    Burn-in frames (Kapturowski et al. 2019) come right before the query and ask for nothing: the recurrent memory is
    carried through them without a gradient.

    A batch of n = m + burn_in + t frames: images (b, n, 3, h, w) RGB in [0, 1], alphas (b, n, 1, h, w) in [0, 1],
    trimaps alike with 0 background, 0.5 unknown, 1 foreground. Datasets give one clip without b; `collate` puts them
    together.
    """

    images: Tensor
    alphas: Tensor
    trimaps: Tensor
    memories: int
    burn_in: int = 0

    def memory(self) -> tuple[Tensor, Tensor]:
        """Memory images and trimaps of a batch."""
        return self.images[:, : self.memories], self.trimaps[:, : self.memories]

    def query(self) -> tuple[Tensor, Tensor, Tensor]:
        """Query images, alphas and trimaps of a batch."""
        images, alphas, trimaps = (x[:, self.memories + self.burn_in :] for x in self._tensors())
        return images, alphas, trimaps

    def burn_in_images(self) -> Tensor:
        """The burn-in frames of a batch."""
        return self.images[:, self.memories : self.memories + self.burn_in]

    def to(self, device: torch.device | str) -> "Clip":
        """The same clip on another device; from pinned memory the copy doesn't wait."""
        return self._with(lambda x: x.to(device, non_blocking=True))

    def pin_memory(self) -> "Clip":
        """In page-locked memory; the data loader asks for it where the device is a GPU."""
        return self._with(Tensor.pin_memory)

    def _tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.images, self.alphas, self.trimaps

    def _with(self, moved: Callable[[Tensor], Tensor]) -> "Clip":
        images, alphas, trimaps = map(moved, self._tensors())
        return replace(self, images=images, alphas=alphas, trimaps=trimaps)


def collate(clips: Sequence[Clip]) -> Clip:
    """Unbatched clips of one size -> one batch."""
    images, alphas, trimaps = (torch.stack(part) for part in zip(*(clip._tensors() for clip in clips), strict=True))
    return replace(clips[0], images=images, alphas=alphas, trimaps=trimaps)
