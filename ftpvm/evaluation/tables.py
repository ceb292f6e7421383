# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores as tables: a row a clip or a frame, a column for every region and metric."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from ftpvm.atomic import atomic_path

from .frame_scores import REGIONS, FrameScores, mean_scores
from .metrics import METRICS
from .scoring import ClipScores
from .trimap_iou import CLASSES

Cell = str | int | float | None
Row = list[Cell]

COLUMNS = tuple(f"{region}_{metric}" for region in REGIONS for metric in METRICS)
IOU_COLUMNS = tuple(f"iou_{name}" for name in CLASSES)


def means(clips: Sequence[ClipScores]) -> dict[str, FrameScores]:
    """ "frame-wise": over all frames of all clips; "clip-wise": over the clips' means, so that short ones count too."""
    frames = [frame for clip in clips for frame in clip.frames.values()]
    return {"frame-wise": mean_scores(frames), "clip-wise": mean_scores([clip.mean for clip in clips])}


def mean_iou(clips: Iterable[ClipScores]) -> dict[str, float]:
    """The mean over clips by class; NaN where no trimaps are known."""
    known = [clip.iou for clip in clips if clip.iou]
    return mean_scores([{"": iou} for iou in known])[""] if known else dict.fromkeys(CLASSES, math.nan)


def means_table(clips: Sequence[ClipScores]) -> list[Row]:
    """A head, then the frame-wise and the clip-wise mean."""
    rows = [[name, *_cells(mean)] for name, mean in means(clips).items()]
    return [["mean", *COLUMNS, *IOU_COLUMNS], rows[0], [*rows[1], *map(_cell, mean_iou(clips).values())]]


def clips_table(clips: Sequence[ClipScores]) -> list[Row]:
    """A head, then a row a clip."""
    rows: list[Row] = [["clip", "frames", "worst_frame", *COLUMNS, *IOU_COLUMNS]]
    for clip in clips:
        iou = [_cell(clip.iou[name]) for name in CLASSES] if clip.iou else []
        rows.append([clip.name, len(clip.frames), clip.worst, *_cells(clip.mean), *iou])
    return rows


def frames_table(clips: Sequence[ClipScores]) -> list[Row]:
    """A head, then a row a frame."""
    rows: list[Row] = [["clip", "frame", *COLUMNS]]
    rows += [[clip.name, number, *_cells(frame)] for clip in clips for number, frame in clip.frames.items()]
    return rows


def write_csv(path: Path, table: Sequence[Row]) -> None:
    """Write a table; unknown cells stay empty. Raises OutputError or DiskFullError."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)


def _cells(scores: FrameScores) -> Row:
    return [_cell(scores[region].get(metric, math.nan)) for region in REGIONS for metric in METRICS]


def _cell(value: float) -> Cell:
    return None if math.isnan(value) else round(value, 6)
