# SPDX-License-Identifier: GPL-3.0-or-later
"""VideoMatting108 (Zhang et al. 2021): foreground clips with alpha, each paired with frames of a background video."""

from dataclasses import dataclass
from pathlib import Path

from ftpvm.datasets.layout import Layout
from ftpvm.datasets.videomatting108 import paired_clips

from .footage import Footage


@dataclass(frozen=True)
class VideoMatting108:
    """The training clips: for each the paths of its frames, and of the background frames they're paired with."""

    layout: Layout
    foregrounds: tuple[tuple[Path, ...], ...]
    backgrounds: tuple[tuple[Path, ...], ...]

    @classmethod
    def open(cls, root: Path) -> "VideoMatting108":
        """The clips of VideoMatting108/train_videos.txt under `root`; DatasetError where something is missing."""
        layout, clips = paired_clips(root, "train_videos.txt")
        fronts, backs = zip(*(zip(*pairs, strict=True) for pairs in clips.values()), strict=True)
        return cls(layout, fronts, backs)

    def lengths(self) -> list[int]:
        """Frames of each clip."""
        return [len(frames) for frames in self.foregrounds]

    def foreground(self, item: int, numbers: list[int]) -> Footage:
        """Some frames of a clip."""
        paths = [self.foregrounds[item][number] for number in numbers]
        frames = [self.layout.rgba(path) for path in paths]
        self.layout.require_one_size(f"frames of {paths[0].parent}", frames)
        return Footage(frames)

    def paired(self, item: int, numbers: list[int]) -> list[Path]:
        """The background frames that frame_corr.json pairs these with."""
        return [self.backgrounds[item][number] for number in numbers]
