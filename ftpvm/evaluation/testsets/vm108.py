# SPDX-License-Identifier: GPL-3.0-or-later
"""`vm108`: the validation clips of VideoMatting108, composited as frame_corr.json pairs them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ftpvm.datasets.layout import Layout
from ftpvm.datasets.videomatting108 import Pairs, paired_clips
from ftpvm.media.composite import composite
from ftpvm.media.resized import resized

from .footage import TrueFrame, files_identity, frame_numbers


@dataclass(frozen=True)
class Composited:
    """Footage of RGBA foregrounds, not premultiplied, over backgrounds that are scaled to their size."""

    layout: Layout
    name: str
    pairs: Pairs

    @property
    def numbers(self) -> Sequence[int]:
        return frame_numbers([front for front, _ in self.pairs])

    @property
    def annotated(self) -> range:
        return range(len(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def read(self, frames: range) -> Iterator[TrueFrame]:
        first = None
        for front, back in (self.pairs[frame] for frame in frames):
            rgba = self.layout.rgba(front) / np.float32(255)
            first = rgba if first is None else first
            self.layout.require_one_size(f"frames of {front.parent}", (first, rgba))
            alpha, size = rgba[..., 3], rgba.shape[1::-1]
            background = resized(self.layout.rgb(back) / np.float32(255), size)
            yield TrueFrame(composite(rgba[..., :3], alpha, background), np.ascontiguousarray(alpha))

    def identity(self) -> str:
        return files_identity(path for pair in self.pairs for path in pair)


def open_vm108(root: Path) -> list[Composited]:
    """The clips that val_videos.txt names, in its order. Raises DatasetError."""
    layout, clips = paired_clips(root, "val_videos.txt")
    return [Composited(layout, name, pairs) for name, pairs in clips.items()]
