# SPDX-License-Identifier: GPL-3.0-or-later
"""What an evaluation leaves: tables on the terminal, a workbook for each model, comparisons and the report."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ftpvm.evaluation.clips import REGIONS
from ftpvm.evaluation.compare import comparison_table, differences, pairs
from ftpvm.evaluation.metrics import METRICS
from ftpvm.evaluation.results import Evaluated
from ftpvm.evaluation.tables import Cell, Row, means, write_csv


def finish(folder: Path, done: Sequence[Evaluated], others: Sequence[Evaluated]) -> None:
    """Print what was reached; write the workbooks, the comparisons and the report into `folder`."""
    from ftpvm.evaluation.report import write_report
    from ftpvm.evaluation.workbook import write_workbooks

    show(done)
    compare(folder, done, others)
    written = write_workbooks(folder, done)
    written.append(write_report(folder, done, others))
    for path in written:
        print(path)


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
    for ours, theirs in pairs(done, others):
        table = comparison_table(ours, theirs)
        print(f"\n{ours.name} against {theirs.name}, whole frame; below 0 % {ours.name} is better")
        head: Row = ["clip", *(word for metric in METRICS for word in (metric, "other", "%"))]
        print(text([head, *([_percent(cell) if i and i % 3 == 0 else cell for i, cell in enumerate(row)]
                            for row in table[1:])]))  # fmt: skip
        if unfair := differences(ours, theirs):
            print(f"ftpvm: these can't be compared fairly: {'; '.join(unfair)}", file=sys.stderr)
        if folder:
            other = re.sub(r"\W+", "_", theirs.name).strip("_")
            write_csv(folder / f"{ours.name}_against_{other}.csv", table)


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
