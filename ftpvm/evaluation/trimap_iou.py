# SPDX-License-Identifier: GPL-3.0-or-later
"""How well trimaps are predicted: intersection over union of their classes over a clip."""

import math
from collections.abc import Iterable

from .frame_scores import regions
from .metrics import Alpha

CLASSES = ("background", "unknown", "foreground")


class TrimapOverlap:
    """|P and T| / |P or T| of each class, pixels counted over all frames, so that empty frames weigh nothing."""

    def __init__(self) -> None:
        self._overlap, self._union = dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)

    def add(self, predicted: Alpha, true: Alpha) -> None:
        """Count a frame's trimaps, (h, w) of 0, 0.5 and 1."""
        found, there = regions(predicted), regions(true)
        for name in CLASSES:
            self._overlap[name] += int((found[name] & there[name]).sum())
            self._union[name] += int((found[name] | there[name]).sum())

    def iou(self) -> dict[str, float]:
        """0 to 1 by class name; NaN for a class that is neither predicted nor there."""
        return {name: self._overlap[name] / union if union else math.nan for name, union in self._union.items()}


def trimap_iou(trimaps: Iterable[tuple[Alpha, Alpha]]) -> dict[str, float]:
    """The overlap of (predicted, true) trimaps of a clip; see `TrimapOverlap`."""
    overlap = TrimapOverlap()
    for predicted, true in trimaps:
        overlap.add(predicted, true)
    return overlap.iou()
