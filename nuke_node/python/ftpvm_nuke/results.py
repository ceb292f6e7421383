# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes on disk in the node's Read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import clips, identity, plates
from .errors import UserError
from .job import Mattes, mattes_of
from .node import HAS_MATTE, settings_of
from .paths import spelled

_ALPHA = {"exr": "rgba.alpha", "png16": "rgba.red"}  # where Nuke puts the one channel of the file


def place(node: Any, mattes: Mattes) -> None:
    """Let the node show them, also those that are yet to come."""
    read = node.node("Matte")
    for name, value in _shown_by(mattes).items():
        _set(read[name], value)
    if int(read["frame_mode"].getValue()) != clips.OFFSET:
        read["frame_mode"].setValue(clips.OFFSET)
    for copy in ("PlateWithMatte", "MatteAlone"):
        _set(node.node(copy)["from0"], _ALPHA[mattes.format])
    _set(node[HAS_MATTE], True)
    read["reload"].execute()  # what was written over is read again


def allow_gaps(node: Any, allowed: bool) -> None:
    """A matte that isn't there is black while they are made, else an error, so that no farm renders without a word."""
    _set(node.node("Matte")["on_error"], "black" if allowed else "error")


def look(node: Any) -> str:
    """Show what is on disk of this node's mattes, whoever made them; says how many there are. Raises UserError."""
    mattes = _own(node)
    present, wanted = mattes.present(), mattes.last - mattes.first + 1
    if present:
        place(node, mattes)
        allow_gaps(node, False)
        return f"{present} of {wanted} mattes are there"
    _set(node[HAS_MATTE], _shows_files(node))
    return "It shows mattes of another node or plate" if node[HAS_MATTE].value() else f"No mattes in {mattes.folder}"


def needs_a_look(node: Any) -> bool:
    """Whether what the node shows isn't there, or there are mattes of its own that it doesn't show as they are now."""
    if not (node[HAS_MATTE].value() and _shows_files(node)):
        return True
    try:
        mattes = _own(node)
    except UserError:  # a node without a plate, say, goes on showing what it shows
        return False
    read = node.node("Matte")
    as_it_should = {**_shown_by(mattes), "on_error": "error"}
    return mattes.any_present() and any(read[name].value() != value for name, value in as_it_should.items())


def _own(node: Any) -> Mattes:
    """This node's mattes as its knobs and inputs are now, made or not. Raises UserError."""
    settings = settings_of(node)
    found = plates.find(node, settings, identity.own_uid(node))
    return mattes_of(found.plate, settings, found.home, found.name)


def _shown_by(mattes: Mattes) -> dict[str, Any]:
    """The values of the Read's knobs that show them; the file before the range, which may follow it."""
    first, last = mattes.shown()
    ends = {"first": first, "origfirst": first, "last": last, "origlast": last}
    return {"file": spelled(mattes.path), **ends, "frame": str(mattes.offset), "raw": True}


def _shows_files(node: Any) -> bool:
    """Whether the folder that its Read names holds any such files."""
    path = Path(node.node("Matte")["file"].evaluate() or "")
    return path.suffix != "" and path.parent.is_dir() and any(path.parent.glob(f"*{path.suffix}"))


def _set(knob: Any, value: Any) -> None:
    """A knob that is set counts as changed, and a script that was only opened must not."""
    if knob.value() != value:
        knob.setValue(value)
