# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes on disk in the node's Read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import clips, identity, plates
from .job import Mattes, mattes_of
from .node import HAS_MATTE, settings_of
from .paths import spelled

_ALPHA = {"exr": "rgba.alpha", "png16": "rgba.red"}  # where Nuke puts the one channel of the file


def place(node: Any, mattes: Mattes) -> None:
    """Let the node show them, also those that are yet to come."""
    read, first, last = node.node("Matte"), mattes.first - mattes.offset, mattes.last - mattes.offset
    _set(read["file"], spelled(mattes.path))  # before the range, which may follow it
    for name, number in (("first", first), ("origfirst", first), ("last", last), ("origlast", last)):
        _set(read[name], number)
    if int(read["frame_mode"].getValue()) != clips.OFFSET:
        read["frame_mode"].setValue(clips.OFFSET)
    _set(read["frame"], str(mattes.offset))
    _set(read["raw"], True)
    for copy in ("PlateWithMatte", "MatteAlone"):
        _set(node.node(copy)["from0"], _ALPHA[mattes.format])
    _set(node[HAS_MATTE], True)
    read["reload"].execute()  # what was written over is read again


def look(node: Any) -> str:
    """Show what is on disk of this node's mattes, whoever made them; says how many there are. Raises UserError."""
    settings = settings_of(node)
    found = plates.find(node, settings, identity.own_uid(node))
    mattes = mattes_of(found.plate, settings, found.home, found.name)
    present, wanted = mattes.present(), mattes.last - mattes.first + 1
    if present:
        place(node, mattes)
        return f"{present} of {wanted} mattes are there"
    _set(node[HAS_MATTE], _shows_files(node))
    return "It shows another node's mattes" if node[HAS_MATTE].value() else f"No mattes in {found.home}"


def needs_a_look(node: Any) -> bool:
    """Whether what the node shows isn't there, or nothing is shown that might be."""
    return not (node[HAS_MATTE].value() and _shows_files(node))


def _shows_files(node: Any) -> bool:
    """Whether the folder that its Read names holds any such files."""
    path = Path(node.node("Matte")["file"].evaluate() or "none")
    return path.parent.is_dir() and any(path.parent.glob(f"*{path.suffix}"))


def _set(knob: Any, value: Any) -> None:
    """A knob that is set counts as changed, and a script that was only opened must not."""
    if knob.value() != value:
        knob.setValue(value)
