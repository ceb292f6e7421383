# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames are keyframes, and each drawn by Nuke as the roto input shows it."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nuke

from . import frames, rendering, roto_keys
from .errors import UserError
from .node import ROTO, ROTOS

if TYPE_CHECKING:
    from .runs import Run


def from_roto(node: Any) -> None:
    """Make the Roto's key frames the keyframes. Raises UserError where there is no Roto or it has none."""
    roto = _nearest_roto_or_none(node)
    if roto is None:
        raise UserError("No Roto is upstream of the roto input: connect one, or type the keyframes.")
    found = roto_keys.key_frames(roto["curves"].rootLayer)
    if not found:
        raise UserError(f"{roto.name()} has no keys: key its shapes, or go to a frame and press Add Current.")
    node["keyframes"].setValue(frames.text_of(found))


def add_current(node: Any) -> None:
    """Make the frame that is shown a keyframe too. Raises UserError where the text there isn't frames."""
    node["keyframes"].setValue(frames.text_of([*frames.parsed(node["keyframes"].value()), nuke.frame()]))


def drawn(run: Run, keyframes: list[int], folder: Path) -> Generator[None, None, list[tuple[int, Path]]]:
    """Draw them into `folder`, one at a step; returns frame and file of each. Raises UserError, StoppedError."""
    images = []
    for number, frame in enumerate(keyframes):
        run.progress.doing("Drawing the keyframes", number, len(keyframes))
        yield
        path = folder / f"keyframe_at_{frame}.exr"  # a name that an error may speak of
        yield from rendering.when_free(partial(_draw, run, frame, path))
        images.append((frame, path))
    return images


def _draw(run: Run, frame: int, path: Path) -> None:
    node = run.node()
    if node.input(ROTO) is None:
        raise UserError("There is no roto: connect a Roto, or a node whose alpha is a mask or trimap.")
    rendering.write_roto(node, frame, path)


def _nearest_roto_or_none(node: Any) -> Any:
    """The first Roto upstream of the roto input, level by level."""
    level, seen = [node.input(ROTO)], set()
    while level := [above for above in level if above is not None and above.fullName() not in seen]:
        for above in level:
            if above.Class() in ROTOS:
                return above
        seen.update(above.fullName() for above in level)
        level = [above.input(number) for above in level for number in range(above.inputs())]
    return None
