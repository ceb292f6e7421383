# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip's keyframes, whatever they were drawn with: which frames, and each as an image file for the worker."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from . import as_seen, compat, roto, trimap_images
from .strips import Footage


@dataclass(frozen=True)
class Keyframe:
    """frame: of the source. shown: on the timeline. write: puts its image where it is told and says where it is.

    digest: changes with what is drawn there, as far as that can be told without drawing it.
    """

    frame: int
    shown: int
    write: Callable[[Path], Path]
    band: tuple[int, int] | None
    digest: str


def keyframes_of(strip: Any, scene: bpy.types.Scene, footage: Footage) -> list[Keyframe]:
    """In the order of the timeline; those outside the shown part of the strip are left out."""
    find = {"MASK": _masked, "STRIP": _stills, "IMAGES": _painted}[strip.ftpvm.keyframes_from]
    found = {key.shown: key for key in find(strip, scene, footage) if key.shown in shown_frames(strip, footage)}
    return [found[shown] for shown in sorted(found)]


def shown_keyframes(strip: Any, scene: bpy.types.Scene) -> list[Keyframe]:
    """The keyframes, for lists and buttons. Raises UserError where the strip's file is gone."""
    return keyframes_of(strip, scene, as_seen.footage_chosen(strip, scene))


def shown_frames(strip: Any, footage: Footage) -> range:
    """The timeline frames to matte: what is shown of the strip, or the artist's part of it."""
    settings, shown = strip.ftpvm, footage.shown
    if not settings.use_range:
        return shown
    return range(max(shown.start, settings.range_first), min(shown.stop, settings.range_last + 1))


def _masked(strip: Any, scene: bpy.types.Scene, footage: Footage) -> list[Keyframe]:
    mask = strip.ftpvm.mask
    if mask is None:
        return []

    def key(shown: int) -> Keyframe:
        def write(folder: Path) -> Path:
            path = folder / f"mask.{footage.source_frame(shown):06d}.png"
            roto.render_mask(mask, shown, footage.size, path)
            return path

        digest = f"{roto.key_digest(mask, shown)} {_band(strip)}"
        return Keyframe(footage.source_frame(shown), shown, write, _band(strip), digest)

    return [key(shown) for shown in roto.mask_key_frames(mask) if shown in footage.shown]


def _stills(strip: Any, scene: bpy.types.Scene, footage: Footage) -> list[Keyframe]:
    """Every picture of every image strip in the chosen strip's channel, where it begins to be shown."""
    every = compat.strips(scene.sequence_editor)
    chosen = every.get(strip.ftpvm.trimap_strip)
    if chosen is None:
        return []
    band = _band(strip) if strip.ftpvm.strip_holds == "MATTES" else None
    found = []
    for other in every:
        if other.type == "IMAGE" and other.channel == chosen.channel and other != strip:
            found += [
                Keyframe(footage.source_frame(shown), shown, lambda _, path=path: path, band, f"{_stamp(path)} {band}")
                for shown, path in _pictures(other) if shown in footage.shown
            ]  # fmt: skip
    return found


def _pictures(still: Any) -> list[tuple[int, Path]]:
    folder = Path(bpy.path.abspath(still.directory))
    first, count = compat.left_handle(still), len(still.elements)
    shown = range(first, compat.right_handle(still)) if count > 1 else range(first, first + 1)
    return [(frame, folder / still.strip_elem_from_frame(frame).filename) for frame in shown]


def _painted(strip: Any, scene: bpy.types.Scene, footage: Footage) -> list[Keyframe]:
    return [
        Keyframe(
            item.frame, footage.timeline_frame(item.frame),
            lambda folder, item=item: trimap_images.write_trimap(item.image, folder / f"painted.{item.frame:06d}.png"),
            None, item.image.name,
        )
        for item in strip.ftpvm.painted if item.image is not None
    ]  # fmt: skip


def _stamp(path: Path) -> str:
    return f"{path} {path.stat().st_mtime_ns}" if path.is_file() else ""


def _band(strip: Any) -> tuple[int, int]:
    return strip.ftpvm.band_inner, strip.ftpvm.band_outer
