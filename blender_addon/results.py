# SPDX-License-Identifier: GPL-3.0-or-later
"""The matte on the timeline: a muted strip above its source, feeding a Mask modifier, and staying with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from . import compat, identity, strips
from .errors import UserError

NAME = "FTP-VM Matte"
_TRANSFORM = ("offset_x", "offset_y", "scale_x", "scale_y", "rotation", "origin", "filter")
_CROP = ("min_x", "max_x", "min_y", "max_y")
_FLIP = ("use_flip_x", "use_flip_y")


class NoMatteError(UserError):
    """There is nothing to place. `str(error)` is one sentence the artist can act on."""


@dataclass(frozen=True)
class MatteFiles:
    """Mattes `folder/NAME.0042.png` of the source frames first to last, both included. format: png16, png8 or exr."""

    folder: Path
    name: str
    format: str
    first: int
    last: int

    def file(self, frame: int) -> str:
        """The name of one frame's file."""
        return f"{self.name}.{frame:04d}{'.exr' if self.format == 'exr' else '.png'}"

    def there(self) -> list[str]:
        """A file for each frame from the first to the last that exist; one missing between them is held from before.

        Blender shows nothing of a strip of which any file is missing.
        """
        on_disk = self._on_disk()
        names: list[str] = []
        for frame in range(self.first, self.last + 1):
            if self.file(frame) in on_disk:
                names.append(self.file(frame))
            elif names:
                names.append(names[-1])
        while len(names) > 1 and names[-1] == names[-2]:
            names.pop()
        return names

    def with_neighbours(self, frames: range) -> MatteFiles:
        """The same with the mattes that join on to these, of frames in `frames`: a longer run left them."""
        on_disk, first, last = self._on_disk(), self.first, self.last
        while first - 1 in frames and self.file(first - 1) in on_disk:
            first -= 1
        while last + 1 in frames and self.file(last + 1) in on_disk:
            last += 1
        return replace(self, first=first, last=last)

    def _on_disk(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()


def matte_of(strip: Any) -> Any:
    """The matte strip of a source, or None."""
    uid, editor = strip.ftpvm.uid, strip.id_data.sequence_editor
    if not uid or editor is None:
        return None
    mattes = [each for each in compat.all_strips(editor) if each.ftpvm.matte_of == uid]
    return _matte_among(mattes, strip) if mattes else None


def matte_frames(matte: Any) -> range:
    """The source frames that a matte strip has files for; empty once the artist has given it others."""
    name = matte.elements[0].filename if matte.type == "IMAGE" else ""
    found = re.fullmatch(r".*\.(\d{4,})\.(png|exr)", name)
    if found is None:
        return range(0)
    first = int(found[1]) + compat.content_trim(matte)[0]
    return range(first, first + compat.content_duration(matte))


def place_matte(
    scene: bpy.types.Scene, strip: Any, footage: strips.Footage, files: MatteFiles, *, as_seen: bool
) -> Any:
    """Put the mattes that exist so far above `strip` and mask it with them, or bring what is there up to date.

    as_seen: whether the footage is a rendering of the strip. The matte shows as much of the strip as has mattes; the
    rest of the strip stays unmasked. What the artist set on the matte's strip and modifier (name, opacity, mute) stays.
    Returns the matte's strip. Raises NoMatteError.
    """
    names = files.there()
    if not names:
        raise NoMatteError(f"There is no matte in {files.folder}: press Propagate Matte.")
    identity.uid_of(strip)
    matte = matte_of(strip)
    if matte is None:
        matte = _new_matte(scene, strip, files.folder, names, as_seen)
    else:
        _list_files(matte, files.folder, names)
        matte.ftpvm.as_seen = as_seen
    matte.colorspace_settings.name = compat.matte_label(files.format, scene)
    if as_seen:
        _fill_frame(strip, matte, scene, footage.size)
    _follow(strip, matte)
    _mask(strip, matte)
    refresh(scene)
    return matte


def refresh(scene: bpy.types.Scene, *, even_without_sequencer: bool = False) -> None:
    """Show what is on disk now. From 5.0 on Blender keeps the pictures it has read until an operator lets go of them.

    That one only works in a sequencer. Where no window has one, another editor must become it for a moment, which is
    left to the end of runs (`even_without_sequencer`) and to Blenders that nobody looks at.
    """
    if not compat.KEEPS_PICTURES_OF_FILES:
        return
    areas = [(window, area) for window in bpy.context.window_manager.windows for area in window.screen.areas]
    sequencers = [each for each in areas if each[1].type == "SEQUENCE_EDITOR"]
    if not (sequencers or even_without_sequencer or bpy.app.background):
        return
    window, area = (sequencers or areas)[0]
    was = area.type
    area.type = "SEQUENCE_EDITOR"
    try:
        with bpy.context.temp_override(window=window, area=area, scene=scene, **compat.as_sequencer_scene(scene)):
            bpy.ops.sequencer.refresh_all()
    finally:
        area.type = was


def realign(scene: bpy.types.Scene) -> None:
    """Bring every matte back over its source. Changes nothing, and costs little, where all are."""
    if scene.sequence_editor is None or scene.library:  # what is linked can't be changed
        return
    sources: dict[str, list[Any]] = {}
    mattes: dict[str, list[Any]] = {}
    for strip in compat.all_strips(scene.sequence_editor):
        settings = strip.ftpvm
        if settings.uid:
            sources.setdefault(settings.uid, []).append(strip)
        if settings.matte_of and matte_frames(strip):
            mattes.setdefault(settings.matte_of, []).append(strip)
    for uid, owners in sources.items():
        first = _part(scene, owners, mattes.get(uid, [])) if len(owners) > 1 else owners[0]
        if uid in mattes:
            _follow(first, _matte_among(mattes[uid], first))


def _part(scene: bpy.types.Scene, owners: list[Any], mattes: list[Any]) -> Any:
    """A cut or a copy leaves strips of one uid: each gets its own uid and matte, since each can be moved on its own.

    Returns the strip that keeps the uid: the first of those that their matte lies over.
    """
    owners = sorted(owners, key=lambda strip: (not _is_aligned(strip, mattes), compat.left_handle(strip)))
    spare = list(mattes)
    if mattes:
        original = _matte_among(mattes, owners[0])
        spare.remove(original)
        _follow(owners[0], original)  # out of the way of the others
    for strip in owners[1:]:
        modifier, strip.ftpvm.uid = _modifier_or_none(strip, mattes), uuid.uuid4().hex
        if not mattes:
            continue
        matte = _matte_among(spare, strip) if spare else _copied(scene, strip, original)
        if matte in spare:
            spare.remove(matte)
        matte.ftpvm.matte_of = strip.ftpvm.uid
        if modifier:
            modifier.input_mask_strip = matte
        _follow(strip, matte)
    return owners[0]


def _matte_among(mattes: list[Any], source: Any) -> Any:
    """The one that masks the source, or else the first."""
    modifier = _modifier_or_none(source, mattes)
    return modifier.input_mask_strip if modifier else mattes[0]


def _copied(scene: bpy.types.Scene, strip: Any, original: Any) -> Any:
    """The same matte over another strip."""
    names = [element.filename for element in original.elements]
    matte = _new_matte(scene, strip, Path(bpy.path.abspath(original.directory)), names, original.ftpvm.as_seen)
    matte.colorspace_settings.name, matte.blend_alpha = original.colorspace_settings.name, original.blend_alpha
    _copy(original.transform, matte.transform, _TRANSFORM)
    return matte


def _new_matte(scene: bpy.types.Scene, strip: Any, folder: Path, names: list[str], as_seen: bool) -> Any:
    """A muted strip of these files, wherever there is room."""
    editor, left = scene.sequence_editor, compat.left_handle(strip)
    new_image, active = compat.siblings(strip, editor).new_image, editor.active_strip
    matte = new_image(f"{strip.name} matte", str(folder / names[0]), strip.channel + 1, left, fit_method="ORIGINAL")
    matte.select, editor.active_strip = False, active  # the artist goes on with what was chosen
    matte.mute, matte.ftpvm.matte_of, matte.ftpvm.as_seen = True, strip.ftpvm.uid, as_seen
    _list_files(matte, folder, names)
    _follow(strip, matte)
    matte.channel = _free_channel(scene, matte, above=strip.channel)
    return matte


def _list_files(matte: Any, folder: Path, names: list[str]) -> None:
    """Make the strip show these files, whole."""
    matte.directory = for_blend_file(folder)
    matte.animation_offset_start = matte.animation_offset_end = 0
    while len(matte.elements) > len(names):
        matte.elements.pop(len(matte.elements) - 1)
    for element, name in zip(matte.elements, names, strict=False):
        if element.filename != name:
            element.filename = name
    for name in names[len(matte.elements) :]:
        matte.elements.append(name)


def for_blend_file(folder: Path) -> str:
    """Relative where the .blend and its mattes can be moved together."""
    home = Path(bpy.data.filepath).parent if bpy.data.filepath else None
    inside = home is not None and folder.resolve().is_relative_to(home.resolve())
    return bpy.path.relpath(str(folder)) if inside else str(folder)


def _free_channel(scene: bpy.types.Scene, matte: Any, above: int) -> int:
    left, right = compat.left_handle(matte), compat.right_handle(matte)
    taken = {
        other.channel
        for other in compat.siblings(matte, scene.sequence_editor)
        if other != matte and compat.left_handle(other) < right and compat.right_handle(other) > left
    }
    return next(channel for channel in range(above + 1, above + len(taken) + 2) if channel not in taken)


def _mask(strip: Any, matte: Any) -> None:
    """One Mask modifier that reads the matte. REPLACE and CROSS would show the colours where alpha is 0."""
    modifier = _modifier_or_none(strip, [matte])
    if modifier is None:
        bereft = (
            each for each in _masks(strip) if each.input_mask_strip is None
        )  # the artist deleted the matte's strip
        modifier = next(bereft, None) or strip.modifiers.new(name=NAME, type="MASK")
        modifier.input_mask_type, modifier.input_mask_strip = "STRIP", matte
    if strip.blend_type in ("REPLACE", "CROSS"):
        strip.blend_type = "ALPHA_OVER"


def _modifier_or_none(strip: Any, mattes: Iterable[Any]) -> Any:
    """The modifier that reads one of these mattes."""
    return next((modifier for modifier in _masks(strip) if modifier.input_mask_strip in mattes), None)


def _masks(strip: Any) -> list[Any]:
    """The modifiers that are masked by strips."""
    return [each for each in strip.modifiers if each.type == "MASK" and each.input_mask_type == "STRIP"]


def _is_aligned(source: Any, mattes: list[Any]) -> bool:
    return any(compat.content_start(matte) == _place(source, matte)[0] for matte in mattes)


def _follow(source: Any, matte: Any) -> None:
    """Lay the matte over its source, framed like it. Writes only what differs, so that the handler comes to rest."""
    start, left, right = _place(source, matte)
    if compat.content_start(matte) != start:
        compat.set_content_start(matte, start)
    if (compat.left_handle(matte), compat.right_handle(matte)) != (left, right):
        compat.set_handles(matte, left, right)
    if matte.ftpvm.as_seen:
        return
    _copy(source, matte, ("use_reverse_frames",))
    if not compat.mask_is_flipped_with_source():
        _copy(source, matte, _FLIP)
    _copy(source.transform, matte.transform, _TRANSFORM)
    _copy(source.crop, matte.crop, _CROP)


def _fill_frame(source: Any, matte: Any, scene: bpy.types.Scene, size: tuple[int, int]) -> None:
    """A rendering is the whole frame, forwards: let go of what an earlier matte of the strip's file had from it."""
    for name in _FLIP:
        # A mask that is flipped with its source has the flip twice, as the rendering has it: this undoes one.
        setattr(matte, name, compat.mask_is_flipped_with_source() and getattr(source, name))
    matte.use_reverse_frames = False
    for name in _CROP:
        setattr(matte.crop, name, 0)
    transform, render = matte.transform, scene.render
    transform.offset_x = transform.offset_y = transform.rotation = 0
    transform.origin, transform.filter = (0.5, 0.5), "AUTO"
    transform.scale_x, transform.scale_y = render.resolution_x / size[0], render.resolution_y / size[1]


def _copy(source: Any, target: Any, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(source, name)
        if _plain(getattr(target, name)) != _plain(value):
            setattr(target, name, value)


def _plain(value: Any) -> Any:
    """Arrays of Blender's never equal each other."""
    return tuple(value) if hasattr(value, "foreach_get") else value


def _place(source: Any, matte: Any) -> tuple[int, int, int]:
    """Where the matte's content starts and its handles: where the source shows frames that have a matte."""
    footage = strips.timing_of(source, matte.ftpvm.as_seen)
    frames = matte_frames(matte)
    start, end = sorted(map(footage.timeline_frame, (frames[0], frames[-1])))
    content = sorted(map(footage.timeline_frame, (footage.frames[0], footage.frames[-1])))
    shown = footage.shown
    left = shown.start if start <= content[0] else max(start, shown.start)  # a strip pulled past its content holds
    right = shown.stop if end >= content[1] else min(end + 1, shown.stop)
    return (start, left, right) if left < right else (start, start, end + 1)


@bpy.app.handlers.persistent
def _on_change(scene: bpy.types.Scene, depsgraph: Any = None) -> None:
    """After any edit; from 5.0 on the sequencer's scene may not be the window's."""
    if bpy.app.is_job_running("RENDER"):
        return
    if depsgraph is None or depsgraph.id_type_updated("SCENE"):
        for each in bpy.data.scenes:
            realign(each)


def edited() -> tuple[Any, ...]:
    """The lists of what Blender calls after an edit."""
    handlers = bpy.app.handlers
    return handlers.depsgraph_update_post, handlers.undo_post, handlers.redo_post


def register() -> None:
    for handlers in edited():
        handlers.append(_on_change)


def unregister() -> None:
    for handlers in edited():
        handlers.remove(_on_change)
