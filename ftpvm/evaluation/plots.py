# SPDX-License-Identifier: GPL-3.0-or-later
"""Plots for the report, as SVG that stands inside a page."""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .optional import optional
from .results import Evaluated

COLOURS = ("#c8511b", "#2a6f97", "#6a994e", "#8e5ea2", "#b08900", "#555555", "#d1495b")
_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "ftpvm", "font.size": 9, "font.family": "sans-serif",
    "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def error_over_time(clip: str, done: Sequence[Evaluated], metrics: Sequence[str]) -> str:
    """A clip's whole-frame metrics by frame, an axis each, a line for each result that has the clip."""
    with optional("matplotlib").rc_context(_STYLE):
        figure = optional("matplotlib.figure").Figure(figsize=(9.6, 2.1), layout="constrained")
        axes = figure.subplots(1, len(metrics), squeeze=False)[0]
        for axis, metric in zip(axes, metrics, strict=True):
            for colour, evaluated in zip(_cycle(done), done, strict=True):
                frames = next((each.frames for each in evaluated.clips if each.name == clip), {})
                values = [frame["whole"].get(metric, math.nan) for frame in frames.values()]
                # A lone annotated frame is a dot, which a line wouldn't show.
                axis.plot(list(frames), values, color=colour, linewidth=1.2, marker="." if len(frames) < 3 else None)
            axis.set_title(metric, loc="left", fontsize=9)
            axis.set_ylim(0, max([1e-9, *axis.get_ylim()]))
            axis.set_xlabel("frame")
        return _svg(figure)


def error_over_updates(by_frequency: Mapping[str, Mapping[int, float]], metric: str) -> str:
    """A metric by the number of frames between two true trimaps in memory, a line for each model."""
    with optional("matplotlib").rc_context(_STYLE):
        figure = optional("matplotlib.figure").Figure(figsize=(4.8, 2.4), layout="constrained")
        axis = figure.subplots()
        for colour, (model, values) in zip(_cycle(by_frequency), by_frequency.items(), strict=True):
            frequencies = sorted(values)
            axis.plot(frequencies, [values[f] for f in frequencies], color=colour, marker="o", label=model)
        axis.set_xscale("log")
        axis.set_xticks(sorted({f for values in by_frequency.values() for f in values}), minor=False)
        axis.get_xaxis().set_major_formatter(optional("matplotlib.ticker").ScalarFormatter())
        axis.minorticks_off()
        axis.set_ylim(0, 1.1 * max([1e-9, *axis.get_ylim()]))
        axis.set_xlabel("frames between true trimaps")
        axis.set_title(metric, loc="left", fontsize=9)
        if len(by_frequency) > 1:
            axis.legend(frameon=False, loc="lower right")
        return _svg(figure)


def _cycle(things: Any) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(len(things))]


def _svg(figure: Any) -> str:
    """Without the head of an XML file, and without the date, so that the same results give the same page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()[file.getvalue().index("<svg") :]
