# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a shot's mattes go: names that every file system takes and that stay readable in any language."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_REFUSED = re.compile(r'[<>:"/\\|?*#%\x00-\x1f\x7f]')  # by some file system; # and % count frames in patterns
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # what Windows won't call a file
_LONGEST = 100  # bytes of UTF-8: room for a frame number and an ending within the 255 that file systems allow
_UID = 8  # characters that tell two shots of the same name apart


def portable_name(name: str) -> str:
    """`name` as a file or folder can be called everywhere. Keeps letters of every language; "shot" where none stays."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))  # lone surrogates become ?
    name = _REFUSED.sub("_", name).encode("utf-8")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    return name or "shot"


def matte_folder(base: str, shot_name: str, uid: str) -> str:
    """The folder of one shot's mattes in the folder `base`; `uid` tells shots of the same name apart."""
    return str(Path(base) / f"{portable_name(shot_name)}_{portable_name(uid)[:_UID]}")
