# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files were made of what, so that none is made twice."""

import json
from pathlib import Path

from ftpvm.atomic import atomic_path
from ftpvm.kept import file_stamp

PRODUCTS_VERSION = 1  # raise it when other movies, foregrounds or composites are made of the same mattes


class MadeFiles:
    """Notes in a JSON file; an unreadable one counts as empty.

    made_of: any text that changes with what a file is made of.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            notes = json.loads(path.read_bytes())
        except (OSError, ValueError):
            notes = None
        self._notes: dict[str, object] = notes if isinstance(notes, dict) else {}

    def has(self, file: Path, made_of: str) -> bool:
        """Whether the file was made of this and nobody touched it since."""
        stamp = file_stamp(file)
        return stamp is not None and self._notes.get(file.name) == [made_of, *stamp]

    def note(self, file: Path, made_of: str) -> None:
        """The file was made of this just now. OutputError, DiskFullError."""
        self._notes[file.name] = [made_of, *(file_stamp(file) or ())]
        with atomic_path(self._path) as temporary:
            temporary.write_text(json.dumps(self._notes, indent=1))
