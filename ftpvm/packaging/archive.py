# SPDX-License-Identifier: GPL-3.0-or-later
"""Zips whose bytes depend on nothing but what is in them."""

import zipfile
from pathlib import Path

from ftpvm.atomic import atomic_path

EPOCH = 315532800  # seconds: 1980-01-01, the first date a zip can hold


def source_files(folder: Path) -> dict[str, Path]:
    """The files in `folder` by their path in it, with slashes; without hidden files and what Python leaves behind."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path
        for name, path in found.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    }


def write_zip(path: Path, members: dict[str, Path]) -> None:
    """Write `members` (files by their name in the archive). OutputError or DiskFullError where it can't be written."""
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # a plain Unix file, also when built on Windows
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name].read_bytes())
