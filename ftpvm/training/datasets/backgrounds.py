# SPDX-License-Identifier: GPL-3.0-or-later
"""What foregrounds are composed over: background videos, and one time in five a still where there are stills."""

from dataclasses import dataclass
from pathlib import Path

from numpy.random import Generator

from ftpvm.datasets.layout import PICTURES, Layout

from .footage import Footage
from .sampling import FrameSampler
from .videomatting108 import VideoMatting108

STILLS = 0.2
OWN = 0.5


@dataclass(frozen=True)
class BG20k:
    """BG-20k (Li et al. 2022): pictures without salient objects."""

    layout: Layout
    pictures: tuple[Path, ...]

    @classmethod
    def open(cls, root: Path) -> "BG20k":
        """BG20k/BG-20k/train/*.jpg under `root`; DatasetError where there is none."""
        layout, folder = Layout(root, "BG-20k", "BG20k/BG-20k/train/*.jpg"), ("BG20k", "BG-20k", "train")
        names = layout.names(*folder, suffixes=PICTURES)
        return cls(layout, tuple(root.joinpath(*folder, name) for name in names))


@dataclass(frozen=True)
class Backgrounds:
    """The videos behind VideoMatting108's training clips (those of validation stay unseen), and stills or None."""

    videos: VideoMatting108
    stills: BG20k | None

    def draw(self, rng: Generator, sampler: FrameSampler, own: list[Path]) -> Footage:
        """A still, the foreground's own background frames (half the time, if it has any), or some video's frames."""
        if self.stills is not None and rng.random() < STILLS:
            return Footage([self.stills.layout.rgb(self.stills.pictures[rng.integers(len(self.stills.pictures))])])
        if not own or rng.random() >= OWN:
            item = int(rng.integers(len(self.videos.backgrounds)))
            own = self.videos.paired(item, sampler(rng, len(self.videos.backgrounds[item])))
        return Footage([self.videos.layout.rgb(path) for path in own])
