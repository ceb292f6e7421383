# SPDX-License-Identifier: GPL-3.0-or-later
"""VideoMatting108 (Zhang et al. 2021): foreground clips with alpha, each paired with frames of a background video."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .footage import Footage
from .layout import Files, Layout


@dataclass(frozen=True)
class VideoMatting108:
    """The training clips: for each the paths of its frames, and of the background frames they're paired with."""

    layout: Layout
    foregrounds: tuple[tuple[Path, ...], ...]
    backgrounds: tuple[tuple[Path, ...], ...]

    @classmethod
    def open(cls, root: Path) -> "VideoMatting108":
        """The clips of VideoMatting108/train_videos.txt under `root`; DatasetError where something is missing."""
        layout = Layout(
            root, "VideoMatting108",
            "VideoMatting108/{FG_done/CLIP/*.png,BG_done/VIDEO/*,train_videos.txt,frame_corr.json}",
        )  # fmt: skip
        clips = [line.strip() for line in layout.text("VideoMatting108", "train_videos.txt").splitlines()]
        pairs = _pairs_by_clip(layout)
        fronts, backs = (Files(layout, "VideoMatting108", folder) for folder in ("FG_done", "BG_done"))
        foregrounds, backgrounds = [], []
        for clip in filter(None, clips):
            if clip not in pairs:
                raise layout.error(f"frame_corr.json has no frame of {clip}, which train_videos.txt names")
            foregrounds.append(tuple(fronts.find(front) for front, _ in pairs[clip]))
            backgrounds.append(tuple(backs.find(back) for _, back in pairs[clip]))
        if not foregrounds:
            raise layout.error("train_videos.txt names no clip")
        return cls(layout, tuple(foregrounds), tuple(backgrounds))

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


def _pairs_by_clip(layout: Layout) -> dict[str, list[tuple[str, str]]]:
    """frame_corr.json, {"CLIP/frame.png": "VIDEO/frame.jpg"}, as sorted pairs by clip."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for front, back in sorted(layout.json("VideoMatting108", "frame_corr.json").items()):
        if not isinstance(back, str):
            raise layout.error(f"frame_corr.json pairs {front} with {back!r}, which is no file name")
        pairs.setdefault(str(PurePosixPath(front).parent), []).append((front, back))
    return pairs
