# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame of an input, written by Nuke itself. What that takes is in the script only while it renders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nuke

from .colour import plain
from .errors import BusyError, StoppedError, UserError
from .paths import spelled


def write_plate(node: Any, frame: int, path: Path, colorspace: str | None) -> None:
    """The plate's colours as half-float EXR, in one of this Nuke's colour spaces or, for None, as they are."""
    with _writer(node, path) as writer:
        writer.setInput(0, node.node("plate"))
        writer["channels"].setValue("rgb")
        if colorspace is None:
            writer["raw"].setValue(True)
        else:
            _set_colorspace(writer["colorspace"], colorspace)
        _execute(writer, frame)


def write_roto(node: Any, frame: int, path: Path) -> None:
    """The roto's alpha in the plate's format, so that both lie over each other as they do in the viewer."""
    with _writer(node, path) as writer, node:
        inputs = [node.node("plate"), node.node("roto")]
        copy = nuke.nodes.Copy(inputs=inputs, from0="rgba.alpha", to0="rgba.alpha")
        try:
            writer.setInput(0, copy)
            writer["channels"].setValue("alpha")
            writer["raw"].setValue(True)
            _execute(writer, frame)
        finally:
            nuke.delete(copy)


def when_free(render: Callable[[], None]) -> Iterator[None]:
    """Render as soon as Nuke renders nothing else."""
    while True:
        try:
            return render()
        except BusyError:
            yield


@contextmanager
def _writer(node: Any, path: Path) -> Iterator[Any]:
    """A Write inside the node, which sees the node's inputs. The file gets its name only when it is whole."""
    partial = path.with_suffix(f".{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with node:
            writer = nuke.nodes.Write(file=spelled(partial), file_type="exr")
        try:
            writer["datatype"].setValue("16 bit half")
            yield writer
        finally:
            nuke.delete(writer)
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path.parent} can't be written to ({error.strerror}): choose another folder.") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _set_colorspace(knob: Any, name: str) -> None:
    """Nuke may keep another one without a word. Raises UserError."""
    knob.setValue(name)
    if plain(knob.value()) != name:
        raise UserError(f"Nuke doesn't write the plate in {name}: type its working space, linear say, as colourspace.")


def _execute(writer: Any, frame: int) -> None:
    """Render one frame at full size."""
    root = nuke.root()
    was_proxy = root.proxy()
    root.setProxy(False)
    try:
        nuke.execute(writer, frame, frame, views=nuke.views()[:1])  # all of them would go into one file
    except RuntimeError as error:
        words = str(error).strip().lower()
        if re.search(r"\bcancell?ed\W*$", words):
            raise StoppedError from error
        if "already executing" in words:
            raise BusyError from error
        raise UserError(f"Nuke couldn't render frame {frame} for the matte: {error}") from error
    finally:
        root.setProxy(was_proxy)
