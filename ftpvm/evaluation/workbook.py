# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as an .xlsx workbook per model: frame-wise and clip-wise means, clips, frames; whole and by region."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ftpvm.atomic import atomic_path

from .optional import optional
from .results import Evaluated
from .tables import Row, clips_table, frames_table, means_table


def write_workbooks(folder: Path, done: Sequence[Evaluated]) -> list[Path]:
    """MODEL.xlsx for every model; its memory updates, as in NAME_memory30, have sheets of their own.

    Raises:
        MissingDependencyError: openpyxl isn't installed. OutputError, DiskFullError: it can't be written.
    """
    models: dict[str, list[Evaluated]] = {}
    for evaluated in done:
        models.setdefault(evaluated.model, []).append(evaluated)
    paths = [folder / f"{model}.xlsx" for model in models]
    for path, results in zip(paths, models.values(), strict=True):
        _write(path, results)
    return paths


def _write(path: Path, results: Sequence[Evaluated]) -> None:
    book = optional("openpyxl").Workbook(write_only=True)
    for evaluated in results:
        ending = f" memory {evaluated.update}" if evaluated.update else ""
        tables = {"means": means_table, "clips": clips_table, "frames": frames_table}
        for name, table in tables.items():
            _add_sheet(book, f"{name}{ending}", table(evaluated.clips))
    with atomic_path(path) as temporary:
        book.save(temporary)


def _add_sheet(book: object, title: str, table: Sequence[Row]) -> None:
    """Its head is bold and stays in sight."""
    sheet = book.create_sheet(title)  # type: ignore[attr-defined]
    sheet.freeze_panes = "B2"
    for column, cell in enumerate(table[0], start=1):
        letter = optional("openpyxl.utils").get_column_letter(column)
        sheet.column_dimensions[letter].width = max(10, len(str(cell)) + 2)
    bold, cell_of = optional("openpyxl.styles").Font(bold=True), optional("openpyxl.cell").WriteOnlyCell
    head = [cell_of(sheet, value=value) for value in table[0]]
    for cell in head:
        cell.font = bold
    sheet.append(head)
    for row in table[1:]:
        sheet.append([_text(cell_of, sheet, cell) if isinstance(cell, str) else cell for cell in row])


def _text(cell_of: Callable[..., Any], sheet: object, text: str) -> object:
    """A name as it is, no formula, whatever it begins with; control characters can't be in a workbook."""
    cell = cell_of(sheet, value=optional("openpyxl.cell.cell").ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
