# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame numbers as artists type them: "1, 22, 48-50", with Nuke's steps, "1-41x10"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import UserError

_PART = re.compile(r"(-?\d+)(?:\s*-\s*(-?\d+)(?:\s*x\s*(\d+))?)?")
_MOST = 100000  # frames in one text: a slip of the finger must not hang Nuke


def parsed(text: str) -> list[int]:
    """The frames in `text`, ascending, each once. Raises UserError for anything that isn't frames."""
    frames: set[int] = set()
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*([-x])\s*(?=\d)", r"\1", text.strip()))):
        match = _PART.fullmatch(part)
        if match is None:
            raise UserError(f"'{part}' isn't a frame: type frames as 1, 22, 48-50.")
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if last < first or not step or last - first > _MOST:
            raise UserError(f"'{part}' isn't a range of frames: type the first frame first, as in 48-50.")
        frames.update(range(first, last + 1, step))
    return sorted(frames)


def text_of(frames: Iterable[int]) -> str:
    """The shortest text: runs of three and more become ranges."""
    runs: list[list[int]] = []
    for frame in sorted(set(frames)):
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
