# SPDX-License-Identifier: GPL-3.0-or-later
"""YouTubeVIS (Yang et al. 2019): videos with the masks of some objects in every kept frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from ftpvm.datasets.layout import Files, Layout

from .rle import decode
from .sampling import FrameSampler

Runs = np.ndarray | None  # of one frame; None where the object isn't seen


@dataclass(frozen=True)
class Video:
    """Frames and the run lengths of each object in each of them; height and width of the masks in px."""

    frames: tuple[Path, ...]
    height: int
    width: int
    objects: list[list[Runs]]


@dataclass(frozen=True)
class YouTubeVIS:
    """The annotated videos of the training set."""

    layout: Layout
    videos: list[Video]

    @classmethod
    def open(cls, root: Path) -> "YouTubeVIS":
        """YoutubeVIS/train/{JPEGImages/,instances.json} under `root`; DatasetError where a part is missing or wrong."""
        layout = Layout(root, "YouTubeVIS", "YoutubeVIS/train/{JPEGImages/VIDEO/*.jpg,instances.json}")
        images = Files(layout, "YoutubeVIS", "train", "JPEGImages")
        content = layout.json("YoutubeVIS", "train", "instances.json")
        try:
            videos = {entry["id"]: _video(images, entry) for entry in content["videos"]}
            for annotation in content["annotations"]:
                videos[annotation["video_id"]].objects.append(_runs(layout, annotation["segmentations"]))
        except (KeyError, TypeError, ValueError) as error:
            raise layout.error(f"instances.json lacks or misuses {error}") from error
        annotated = [video for video in videos.values() if video.objects]
        if not annotated:
            raise layout.error("instances.json annotates no video")
        for video in annotated:
            if any(len(masks) != len(video.frames) for masks in video.objects):
                raise layout.error(
                    f"instances.json has more or fewer masks than frames in {video.frames[0].parent.name}"
                )
        return cls(layout, annotated)

    def __len__(self) -> int:
        return len(self.videos)

    def read(self, item: int, rng: Generator, sampler: FrameSampler) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Pictures (h, w, 3) and the masks (h, w) of one object, uint8, in frames of a video."""
        video = self.videos[item]
        numbers = sampler(rng, len(video.frames))
        masks = video.objects[rng.integers(len(video.objects))]
        pictures = [self.layout.rgb(video.frames[number]) for number in numbers]
        decoded = [self._mask(video, masks[number]) for number in numbers]
        self.layout.require_one_size(f"frames and masks of {video.frames[0].parent}", pictures + decoded)
        return pictures, decoded

    def _mask(self, video: Video, runs: Runs) -> np.ndarray:
        if runs is None:
            return np.zeros((video.height, video.width), np.uint8)
        try:
            return decode(runs, video.height, video.width)
        except ValueError as error:
            raise self.layout.error(f"a mask of {video.frames[0].parent.name} has {error}") from None


def _video(images: Files, entry: dict[str, Any]) -> Video:
    frames = tuple(images.find(name) for name in entry["file_names"])
    if not frames:
        raise images.layout.error(f"instances.json names no frames of video {entry['id']}")
    return Video(frames, int(entry["height"]), int(entry["width"]), [])


def _runs(layout: Layout, segmentations: list[dict[str, Any] | None]) -> list[Runs]:
    """Arrays, since lists of numbers would fill the memory of every worker."""
    counts = [None if each is None else each["counts"] for each in segmentations]
    if any(isinstance(each, str) for each in counts):
        raise layout.error("instances.json holds compressed masks where lists of run lengths are expected")
    return [None if each is None else np.asarray(each, np.int64).astype(np.int32) for each in counts]
