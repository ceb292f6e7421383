# SPDX-License-Identifier: GPL-3.0-or-later
"""One page for people: tables beside published figures, error over time of every clip, the worst frames as pictures."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftpvm import __version__
from ftpvm.atomic import atomic_path

from .compare import comparison_table, differences, in_common, pairs
from .frame_scores import REGIONS
from .metrics import METRICS
from .optional import optional
from .plots import COLOURS, error_over_time, error_over_updates
from .published import PUBLISHED, Figures
from .results import Evaluated
from .tables import mean_iou, means
from .trimap_iou import CLASSES

WORST = 6  # clips whose worst frame is shown, for each result
PLOTTED = ("mad", "dtssd")
UNITS = {
    "mad": "1e3 · mean |error|", "mse": "1e3 · mean error²", "sad": "Σ |error| / 1e3", "grad": "Σ / 1e3",
    "conn": "Σ / 1e3", "dtssd": "1e2 · √mean",
}  # fmt: skip


@dataclass(frozen=True)
class _Worst:
    """A clip's worst frame, as a picture in the page."""

    clip: str
    frame: int
    mad: float
    picture: str


def write_report(folder: Path, done: Sequence[Evaluated], others: Sequence[Evaluated] = ()) -> Path:
    """Write `folder`/report.html, which needs no other file, about results in `folder`, and others beside them.

    All have at least one clip.

    Raises:
        MissingDependencyError: jinja2 or matplotlib isn't installed. OutputError, DiskFullError: it can't be written.
    """
    jinja2 = optional("jinja2")
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = _number
    safe = optional("markupsafe").Markup
    everything = [*done, *others]
    clips = dict.fromkeys(clip.name for evaluated in done for clip in evaluated.clips)
    page = environment.get_template("report.html.jinja").render(
        title=folder.resolve().name, version=__version__, settings=_shown_settings(done), metrics=METRICS, units=UNITS,
        regions=REGIONS, classes=CLASSES, colours=COLOURS,
        everything=[(each, means(each.clips), mean_iou(each.clips)) for each in everything],
        published=[(figures, _is_like_one(figures, done)) for figures in PUBLISHED],
        comparisons=[(ours, theirs, comparison_table(ours, theirs), differences(ours, theirs))
                     for ours, theirs in pairs(done, others) if in_common(ours, theirs)],
        plots={clip: safe(error_over_time(clip, everything, PLOTTED)) for clip in clips},
        updates=[safe(error_over_updates(values, metric)) for metric, values in _updates(done).items()],
        worst={evaluated.name: _worst(folder / evaluated.name, evaluated) for evaluated in done},
    )  # fmt: skip
    path = folder / "report.html"
    with atomic_path(path) as temporary:
        temporary.write_text(page, "utf-8")
    return path


def _shown_settings(done: Sequence[Evaluated]) -> dict[str, list[Any]]:
    """Every setting with its value for each result."""
    keys = dict.fromkeys(key for evaluated in done for key in evaluated.settings)
    return {key: [evaluated.settings.get(key, "") for evaluated in done] for key in keys}


def _is_like_one(figures: Figures, done: Sequence[Evaluated]) -> bool:
    """Whether there are results that published figures may be held against."""
    return any(figures.are_like(evaluated.settings, len(evaluated.clips)) for evaluated in done)


def _updates(done: Sequence[Evaluated]) -> dict[str, dict[str, dict[int, float]]]:
    """By metric and model: clip-wise mean by how often the memory is updated. Empty unless that was tested."""
    tested: dict[str, dict[str, dict[int, float]]] = {}
    for evaluated in done:
        if evaluated.update:
            mean = means(evaluated.clips)["clip-wise"]["whole"]
            for metric in PLOTTED:
                values = tested.setdefault(metric, {}).setdefault(evaluated.model, {})
                values[evaluated.update] = mean.get(metric, math.nan)
    return tested if any(len(values) > 1 for models in tested.values() for values in models.values()) else {}


def _worst(folder: Path, evaluated: Evaluated) -> list[_Worst]:
    """The worst frames of the clips that went worst, the worst first."""
    ranked = sorted(evaluated.clips, key=lambda clip: -clip.frames[clip.worst]["whole"]["mad"])
    shown = []
    for clip in ranked[:WORST]:
        picture = folder / clip.name / "worst.jpg"
        if picture.is_file():
            encoded = base64.b64encode(picture.read_bytes()).decode()
            mad = clip.frames[clip.worst]["whole"]["mad"]
            shown.append(_Worst(clip.name, clip.worst, mad, f"data:image/jpeg;base64,{encoded}"))
    return shown


def _number(value: object) -> str:
    """Two decimals for what was measured; a dash for what isn't known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
