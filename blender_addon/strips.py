# SPDX-License-Identifier: GPL-3.0-or-later
"""What a strip shows: which file, which of its frames when, and why the file alone may not be enough."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from . import compat
from .errors import UserError

_WITH_FILES = ("MOVIE", "IMAGE")
# What a matte's strip can copy while it stands still, and not while it is animated.
_MOVES = ("transform.", "crop.", "use_flip_x", "use_flip_y")
_COLOURS = ("color_saturation", "color_multiply")
MATTE_GROUP = "ftpvm_matte_of"  # on a compositor group made for a matte: the uid of its strip
_HARMLESS_MODIFIERS = ("MASK",)  # they change alpha only, and the matte is made from the colours


class FootageError(UserError):
    """A strip whose pictures can't be read. `str(error)` is one sentence the artist can act on."""


@dataclass(frozen=True)
class Footage:
    """A strip as the worker sees it.

    source: a movie's path, or the paths of stills in order. size: (width, height) in pixels. frames: the source frames
    that the strip can show, counted from 0 in movie or list. shown: the timeline frames on which it is shown.
    Timeline frame f shows source frame `offset + step * f`; step is 1, or -1 for a reversed strip.
    """

    source: str | list[str]
    size: tuple[int, int]
    frames: range
    shown: range
    step: int
    offset: int

    def source_frame(self, timeline: int) -> int:
        """The source frame that Blender shows then: past its content a strip holds its first or last frame."""
        return min(max(self.offset + self.step * timeline, self.frames[0]), self.frames[-1])

    def timeline_frame(self, source: int) -> int:
        """When a source frame is shown, or would be if the strip weren't trimmed."""
        return (source - self.offset) * self.step


def footage_of(strip: Any, scene: bpy.types.Scene) -> Footage:
    """What a movie or image strip shows, straight from its files, as long as `why_as_seen` has nothing against it.

    Proxies are never read. Raises FootageError for other strips and for files that can't be opened.
    """
    source = source_of(strip, scene)
    return replace(timing_of(strip), source=source, size=_size(strip, source))


def source_of(strip: Any, scene: bpy.types.Scene) -> str | list[str]:
    """The source of `footage_of`, without opening it. Raises FootageError where there is no such file."""
    if strip.type not in _WITH_FILES:
        raise FootageError(f"“{strip.name}” has no file of its own; render it as seen.")
    return _movie(strip, scene) if strip.type == "MOVIE" else _stills(strip, scene)


def timing_of(strip: Any, as_seen: bool = False) -> Footage:
    """`footage_of` without a look at any file, so for every draw and edit: source and size are empty.

    With `as_seen`, and for strips without a file, the timing of the strip's rendering: frames are counted from where
    its content starts.
    """
    shown, start = range(compat.left_handle(strip), compat.right_handle(strip)), round(compat.content_start(strip))
    if as_seen or strip.type not in _WITH_FILES:
        frames = range(max(shown.start - start, 0), max(shown.stop - start, 1))
        return Footage("", (0, 0), frames, shown, 1, -start)
    skipped = compat.content_trim(strip)[0]
    frames = range(skipped, skipped + compat.content_duration(strip))
    step, offset = (-1, frames[-1] + start) if strip.use_reverse_frames else (1, skipped - start)
    return Footage("", (0, 0), frames, shown, step, offset)


def why_as_seen(strip: Any, scene: bpy.types.Scene) -> list[str]:
    """Why the strip's file doesn't show what the artist sees: one sentence a reason, none where it does.

    A still position, scale, crop or flip is no reason: the matte's strip has the same. Opens the file, so don't call
    it from draw().
    """
    if strip.type not in _WITH_FILES:
        return [f"It is a {strip.type.replace('_', ' ').lower()} strip, not a movie or pictures."]
    return [*_retimed(strip, scene), *_moving(strip, scene), *_recoloured(strip), *_decoded_otherwise(strip, scene)]


def first_file(strip: Any) -> str:
    """The strip's movie, or the first of its pictures, as its path stands in the .blend; "" for one without files."""
    if strip.type == "MOVIE":
        return str(strip.filepath)
    # A Path would make // a /.
    return os.path.join(strip.directory, strip.elements[0].filename) if strip.type == "IMAGE" else ""  # noqa: PTH118


def movie_frames_or_none(strip: Any) -> int | None:
    """How many frames Blender takes a movie to have, by its length in time; it shows them by the clock, too."""
    return compat.content_duration(strip) + sum(compat.content_trim(strip)) if strip.type == "MOVIE" else None


def speed_effect_or_none(strip: Any, scene: bpy.types.Scene) -> Any:
    """The effect strip that decides which frames of this strip are shown when."""
    effects = (other for other in compat.all_strips(scene.sequence_editor) if other.type == "SPEED" and not other.mute)
    return next((effect for effect in effects if effect.input_1 == strip), None)


def is_our_modifier(modifier: Any, strip: Any) -> bool:
    """Whether the modifier shows the matte that we made for this strip."""
    if modifier.type == "MASK":
        matte = modifier.input_mask_strip if modifier.input_mask_type == "STRIP" else None
        return matte is not None and strip.ftpvm.uid != "" and matte.ftpvm.matte_of == strip.ftpvm.uid
    group = modifier.node_group if modifier.type == "COMPOSITOR" else None
    return group is not None and MATTE_GROUP in group


def _movie(strip: Any, scene: bpy.types.Scene) -> str:
    return _existing(_absolute(strip.filepath, scene), strip)


def _stills(strip: Any, scene: bpy.types.Scene) -> list[str]:
    folder = Path(_absolute(strip.directory, scene))
    paths = [str(folder / element.filename) for element in strip.elements]
    _existing(paths[compat.content_trim(strip)[0]], strip)
    return paths


def _absolute(path: str, scene: bpy.types.Scene) -> str:
    return bpy.path.abspath(path, library=scene.library)


def _existing(path: str, strip: Any) -> str:
    if not Path(path).is_file():
        raise FootageError(
            f"“{strip.name}” can't find its file {path}; use Find Missing Files or point the strip at it."
        )
    return path


def _size(strip: Any, source: str | list[str]) -> tuple[int, int]:
    """What Blender noted when it opened one of the files, or else what the first says now."""
    known = next((each for each in strip.elements if each.orig_width and each.orig_height), None)
    if known:
        return known.orig_width, known.orig_height
    path = source if isinstance(source, str) else source[compat.content_trim(strip)[0]]
    image = bpy.data.images.load(path)
    try:
        if 0 in image.size:
            raise FootageError(f"Blender can't read {path}; convert it or export it again.")
        return image.size[0], image.size[1]
    finally:
        bpy.data.images.remove(image)


def _retimed(strip: Any, scene: bpy.types.Scene) -> Iterator[str]:
    if len(strip.retiming_keys) > 0:
        yield "It is retimed."
    if effect := speed_effect_or_none(strip, scene):
        yield f"The speed effect “{effect.name}” decides which of its frames are shown; choose that strip instead."
    if strip.strobe > 1:
        yield "Its strobe skips frames."
    if strip.type == "MOVIE" and _follows_the_clock(strip, scene):
        yield f"It plays at {strip.fps:g} frames/s in a scene of {_rate(scene):g}, so frames repeat or are left out."
    if abs(compat.content_start(strip) - round(compat.content_start(strip))) > 1e-3:
        yield "It begins between two frames."


def _follows_the_clock(strip: Any, scene: bpy.types.Scene) -> bool:
    """Whether Adjust Playback Rate was on when the movie was added: nothing but the strip's length tells."""
    if not strip.fps:
        return False
    path = _absolute(strip.filepath, scene)
    stretch = _rate(scene) / strip.fps
    if abs(stretch - 1) * compat.content_duration(strip) < 0.5:
        return False  # it doesn't drift by a frame, adjusted or not
    try:
        clip = bpy.data.movieclips.load(path)
    except RuntimeError:
        return False  # no such file, which footage_of says better
    length = clip.frame_duration
    bpy.data.movieclips.remove(clip)
    trimmed = length - sum(compat.content_trim(strip))
    drifts_by_a_frame = abs(stretch - 1) * trimmed >= 1
    return not drifts_by_a_frame or compat.content_duration(strip) != trimmed


def _rate(scene: bpy.types.Scene) -> float:
    return scene.render.fps / scene.render.fps_base


def _moving(strip: Any, scene: bpy.types.Scene) -> Iterator[str]:
    if _is_animated(strip, scene, _MOVES):
        yield "Its position, scale, crop or flip is animated."


def _recoloured(strip: Any) -> Iterator[str]:
    for modifier in strip.modifiers:
        if not (modifier.mute or modifier.type in _HARMLESS_MODIFIERS or is_our_modifier(modifier, strip)):
            yield f"The modifier “{modifier.name}” changes it."
    if strip.color_saturation != 1 or strip.color_multiply != 1 or _is_animated(strip, strip.id_data, _COLOURS):
        yield "Its saturation or brightness is changed."


def _decoded_otherwise(strip: Any, scene: bpy.types.Scene) -> Iterator[str]:
    if strip.use_multiview:
        yield "It is stereoscopic."
    if strip.type == "MOVIE" and strip.use_deinterlace:
        yield "It is deinterlaced by Blender."
    if strip.type == "MOVIE" and strip.stream_index > 0:
        yield f"It shows the file's video stream {strip.stream_index + 1}, and only the first is read."
    if _is_converted(strip, scene):
        yield f"Its colour space is set to {strip.colorspace_settings.name}, which isn't the usual one of such files."


def _is_converted(strip: Any, scene: bpy.types.Scene) -> bool:
    """Whether it has another colour space than Blender gives such a file, which is what the worker takes it for."""
    chosen, is_movie = strip.colorspace_settings.name, strip.type == "MOVIE"
    if is_movie and chosen == _space_of(bpy.data.images.new("8 bit", 1, 1)):  # opening a movie takes long
        return False
    try:
        path = _movie(strip, scene) if is_movie else _stills(strip, scene)[compat.content_trim(strip)[0]]
        return chosen != _space_of(bpy.data.movieclips.load(path) if is_movie else bpy.data.images.load(path))
    except (FootageError, RuntimeError):  # no such file, or not a movie, which footage_of and the worker say better
        return False


def _space_of(data: Any) -> str:
    """The colour space of an image or clip that was made to ask for it."""
    name: str = data.colorspace_settings.name
    bpy.data.batch_remove([data])
    return name


def _is_animated(strip: Any, scene: Any, names: tuple[str, ...]) -> bool:
    prefixes = tuple(f"{strip.path_from_id()}.{name}" for name in names)
    drivers = scene.animation_data.drivers if scene.animation_data else ()
    curves = (*compat.fcurves(scene), *drivers)
    return any(curve.data_path.startswith(prefixes) and not curve.mute for curve in curves)
