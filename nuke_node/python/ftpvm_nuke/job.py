# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to the worker for one press."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .clips import Plate
from .errors import UserError

FORMATS = {"EXR, 16-bit half": "exr", "PNG, 16-bit": "png16"}  # by the words on the knob
SUFFIXES = {"exr": ".exr", "png16": ".png"}
DIRECTIONS = {"both, blended": "both", "forward": "forward", "backward": "backward"}


@dataclass(frozen=True)
class Settings:
    """The node's knobs as values. ends: the range that the artist chose, in Nuke's frames, or None for the plate's.

    keyframes: Nuke's frames. is_trimap: the roto is a trimap; else it is a mask or matte and `band`, pixels inside and
    outside of its edge, becomes unknown. resolution: long side in px, 0 for what the weights are best at.
    adapt: train the network on the keyframes first.
    """

    keyframes: tuple[int, ...]
    is_trimap: bool
    band: tuple[int, int]
    ends: tuple[int, int] | None
    direction: str
    resolution: int
    adapt: bool
    device: str
    colorspace: str
    folder: str
    format: str


@dataclass(frozen=True)
class Mattes:
    """Where a node's mattes are. Numbered as the source: Nuke shows number `frame - offset` at `frame`.

    first, last: those asked for. whole: first and last frame of the plate, of which there may be more.
    """

    folder: Path
    name: str
    format: str
    offset: int
    first: int
    last: int
    whole: tuple[int, int]

    @property
    def path(self) -> Path:
        """With %04d for the number."""
        return self.folder / f"{self.name}.%04d{SUFFIXES[self.format]}"

    def present(self) -> int:
        """How many of those asked for are there."""
        return sum(self.first <= frame <= self.last for frame in self._there())

    def any_present(self) -> bool:
        """Whether any of those asked for is there."""
        return self.present() > 0

    def shown(self) -> tuple[int, int]:
        """The first and the last number to show: those asked for, and what other ranges have left of the plate."""
        frames = [frame for frame in self._there() if self.whole[0] <= frame <= self.whole[1]]
        return min([self.first, *frames]) - self.offset, max([self.last, *frames]) - self.offset

    def _there(self) -> list[int]:
        """Nuke's frames of all that are on disk."""
        counted = re.compile(re.escape(self.path.name).replace("%04d", r"(-?\d+)"))
        with suppress(OSError):
            found = [counted.fullmatch(path.name) for path in self.folder.iterdir()]
            return [int(match[1]) + self.offset for match in found if match]
        return []


def mattes_of(plate: Plate, settings: Settings, folder: Path, name: str) -> Mattes:
    """Where the mattes of a plate go."""
    return Mattes(folder, f"{name}_matte", settings.format, plate.offset, plate.first, plate.last, plate.whole)


def keyframes_in(settings: Settings, plate: Plate) -> list[int]:
    """The keyframes that count, in Nuke's frames. Raises UserError where none is in the range."""
    inside = [frame for frame in settings.keyframes if plate.first <= frame <= plate.last]
    if not settings.keyframes:
        raise UserError("There is no keyframe: press From Roto, or go to a frame and press Add Current.")
    if not inside:
        raise UserError(f"No keyframe lies in the range {plate.first}-{plate.last}: add one, or widen the range.")
    return inside


def matte_job(settings: Settings, plate: Plate, images: Iterable[tuple[int, Path]], mattes: Mattes) -> dict[str, Any]:
    """The job of docs/worker-protocol.md. images: the keyframes in Nuke's frames, each drawn in the plate's format."""
    band = None if settings.is_trimap else list(settings.band)
    keyframes = [{"frame": plate.numbered(f), "image": str(path), "band": band, "fit": True} for f, path in images]
    return {
        "source": plate.source, "colorspace": plate.colorspace,
        "frames": [plate.numbered(plate.first), plate.numbered(plate.last)],
        "keyframes": keyframes, "on_missing": "hold" if plate.is_written else "error",
        "direction": settings.direction, "resolution": settings.resolution or None, "adapt": settings.adapt,
        "device": settings.device, "out": str(mattes.folder), "name": mattes.name, "format": settings.format,
        "replace": True,  # the folder is this node's alone, whatever is connected to it
    }  # fmt: skip
