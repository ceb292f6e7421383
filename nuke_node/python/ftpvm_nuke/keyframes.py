# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames are keyframes, and each drawn by Nuke as the roto input shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nuke

from . import frames, rendering, roto_keys
from .errors import UserError
from .host.progress import Progress
from .node import ROTO

_ROTOS = ("Roto", "RotoPaint")


def from_roto(node: Any) -> None:
    """Make the Roto's key frames the keyframes. Raises UserError where there is no Roto or it has none."""
    roto = node.input(ROTO)
    while roto is not None and roto.Class() not in _ROTOS:
        roto = roto.input(0)
    if roto is None:
        raise UserError("No Roto is upstream of the roto input: connect one, or type the keyframes.")
    found = roto_keys.key_frames(roto["curves"].rootLayer)
    if not found:
        raise UserError(f"{roto.name()} has no keys: key its shapes, or go to a frame and press Add Current.")
    node["keyframes"].setValue(frames.text_of(found))


def add_current(node: Any) -> None:
    """Make the frame that is shown a keyframe too. Raises UserError where the text there isn't frames."""
    node["keyframes"].setValue(frames.text_of([*frames.parsed(node["keyframes"].value()), nuke.frame()]))


def drawn(node: Any, keyframes: list[int], folder: Path, progress: Progress) -> Iterator[None]:
    """Draw them into `folder`, one at a step; returns (frame, file) of each. Raises UserError, CancelledError."""
    if node.input(ROTO) is None:
        raise UserError("There is no roto: connect a Roto, or a node whose alpha is a mask or trimap.")
    images = []
    for number, frame in enumerate(keyframes):
        progress.doing("Drawing the keyframes", number, len(keyframes))
        yield
        path = folder / f"keyframe.{number:06d}.exr"
        rendering.write_roto(node, frame, path)
        images.append((frame, path))
    return images
