# SPDX-License-Identifier: GPL-3.0-or-later
"""What an evaluation leaves: tables on the terminal, a workbook for each model, comparisons and the report."""

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from ftpvm.evaluation.compare import comparison_table, differences, in_common, pairs
from ftpvm.evaluation.frame_scores import REGIONS
from ftpvm.evaluation.metrics import METRICS
from ftpvm.evaluation.results import Evaluated, beside
from ftpvm.evaluation.tables import Cell, Row, means, write_csv


def finish(folder: Path, done: Sequence[Evaluated], others: Sequence[Evaluated]) -> None:
    """Print what was reached; write workbooks and a report of all results in `folder`, and the comparisons."""
    from ftpvm.evaluation.report import write_report
    from ftpvm.evaluation.workbook import write_workbooks

    show(done)
    everything = [*done, *beside(folder, done)]
    for path in (*write_workbooks(folder, everything), write_report(folder, everything, others)):
        print(path)
    compare(folder, done, others)


def show(done: Sequence[Evaluated]) -> None:
    """The means of each result, whole and by region."""
    rows: list[Row] = [["", "mean", *METRICS]]
    for evaluated in done:
        for wise, mean in means(evaluated.clips).items():
            rows.append([evaluated.name, wise, *(mean["whole"].get(metric) for metric in METRICS)])
        last = means(evaluated.clips)["clip-wise"]
        rows += [["", region, *(last[region].get(metric) for metric in METRICS)] for region in REGIONS[1:]]
    print(text(rows))


def compare(folder: Path | None, done: Sequence[Evaluated], others: Sequence[Evaluated]) -> None:
    """Results beside each other, clip by clip; into `folder` too where one is given."""
    taken: set[str] = set()
    for ours, theirs in pairs(done, others):
        if not in_common(ours, theirs):
            print(f"ftpvm: {ours.name} and {theirs.name} have no clip in common to compare", file=sys.stderr)
            continue
        table = comparison_table(ours, theirs)
        print(f"\n{ours.name} against {theirs.name}, whole frame; below 0 % {ours.name} is better")
        head: Row = ["clip", *(word for metric in METRICS for word in (metric, "other", "%"))]
        print(text([head, *([_percent(cell) if i and i % 3 == 0 else cell for i, cell in enumerate(row)]
                            for row in table[1:])]))  # fmt: skip
        if unfair := differences(ours, theirs):
            print(f"ftpvm: these can't be compared fairly: {'; '.join(unfair)}", file=sys.stderr)
        if folder:
            write_csv(folder / f"{_free_name(f'{ours.name}_against_{Path(theirs.name).name}', taken)}.csv", table)


def _free_name(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken already; it is taken from now on."""
    free = next(each for count in itertools.count(1) if (each := f"{name}_{count}" if count > 1 else name) not in taken)
    taken.add(free)
    return free


def text(rows: Sequence[Row]) -> str:
    """A table in columns."""
    words = [[_word(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in words) for column in range(len(words[0]))]
    return "\n".join(
        "  ".join(word.ljust(width) if column == 0 else word.rjust(width)
                  for column, (word, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in words
    )  # fmt: skip


def _percent(cell: Cell) -> Cell:
    return f"{cell:+.1f}" if isinstance(cell, float) else cell


def _word(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.3f}".replace("nan", "-") if isinstance(cell, float) else str(cell)
