# SPDX-License-Identifier: GPL-3.0-or-later
"""Two results beside each other, clip by clip."""

from collections.abc import Sequence

from .frame_scores import mean_scores
from .metrics import METRICS
from .results import Evaluated
from .scoring import ClipScores
from .tables import Row

COMPARABLE = ("set", "size", "trimap_width", "memory_freq")
BASELINE = "flow"


def pairs(done: Sequence[Evaluated], others: Sequence[Evaluated]) -> list[tuple[Evaluated, Evaluated]]:
    """What to set beside each other: the network and the baseline of the same update of the memory, and each of
    `others` with the result most like it."""
    ours = [each for each in done if each.settings.get("weights") != BASELINE]
    beside = [each for each in done if each.settings.get("weights") == BASELINE]
    return [(_most_like(theirs, ours), theirs) for theirs in (*beside, *others)]


def in_common(ours: Evaluated, theirs: Evaluated) -> list[tuple[ClipScores, ClipScores]]:
    """The scores of the clips that both have."""
    held = {clip.name: clip for clip in theirs.clips}
    return [(clip, held[clip.name]) for clip in ours.clips if clip.name in held]


def comparison_table(ours: Evaluated, theirs: Evaluated) -> list[Row]:
    """A head, a row for each clip of both, at least one, then their mean: per metric (whole frame) ours, theirs, the
    change in %."""
    both = in_common(ours, theirs)
    head: Row = ["clip", *(f"{metric}{column}" for metric in METRICS for column in ("", " of the other", " %"))]
    rows = [[mine.name, *_cells(_whole([mine]), _whole([other]))] for mine, other in both]
    mine, other = (_whole([pair[side] for pair in both]) for side in (0, 1))
    return [head, *rows, ["all clips", *_cells(mine, other)]]


def differences(ours: Evaluated, theirs: Evaluated) -> list[str]:
    """What makes their numbers no fair comparison, in words; empty where nothing is known to."""
    mine, other = ours.settings, theirs.settings
    return [
        f"{key} is {mine[key]} here and {other[key]} there"
        for key in COMPARABLE if key in mine and key in other and mine[key] != other[key]
    ]  # fmt: skip


def _most_like(theirs: Evaluated, ours: Sequence[Evaluated]) -> Evaluated:
    return min(ours, key=lambda each: len(differences(each, theirs)))


def _whole(clips: Sequence[ClipScores]) -> dict[str, float]:
    return mean_scores([clip.mean for clip in clips])["whole"]


def _cells(mine: dict[str, float], other: dict[str, float]) -> Row:
    cells: Row = []
    for metric in METRICS:
        one, two = mine.get(metric), other.get(metric)
        if one is None or two is None:
            cells += [None, None, None]
        else:
            cells += [round(one, 6), round(two, 6), round(100 * (one / two - 1), 1) + 0.0 if two else None]
    return cells
