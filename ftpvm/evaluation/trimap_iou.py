# SPDX-License-Identifier: GPL-3.0-or-later
"""How well trimaps are predicted: intersection over union of their classes over a clip."""

import math
from collections.abc import Iterable

from .clips import regions
from .metrics import Alpha

CLASSES = ("background", "unknown", "foreground")


def trimap_iou(trimaps: Iterable[tuple[Alpha, Alpha]]) -> dict[str, float]:
    """|P and T| / |P or T| of each class, pixels counted over all frames, so that empty frames weigh nothing.

    Args:
        trimaps: (predicted, true) per frame, (h, w) of 0, 0.5 and 1.

    Returns:
        0 to 1 by class name; NaN for a class that is neither predicted nor there.
    """
    overlap, union = dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)
    for predicted, true in trimaps:
        found, there = regions(predicted), regions(true)
        for name in CLASSES:
            overlap[name] += int((found[name] & there[name]).sum())
            union[name] += int((found[name] | there[name]).sum())
    return {name: overlap[name] / union[name] if union[name] else math.nan for name in CLASSES}
