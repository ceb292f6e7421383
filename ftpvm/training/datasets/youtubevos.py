# SPDX-License-Identifier: GPL-3.0-or-later
"""YouTubeVOS (Xu et al. 2018): videos whose annotations are pictures, a colour for each object."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from ftpvm.datasets.layout import Layout

from .sampling import FrameSampler

FOLDER = ("YoutubeVOS", "train")


@dataclass(frozen=True)
class YouTubeVOS:
    """For each video of the training set the numbers (file names) of its annotated frames."""

    layout: Layout
    videos: list[tuple[str, tuple[str, ...]]]

    @classmethod
    def open(cls, root: Path) -> "YouTubeVOS":
        """YoutubeVOS/train/{JPEGImages,Annotations}/VIDEO under `root`; DatasetError where a part is missing."""
        layout = Layout(root, "YouTubeVOS", "YoutubeVOS/train/{JPEGImages/VIDEO/*.jpg,Annotations/VIDEO/*.png}")
        videos = []
        for video in layout.names(*FOLDER, "Annotations"):
            annotated = [Path(name).stem for name in layout.names(*FOLDER, "Annotations", video, suffixes=(".png",))]
            pictures = {Path(name).stem for name in layout.names(*FOLDER, "JPEGImages", video, suffixes=(".jpg",))}
            if missing := [name for name in annotated if name not in pictures]:
                raise layout.error(f"JPEGImages/{video} lacks {missing[0]}.jpg, which Annotations has")
            videos.append((video, tuple(annotated)))
        return cls(layout, videos)

    def __len__(self) -> int:
        return len(self.videos)

    def read(self, item: int, rng: Generator, sampler: FrameSampler) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Pictures (h, w, 3) and the masks (h, w) of one object, uint8, in frames of a video."""
        video, frames = self.videos[item]
        names = [frames[number] for number in sampler(rng, len(frames))]
        folder = self.layout.root.joinpath(*FOLDER)
        annotations = [_coded(self.layout.rgb(folder / "Annotations" / video / f"{name}.png")) for name in names]
        wanted = _object_of(annotations, rng)
        pictures = [self.layout.rgb(folder / "JPEGImages" / video / f"{name}.jpg") for name in names]
        self.layout.require_one_size(f"frames and masks of {folder / 'JPEGImages' / video}", pictures + annotations)
        return pictures, [np.asarray(annotation == wanted, np.uint8) * np.uint8(255) for annotation in annotations]


def _coded(annotation: np.ndarray) -> np.ndarray:
    """One number for each colour, black is 0: (h, w, 3) uint8 -> (h, w). Palettes differ, their black doesn't."""
    return np.asarray(annotation.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32))


def _object_of(annotations: list[np.ndarray], rng: Generator) -> int:
    """An object that is seen in the memory, the first frame, if there is one; -1 where there is none at all."""
    for frames in (annotations[:1], annotations):
        objects = np.setdiff1d(np.unique(frames), [0])
        if len(objects):
            return int(rng.choice(objects))
    return -1
