# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyframe that a thumbnail and its trimap make: on the thumbnail's frame, or of a picture from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.errors import SourceError

if TYPE_CHECKING:
    from ftpvm.media.find_frame import Nearest
    from ftpvm.media.source import Image, Source
    from ftpvm.propagation import Keyframe

MOST_STRETCHED = 1.02  # a picture of another shape than the movie would be squeezed


def thumbnail_keyframe(source: Source, thumbnail: Path, trimap: Path, note: Path) -> Keyframe:
    """A picture from elsewhere goes before the first frame, as published.

    note: a file that keeps what was found, since looking means decoding the movie. SourceError, TrimapError.
    """
    from ftpvm.media import open_source
    from ftpvm.media.resized import resized
    from ftpvm.propagation import Keyframe
    from ftpvm.trimaps import load_trimap

    for path in (thumbnail, trimap):
        _refuse_another_shape(path, source)
    ((_, picture),) = open_source([thumbnail]).read(range(1))
    levels = load_trimap(trimap, source.size, fit=True)
    nearest = _found(source, picture, thumbnail, note)
    if nearest.is_the_picture:
        print(f"  {thumbnail.name} is frame {nearest.frame}, the keyframe", flush=True)
        return Keyframe(nearest.frame, levels)
    print(f"  {thumbnail.name} is no frame of the movie: the network remembers it", flush=True)
    return Keyframe(source.frames[0], levels, resized(picture, source.size))


def _refuse_another_shape(path: Path, source: Source) -> None:
    from ftpvm.media import open_source

    with open_source(path) as still:
        (w, h), (width, height) = still.size, source.size
        if not 1 / MOST_STRETCHED < (w / h) / (width / height) < MOST_STRETCHED:
            raise SourceError(
                f"{path.name} is {w}x{h} but {source.path.name} is {width}x{height}: crop it to the movie's shape."
            )


def _found(source: Source, picture: Image, thumbnail: Path, note: Path) -> Nearest:
    """What was noted of the same movie and thumbnail, or what is found now."""
    from ftpvm.atomic import atomic_path
    from ftpvm.kept import file_stamp
    from ftpvm.media.find_frame import METHOD_VERSION, Nearest

    of = [METHOD_VERSION, source.identity(), *(file_stamp(thumbnail) or ())]
    try:
        noted = json.loads(note.read_bytes())
        if noted["of"] == of:
            return Nearest(noted["frame"], noted["difference"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not looked for yet
    nearest = _looked_for(source, picture)
    with atomic_path(note) as temporary:
        temporary.write_text(json.dumps({"of": of, "frame": nearest.frame, "difference": nearest.difference}))
    return nearest


def _looked_for(source: Source, picture: Image) -> Nearest:
    from ftpvm.cli.progress import Display
    from ftpvm.media.find_frame import nearest_frame

    frames = source.frames
    with Display("looking for the thumbnail in", as_json=False) as show:
        return nearest_frame(source, picture, lambda n: show(n - frames[0] + 1, len(frames), n, frames))
