# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of quality.py: the targets and whether they are reached, then every clip."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

SIDES = ("ours", "baseline")
SHOWN = ("mad", "mse", "sad", "grad", "conn", "dtssd")
CLOCKS = {"seconds": "by the clock", "cpu_seconds": "in CPU time"}  # there unless --rounds 0
TITLES = {"mad": "MAD", "mse": "MSE", "sad": "SAD", "grad": "Grad", "conn": "Conn", "dtssd": "dtSSD"}

Measured = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A number and what it has to be: at most `limit`, or at least if `upward`."""

    what: str
    measured: float
    limit: float
    upward: bool = False

    @property
    def reached(self) -> bool:
        return self.measured >= self.limit if self.upward else self.measured <= self.limit

    def row(self) -> str:
        wanted = f"at {'least' if self.upward else 'most'} {self.limit:.3g}"
        return f"| {self.what} | {wanted} | {self.measured:.3g} | {'yes' if self.reached else '**no**'} |"


def targets(measured: Measured) -> Iterator[Target]:
    """Ratios are of the means over all clips."""
    clips = list(measured["clips"].values())
    for count in ("1", "3"):
        yield Target(f"MAD, ours / baseline, {count} keyframe(s)", _ratio(clips, count, "mad"), 1 / 3)
        yield Target(f"dtSSD, ours / baseline, {count} keyframe(s)", _ratio(clips, count, "dtssd"), 1 / 2)
        yield Target(f"Grad, ours / baseline, {count} keyframe(s)", _ratio(clips, count, "grad"), 1)
        for kind, clock in CLOCKS.items():
            if any(kind not in clip[count] for clip in clips):
                continue
            faster = 1 / _ratio_of([clip[count][kind] for clip in clips])
            yield Target(f"times faster than the baseline {clock}, {count} keyframe(s)", faster, 20, upward=True)
    iou = fmean((clip["iou"]["foreground"] + clip["iou"]["background"]) / 2 for clip in clips)
    yield Target("IoU of predicted trimaps, foreground and background, 3 keyframes", iou, 0.9, upward=True)


def markdown(measured: Measured) -> str:
    """Both tables."""
    lines = [
        f"Weights {measured['weights']}, working at {measured['resolution']} px, {measured['threads']} thread(s); "
        f"means over {len(measured['clips'])} clips.\n",
        "| what | wanted | measured | reached |\n|---|---|---|---|",
        *(target.row() for target in targets(measured)),
        "\n| clip | keyframes | side | " + " | ".join(TITLES.values()) + " | s a frame | CPU s | trimap IoU |",
        "|---" * (len(SHOWN) + 6) + "|",
    ]
    for name, clip in measured["clips"].items():
        for count in ("1", "3"):
            lines += [_row(name, clip, count, side) for side in SIDES]
    return "\n".join(lines) + "\n"


def _row(name: str, clip: Measured, count: str, side: str) -> str:
    whole = clip[count][side]["whole"]
    numbers = " | ".join(f"{whole[metric]:.2f}" for metric in SHOWN)
    iou = clip["iou"] if (side, count) == ("ours", "3") else None
    overlap = f"{iou['foreground']:.3f} fg, {iou['background']:.3f} bg" if iou else ""
    seconds = " | ".join(f"{clip[count][kind][side]:.2f}" if kind in clip[count] else "" for kind in CLOCKS)
    return f"| {name} | {count} | {side} | {numbers} | {seconds} | {overlap} |"


def _ratio(clips: list[Measured], count: str, metric: str) -> float:
    return _ratio_of([{side: clip[count][side]["whole"][metric] for side in SIDES} for clip in clips])


def _ratio_of(pairs: list[dict[str, float]]) -> float:
    ours, baseline = (fmean(pair[side] for pair in pairs) for side in SIDES)
    return ours / baseline if baseline else float(ours > 0)
