# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what lies upstream of a node is still what it was."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

# Knobs that change how a node looks in the graph and nothing else; the last three are our own node's
_LOOKS = frozenset((
    "xpos", "ypos", "selected", "name", "label", "tile_color", "gl_color", "note_font", "note_font_size",
    "note_font_color", "hide_input", "icon", "bookmark", "postage_stamp", "postage_stamp_frame", "dope_sheet", "cached",
    "indicators", "autolabel", "localizationPolicy", "status", "unfinished", "ftpvm_uid",
))  # fmt: skip


def digest(nodes: Iterable[tuple[str, str]], files: Iterable[str]) -> str:
    """Eight characters that change with what is computed. nodes: class and knobs as text. files: what they read."""
    whole = hashlib.sha256()
    for kind, knobs in nodes:
        seen = [line for line in knobs.splitlines() if line.split(" ", 1)[0] not in _LOOKS]
        whole.update("\n".join([kind, *seen, ""]).encode("utf-8", "surrogateescape"))
    for file in files:
        whole.update("\n".join(_stamps(file)).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()[:8]


def _stamps(file: str) -> list[str]:
    """Name, size and time of every file that a path with a counter may mean."""
    path = Path(file)
    wanted = re.compile(re.sub(r"(?:\\#)+|%\d*d|\d+", r"-?\\d+", re.escape(path.name)))
    try:
        with os.scandir(path.parent) as entries:
            found = [entry for entry in entries if wanted.fullmatch(entry.name)]
            return sorted(f"{e.name}|{e.stat().st_size}|{e.stat().st_mtime_ns}" for e in found)
    except OSError:
        return [file]
