# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of the example clip as files, and scripts that matte them, as an artist would set them up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from fake_nuke import polygon
from fake_nuke.colour import to_linear

WIDTH, HEIGHT = 256, 144
FIRST, LAST = 1001, 1006  # of the plate's files; the clip's frames 0 to 5
RESOLUTION = 96
# Clockwise around the creature, roughly, from the bottom left
LEFT, BOTTOM, RIGHT, TOP = 22, 47, 94, 133


def write_image(path: Path, pixels: np.ndarray, channels: str, kind: str) -> None:
    """float32 of (height, width, len(channels)) as a file of oiio's type `kind`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(channels), kind)
    spec.channelnames = tuple(channels)
    file = oiio.ImageOutput.create(str(path))
    assert file.open(str(path), spec), file.geterror()
    assert file.write_image(np.ascontiguousarray(pixels, np.float32)), file.geterror()
    file.close()


def write_plate(folder: Path, frames: np.ndarray, suffix: str = ".png", first: int = FIRST) -> str:
    """sRGB frames of 0 to 1 as PNG, or as linear EXR; returns the pattern."""
    for number, frame in enumerate(frames, first):
        pixels, kind = (frame, "uint8") if suffix == ".png" else (to_linear(frame), "half")
        write_image(folder / f"plate.{number:04d}{suffix}", pixels, "RGB", kind)
    return f"{folder.as_posix()}/plate.%04d{suffix}"


def write_alphas(folder: Path, alphas: np.ndarray, first: int = FIRST) -> str:
    """The exact mattes as EXR with the one channel A; returns the pattern."""
    for number, alpha in enumerate(alphas, first):
        write_image(folder / f"alpha.{number:04d}.exr", alpha[..., None], "A", "half")
    return f"{folder.as_posix()}/alpha.%04d.exr"


def load(path: Path) -> np.ndarray:
    """A one-channel file as it is, float32 of (height, width)."""
    file = oiio.ImageInput.open(str(path))
    assert file, oiio.geterror()
    pixels = file.read_image(format="float")
    file.close()
    return pixels[..., 0]


def read_node(app: Any, pattern: str, first: int = FIRST, last: int = LAST, **knobs: Any) -> Any:
    """A Read of a pattern."""
    escaped = pattern.replace("[", r"\[").replace("]", r"\]")
    ends = {"first": first, "last": last, "origfirst": first, "origlast": last}
    return app.module.nodes.Read(file=escaped, **ends, **knobs)


def roto_node(app: Any, frames: Any) -> Any:
    """A Roto with a rectangle around the creature, keyed at these frames."""
    roto = app.module.nodes.Roto()
    corners = [(LEFT, BOTTOM), (LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM)]
    polygon(roto["curves"].rootLayer, {frame: [(x + 2 * (frame - FIRST), y) for x, y in corners] for frame in frames})
    return roto


def matte_node(app: Any, plate: Any, roto: Any, keyframes: str, **knobs: Any) -> Any:
    """The node as the menu makes it, connected, quick to run."""
    app.select()
    app.menus["Nodes"].findItem("FTP-VM/Propagate Matte").invoke()
    node = app.module.selectedNode()
    for slot, above in enumerate((plate, roto)):
        if above is not None:
            assert node.setInput(slot, above)
    quick = {"resolution": RESOLUTION, "device": "cpu", "band_inside": 2, "band_outside": 4}
    for name, value in {"keyframes": keyframes, **quick, **knobs}.items():
        node[name].setValue(value)
    return node


def counted(status: str) -> tuple[int, int]:
    """Network frames run and spans kept, as a status tells them when all went well."""
    numbers = re.match(r"(\d+) frames run, (\d+) spans were up to date", status)
    assert numbers, status
    return int(numbers[1]), int(numbers[2])


def has_ended(app: Any, node: Any) -> bool:
    """Nothing is under way, and no progress bar is left."""
    return not node["unfinished"].value() and all(bar.closed for bar in app.bars)


def propagate(app: Any, node: Any) -> str:
    """Press the button and sit idle until it is over; returns the status."""
    app.press(node, "propagate")
    app.events.pump(lambda: has_ended(app, node))
    return node["status"].value()


def most_rendered_at_once(app: Any, node: Any) -> int:
    """Press the button and sit idle until it is over; returns the most frames that Nuke rendered in one call."""
    before = [len(app.executed)]
    app.press(node, "propagate")
    app.events.pump(lambda: before.append(len(app.executed)) or has_ended(app, node))
    return int(np.diff(before).max())


def wait_for_message(app: Any, words: str) -> None:
    """Sit idle until a window has come up that says so."""
    app.events.pump(lambda: any(words in text for text in app.messages))


def hanging_python(path: Path) -> Path:
    """A Python that says where it is when it is asked, and hangs for a minute at anything else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!/bin/sh\nif [ "$1" = -c ]; then echo "$0"; else exec /bin/sleep 60; fi\n')
    path.chmod(0o755)
    return path


def mattes(folder: Path, suffix: str = ".exr") -> dict[int, Path]:
    """The mattes under `folder` by their number."""
    return {int(path.stem.rsplit(".", 1)[1]): path for path in sorted(folder.rglob(f"*_matte.*{suffix}"))}
