# SPDX-License-Identifier: GPL-3.0-or-later
"""Score a clip's mattes frame by frame, and hand every frame to whoever draws pictures of it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import InputError
from ftpvm.propagation.stages import prefetched

from .clip import Clip
from .frame_scores import FrameScores, frame_scores, mean_scores
from .matted import MattedFrame
from .testsets import TrueFrame
from .trimap_iou import TrimapOverlap

_AHEAD = 4  # frames decoded while others are scored


@dataclass(frozen=True)
class ClipScores:
    """Scores by the number in a frame's file name, and the trimap IoU by class where the method's trimaps are known."""

    name: str
    frames: dict[int, FrameScores]
    iou: dict[str, float] | None

    @property
    def mean(self) -> FrameScores:
        """The clip's mean over its frames."""
        return mean_scores(list(self.frames.values()))

    @property
    def worst(self) -> int:
        """The frame with the largest MAD."""
        return max(self.frames, key=lambda number: self.frames[number]["whole"]["mad"])


@dataclass(frozen=True)
class Seen:
    """A frame, by its number in its file's name, with what was made of it; no scores where it isn't annotated."""

    number: int
    true: TrueFrame
    made: MattedFrame
    scores: FrameScores | None


def score_clip(
    clip: Clip, matted: Iterable[MattedFrame], watchers: Sequence[Callable[[Seen], None]] = ()
) -> ClipScores:
    """Score mattes of some of a clip's frames, in ascending order; memory is constant in the clip's length.

    Of partly annotated clips dtSSD is between neighbouring annotated frames, however far apart they are.

    Raises:
        InputError: a matte hasn't the clip's size.
    """
    frames: dict[int, FrameScores] = {}
    overlap: TrimapOverlap | None = None
    before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    with closing(prefetched(clip.read_true(clip.frames), _AHEAD)) as truths:
        for made in matted:
            true = next(frame for number, frame in truths if number == made.frame)
            _require_size(clip, made)
            if true.alpha is not None and true.trimap is not None:
                frames[clip.number(made.frame)] = frame_scores(made.matte, true.alpha, true.trimap, before)
                before = made.matte, true.alpha
                if made.trimap is not None:
                    overlap = overlap or TrimapOverlap()
                    overlap.add(made.trimap, true.trimap)
            for watch in watchers:
                watch(Seen(clip.number(made.frame), true, made, frames.get(clip.number(made.frame))))
    return ClipScores(clip.name, frames, overlap.iou() if overlap else None)


def _require_size(clip: Clip, made: MattedFrame) -> None:
    height, width = made.matte.shape
    if (width, height) != clip.size:
        raise InputError(
            f"The matte of frame {made.frame} of {clip.name} is {width}x{height}, its true alpha "
            f"{clip.size[0]}x{clip.size[1]}: bring both to one size (--size scales the true one)."
        )
