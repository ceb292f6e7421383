# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip's keyframes, whatever they were drawn with: which frames, and each as an image file for the worker."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from . import as_seen, compat, roto, trimap_images
from .errors import UserError
from .strips import Footage, first_file, source_of, timing_of

_LARGEST_MASK = 1280  # pixels of the long side


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
    """In the order of the timeline; those outside the shown part of the strip are left out.

    Of two that hit one source frame, because the strip holds it, the one counts that lies on the frame itself.
    """
    find = {"MASK": _masked, "STRIP": _stills, "IMAGES": _painted}[strip.ftpvm.keyframes_from]
    shown = shown_frames(strip, footage)
    keys = [key for key in find(strip, scene, footage) if key.shown in shown]
    keys.sort(key=lambda key: footage.timeline_frame(key.frame) == key.shown)
    return sorted({key.frame: key for key in keys}.values(), key=lambda key: key.shown)


def shown_keyframes(strip: Any, scene: bpy.types.Scene) -> list[Keyframe]:
    """The keyframes, for lists and buttons; changes nothing. Raises UserError as the press would."""
    if strip.ftpvm.as_seen:
        # No folder of its own: asking for that one names the strip, which draw() may not do.
        return keyframes_of(strip, scene, as_seen.footage_seen(strip, scene, Path()))
    source_of(strip, scene)  # without its size, which may have to be read from a file
    return keyframes_of(strip, scene, timing_of(strip))


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
    digests = roto.key_digests(mask)

    def key(shown: int) -> Keyframe:
        def write(folder: Path) -> Path:
            path = folder / f"mask.{footage.source_frame(shown):06d}.png"
            roto.render_mask(mask, shown, _drawn_size(footage.size), path)
            return path

        digest = f"{digests.get(shown)} {_settings(strip)}"
        return Keyframe(footage.source_frame(shown), shown, write, _band(strip), digest)

    return [key(shown) for shown in roto.mask_key_frames(mask) if shown in footage.shown]


def _stills(strip: Any, scene: bpy.types.Scene, footage: Footage) -> list[Keyframe]:
    """Every picture of every image strip in the chosen strip's channel, where it begins to be shown."""
    editor = scene.sequence_editor
    chosen = compat.all_strips(editor).get(strip.ftpvm.trimap_strip)
    if chosen is None:
        if strip.ftpvm.trimap_strip:
            raise UserError(f"There is no strip called “{strip.ftpvm.trimap_strip}”: choose the Strip of trimaps anew.")
        return []
    beside = compat.siblings(chosen, editor)
    stills = [s for s in beside if s.type == "IMAGE" and s.channel == chosen.channel and not s.ftpvm.matte_of]
    pictures = [picture for still in stills if still != strip for picture in _pictures(still)]
    return [_still(strip, footage, shown, path) for shown, path in pictures if shown in footage.shown]


def _still(strip: Any, footage: Footage, shown: int, path: Path) -> Keyframe:
    band = _band(strip) if strip.ftpvm.strip_holds == "MATTES" else None
    digest = f"{_stamp(path)} {_settings(strip)}"
    return Keyframe(footage.source_frame(shown), shown, lambda _: path, band, digest)


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
            None, f"{item.image.name} {_settings(strip)}",
        )
        for item in strip.ftpvm.painted if item.image is not None
    ]  # fmt: skip


def _stamp(path: Path) -> str:
    return f"{path} {path.stat().st_mtime_ns}" if path.is_file() else ""


def _settings(strip: Any) -> tuple[Any, ...]:
    """What all of a strip's mattes hang on, and where they are."""
    names = ("direction", "resolution", "format", "adapt", "as_seen", "folder")
    # The path as it stands in the .blend, mostly relative: a project that moves stays up to date.
    return (_band(strip), first_file(strip), *(getattr(strip.ftpvm, name) for name in names))


def _drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """Masks of larger pictures are drawn smaller: an edge within a band needs no more, and Blender waits meanwhile."""
    scale = min(1.0, _LARGEST_MASK / max(size))
    return round(size[0] * scale), round(size[1] * scale)


def _band(strip: Any) -> tuple[int, int]:
    return strip.ftpvm.band_inner, strip.ftpvm.band_outer
