# SPDX-License-Identifier: GPL-3.0-or-later
"""How good mattes are: metrics, a baseline without weights to hold them against, and pictures to look at."""

from .baseline import baseline_mattes
from .frame_scores import REGIONS, FrameScores, mean_scores, regions, scores_by_frame
from .matted import MattedFrame
from .metrics import METRICS, conn, dtssd, error_maps, grad, mad, mse, sad, scores
from .picture_sheet import write_picture_sheet
from .predicted import predicted_trimaps
from .trimap_iou import trimap_iou

__all__ = [
    "METRICS",
    "REGIONS",
    "FrameScores",
    "MattedFrame",
    "baseline_mattes",
    "conn",
    "dtssd",
    "error_maps",
    "grad",
    "mad",
    "mean_scores",
    "mse",
    "predicted_trimaps",
    "regions",
    "sad",
    "scores",
    "scores_by_frame",
    "trimap_iou",
    "write_picture_sheet",
]  # fmt: skip
