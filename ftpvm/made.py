# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files were made of what, so that none is made twice."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ftpvm.atomic import atomic_path
from ftpvm.kept import file_stamp

PRODUCTS_VERSION = 2  # raise it when other movies, foregrounds or composites are made of the same mattes


class MadeFiles:
    """Notes in a JSON file; an unreadable one counts as empty.

    name: what files that belong together are called, a path or a pattern of theirs.
    made_of: any text that changes with what a file is made of.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            notes = json.loads(path.read_bytes())
        except (OSError, ValueError):
            notes = None
        self._notes: dict[str, object] = notes if isinstance(notes, dict) else {}

    def has(self, name: str, files: Sequence[Path], made_of: str) -> bool:
        """Whether the files were made of this and nobody touched one since."""
        return all(map(Path.exists, files)) and self._notes.get(Path(name).name) == _note(files, made_of)

    def note(self, name: str, files: Sequence[Path], made_of: str) -> None:
        """The files were made of this just now. OutputError, DiskFullError."""
        self._notes[Path(name).name] = _note(files, made_of)
        with atomic_path(self._path) as temporary:
            temporary.write_text(json.dumps(self._notes, indent=1))


def _note(files: Sequence[Path], made_of: str) -> list[str]:
    return [made_of, sha256(repr([file_stamp(file) for file in files]).encode()).hexdigest()]
