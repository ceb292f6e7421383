# SPDX-License-Identifier: GPL-3.0-or-later
"""All metrics over a clip: frame by frame, whole and by region, and their means."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .metrics import Alpha, as_array, error_maps, scores

REGIONS = ("whole", "foreground", "unknown", "background")

FrameScores = dict[str, dict[str, float]]  # by region, by metric


def regions(trimap: Alpha) -> dict[str, NDArray[np.bool_]]:
    """The regions (h, w) of a trimap (h, w) of 0, 0.5 and 1, by their names in REGIONS."""
    levels = as_array(trimap)
    foreground, background = levels > 0.75, levels < 0.25
    return {
        "whole": np.ones(levels.shape, bool),
        "foreground": foreground,
        "unknown": ~foreground & ~background,
        "background": background,
    }


def scores_by_frame(clip: Iterable[tuple[Alpha, Alpha, Alpha]]) -> Iterator[FrameScores]:
    """Score (matte, truth, true trimap) of consecutive frames; dtSSD begins with the second frame.

    Raises:
        InputError: sizes that differ or are not (h, w).
    """
    before = None
    for matte, truth, trimap in clip:
        yield frame_scores(matte, truth, trimap, before)
        before = matte, truth


def frame_scores(matte: Alpha, truth: Alpha, trimap: Alpha, before: tuple[Alpha, Alpha] | None) -> FrameScores:
    """Score one frame; dtSSD only with matte and truth of the one before. InputError as of `scores_by_frame`."""
    maps = error_maps(matte, truth, before)
    return {name: scores(maps, region) for name, region in regions(trimap).items()}


def mean_scores(frames: Sequence[FrameScores]) -> FrameScores:
    """The mean over frames, or over clips if handed their means. What is NaN or missing in a frame doesn't count."""
    return {region: _means([frame[region] for frame in frames]) for region in frames[0]} if frames else {}


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    metrics = dict.fromkeys(metric for row in rows for metric in row)
    return {metric: _mean([row[metric] for row in rows if metric in row]) for metric in metrics}


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
