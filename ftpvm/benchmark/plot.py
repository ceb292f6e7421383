# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows as a picture: bars of speed and of memory for every case."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftpvm.atomic import atomic_path
from ftpvm.errors import MissingDependencyError

from .case import Case, Row

# What a panel shows, by its field in `Measured`: name and colour.
SPEED = {"eager": ("eager fp32 network", "0.7"), "network": ("network", "C0"), "end_to_end": ("end to end", "C1")}
MEMORY = {"ram": ("RAM", "C2"), "vram": ("VRAM", "C3")}
INCHES_A_CASE, THICKNESS = 0.6, 0.8  # of a case's bars together, of the room there is


def require_matplotlib() -> None:
    """MissingDependencyError, with what to do, where it isn't installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingDependencyError(
            'Plots need matplotlib: install it with `pip install "ftpvm[evaluation]"`, or do without (--no-plot).'
        )


def write_plot(path: Path, rows: Sequence[Row], title: str) -> None:
    """A PNG or SVG, by the path's ending. MissingDependencyError, OutputError, DiskFullError."""
    require_matplotlib()
    from matplotlib.figure import Figure  # not pyplot: no window, nothing shared

    figure = Figure(figsize=(12, 1.5 + INCHES_A_CASE * len(rows)), layout="constrained")
    speed, memory = figure.subplots(1, 2, sharey=True)
    _panel(speed, rows, SPEED, "frames/s")
    _panel(memory, rows, MEMORY, "peak memory, MiB")
    speed.set_yticks(range(len(rows)), [_name(row.case) for row in rows])
    speed.invert_yaxis()
    figure.suptitle(title)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _panel(axes: Any, rows: Sequence[Row], shown: dict[str, tuple[str, str]], unit: str) -> None:
    """A bar for each thing shown, below each other around a case's place."""
    shown = {what: style for what, style in shown.items() if any(_value(row, what) for row in rows)}
    height = THICKNESS / max(1, len(shown))
    for number, (what, (name, colour)) in enumerate(shown.items()):
        lengths = [_value(row, what) for row in rows]
        places = [place + (number - (len(shown) - 1) / 2) * height for place in range(len(rows))]
        bars = axes.barh(places, lengths, height, color=colour, label=name)
        axes.bar_label(bars, [_label(length) for length in lengths], padding=3, fontsize="small")
    axes.set_xlabel(unit)
    axes.margins(x=0.15)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)


def _value(row: Row, what: str) -> float:
    return (row.measured and getattr(row.measured, what)) or 0.0


def _label(length: float) -> str:
    return "" if not length else f"{length:.0f}" if length >= 100 else f"{length:.3g}"


def _name(case: Case) -> str:
    width, height = case.size
    plural = "s" if case.keyframes > 1 else ""
    return f"{width}x{height}\n{case.device} {case.precision}, {case.keyframes} keyframe{plural}"
