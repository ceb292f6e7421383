# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame of an input, written by Nuke itself. What that takes is in the script only while it renders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nuke

from .errors import CancelledError, UserError
from .paths import spelled


def write_plate(node: Any, frame: int, path: Path, colorspace: str | None) -> None:
    """The plate's colours as half-float EXR, in one of this Nuke's colour spaces or, for None, as they are."""
    with _writer(node) as writer:
        writer.setInput(0, node.node("plate"))
        writer["channels"].setValue("rgb")
        if colorspace is None:
            writer["raw"].setValue(True)
        else:
            writer["colorspace"].setValue(colorspace)
        _execute(writer, frame, path)


def write_roto(node: Any, frame: int, path: Path) -> None:
    """The roto's alpha in the plate's format, so that both lie over each other as they do in the viewer."""
    with _writer(node) as writer, node:
        inputs = [node.node("plate"), node.node("roto")]
        copy = nuke.nodes.Copy(inputs=inputs, from0="rgba.alpha", to0="rgba.alpha")
        try:
            writer.setInput(0, copy)
            writer["channels"].setValue("alpha")
            writer["raw"].setValue(True)
            _execute(writer, frame, path)
        finally:
            nuke.delete(copy)


@contextmanager
def _writer(node: Any) -> Iterator[Any]:
    """A Write inside the node, which sees the node's inputs; nothing that the artist could undo."""
    nuke.Undo.disable()
    try:
        with node:
            writer = nuke.nodes.Write(file_type="exr")
        try:
            writer["datatype"].setValue("16 bit half")
            yield writer
        finally:
            nuke.delete(writer)
    finally:
        nuke.Undo.enable()


def _execute(writer: Any, frame: int, path: Path) -> None:
    """Render one frame at full size, under its name only when it is whole."""
    partial = path.with_suffix(f".partial{path.suffix}")
    root = nuke.root()
    was_proxy = root.proxy()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer["file"].setValue(spelled(partial))
        root.setProxy(False)
        nuke.execute(writer, frame, frame, views=nuke.views()[:1])  # all of them would go into one file
        partial.replace(path)
    except RuntimeError as error:
        if "cancel" in str(error).lower():
            raise CancelledError from error
        raise UserError(f"Nuke couldn't render frame {frame} for the matte: {error}") from error
    except OSError as error:
        raise UserError(f"{path.parent} can't be written to ({error.strerror}): choose another folder.") from error
    finally:
        root.setProxy(was_proxy)
        with suppress(OSError):
            partial.unlink()
