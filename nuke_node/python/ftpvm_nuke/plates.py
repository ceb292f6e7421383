# SPDX-License-Identifier: GPL-3.0-or-later
"""The plate for the worker: a Read's own file where it shows what Nuke shows, else frames that Nuke writes once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nuke

from . import clips, colour, paths, rendering, upstream
from .clips import Plate
from .digest import digest
from .errors import UserError
from .job import Settings
from .node import PLATE

if TYPE_CHECKING:
    from .runs import Run

_FOLDER = "plates"  # in the folder of the node's mattes
_THROUGH = ("Dot", "NoOp")
_BELOW_ZERO = 5_000_000  # added to numbers that begin below 0, which file names can't say; far from any others


@dataclass(frozen=True)
class Found:
    """A plate before anything is written. home: the folder of the node's mattes; name: what they are called after.

    why: it must be written, None where the file is read. written_in: Nuke's colour space for that, None for raw.
    """

    plate: Plate
    home: Path
    name: str
    why: str | None = None
    written_in: str | None = None


def find(node: Any, settings: Settings, uid: str) -> Found:
    """What the plate is, from knobs alone. Raises UserError."""
    source = _source(node)
    base = paths.base_folder(settings.folder, nuke.root()["name"].value())
    name, offset, why, shown = "plate_input", 0, "it isn't a Read", (source.firstFrame(), source.lastFrame())
    if source.Class() == "Read":
        read, space = read_of(source), _colours_of(source, settings)
        if read.numbering_or_none is not None:  # mattes of one name are numbered in one way, written plate or not
            name, offset = paths.clip_name(read.file), read.numbering_or_none
        shown = clips.shown_range_or_none(read) or shown
        ends = _ends(settings, shown)
        why = clips.why_written(read, space, ends)
        if why is None and space is not None:
            return Found(clips.straight(read, space, ends), paths.home(base, name, uid), name)
    space, written_in = _colours_written(node, settings)
    first, last = _ends(settings, shown)
    if min(first, shown[0]) < offset:
        offset -= _BELOW_ZERO
    plate = Plate("", space, offset, first, last, shown)
    return Found(plate, paths.home(base, name, uid), name, why, written_in)


def written(run: Run, found: Found) -> Generator[None, None, Plate]:
    """Write what is missing of a plate that must be written, a frame at a step. Raises UserError, StoppedError."""
    plate = found.plate
    recipe = _recipe(run.node(), found)
    folder = found.home / _FOLDER / digest(recipe, upstream.files_read(_source(run.node())))
    before = digest(recipe, [])
    for frame in range(plate.first, plate.last + 1):
        path = folder / f"plate.{plate.numbered(frame):04d}.exr"
        run.progress.doing(f"Writing the plate, since {found.why}", frame - plate.first, plate.last - plate.first + 1)
        if not path.exists():
            yield
            yield from rendering.when_free(partial(_write, run, found, frame, path))
            if digest(_recipe(run.node(), found), []) != before:
                path.unlink()
                raise UserError("The plate was changed while it was written: press again.")
    return replace(plate, source=str(folder / "plate.%04d.exr"), is_written=True)


def tidy(found: Found, plate: Plate) -> None:
    """Delete plates that were written for this node and aren't used any more."""
    for folder in (found.home / _FOLDER).glob("*"):
        if folder != Path(plate.source).parent:
            shutil.rmtree(folder, ignore_errors=True)


def forget(found: Found) -> None:
    """Let the next press write the plate anew."""
    shutil.rmtree(found.home / _FOLDER, ignore_errors=True)


def read_of(node: Any) -> clips.Read:
    """A Read's knobs."""
    file = node["file"].value() or ""
    return clips.Read(
        file=nuke.filenameFilter(file) or file,  # a studio's own way from one system's paths to another's
        first=int(node["first"].value()),
        last=int(node["last"].value()),
        frame_mode=int(node["frame_mode"].getValue()),
        frame=node["frame"].value() or "",
        premultiplied=bool(node["premultiplied"].value()),
        origfirst=int(node["origfirst"].value()),
    )


def _source(node: Any) -> Any:
    """What the plate input shows, past what lets pictures through."""
    source = node.input(PLATE)
    while source is not None and source.Class() in _THROUGH:
        source = source.input(0)
    if source is None:
        raise UserError("There is no plate: connect one to the node's first input.")
    return source


def _ends(settings: Settings, shown: tuple[int, int]) -> tuple[int, int]:
    first, last = settings.ends or shown
    if last < first:
        raise UserError(f"The range {first}-{last} is empty: give the first frame first.")
    return first, last


def _colours_of(read: Any, settings: Settings) -> str | None:
    """The worker's name of a Read's colours, None where it has none."""
    if settings.colorspace != "auto":
        return settings.colorspace
    raw = bool(read["raw"].value())
    return colour.worker_name_or_none(read["colorspace"].value(), raw=raw, shared_config=_shared_config())


def _colours_written(node: Any, settings: Settings) -> tuple[str, str | None]:
    """The worker's name and Nuke's for the colours of a plate that Nuke writes."""
    if settings.colorspace != "auto":
        return settings.colorspace, None
    display = colour.display_name_or_none(nuke.getColorspaceList(node.node("Matte")["colorspace"]))
    if display is None:
        working = nuke.root()["workingSpaceLUT"].value()
        return colour.working_name(working, shared_config=_shared_config()), None
    return "srgb", display


def _shared_config() -> bool:
    """Whether the worker, which inherits our environment, has the OCIO config that Nuke uses."""
    return bool(os.environ.get("OCIO")) and nuke.root()["colorManagement"].value() == "OCIO"


def _write(run: Run, found: Found, frame: int, path: Path) -> None:
    node = run.node()
    _source(node)  # which must still be there
    rendering.write_plate(node, frame, path, found.written_in)


def _recipe(node: Any, found: Found) -> list[tuple[str, str]]:
    """All that the plate's pictures hang on, files aside."""
    how = f"{found.written_in} {found.plate.colorspace} {found.plate.offset}"
    return [("plate", how), *upstream.script_settings(), *upstream.recipe(_source(node))]
