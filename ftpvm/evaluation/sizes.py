# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that clips are evaluated at, by the published words."""

import re

from ftpvm.errors import SettingsError

SIZES = {"sd": (256, 144), "1024": (1024, 576), "hd": (1920, 1080), "4k": (3840, 2160)}
NATIVE = "native"


def evaluation_size(word: str) -> tuple[int, int] | None:
    """(width, height) of a word in SIZES or of WIDTHxHEIGHT; None for "native", each clip's own size. SettingsError."""
    if word == NATIVE:
        return None
    if word in SIZES:
        return SIZES[word]
    if (found := re.fullmatch(r"(\d+)x(\d+)", word)) and min(int(found[1]), int(found[2])) >= 16:
        return int(found[1]), int(found[2])
    raise SettingsError(f"There is no size {word!r}: choose {', '.join(SIZES)}, {NATIVE}, or WIDTHxHEIGHT from 16x16.")
