# SPDX-License-Identifier: GPL-3.0-or-later
"""The published folder of raw videos: NAME.mp4, NAME_thumbnail.png and NAME_trimap*.png -> NAME_*_{com,fgr,pha}.mp4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli.batch import BatchShot
from ftpvm.cli.batch_list import shot_options
from ftpvm.cli.one_shot import Extra, Extras, Wanted
from ftpvm.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from ftpvm.media.find_frame import Nearest
    from ftpvm.media.matte_sequence import MatteSequence
    from ftpvm.media.source import Image, Source
    from ftpvm.propagation import Keyframe

GREEN = "#78ff9b"  # [120, 255, 155], behind the published composites
PICTURES = (".png", ".jpg", ".jpeg")
MOST_STRETCHED = 1.02  # a thumbnail of another shape than the movie would be squeezed


@dataclass(frozen=True)
class RawClip:
    """A movie with the pictures beside it. trimaps: by what follows "_trimap" in their names."""

    movie: Path
    thumbnail: Path | None
    trimaps: Mapping[str, Path]


def shots_in_folder(root: Path, given: Mapping[str, str]) -> list[BatchShot]:
    """One for every trimap. given: out, composite and others of the options of a shot.

    Raises SourceError for a folder without clips, SettingsError without out, and what no shot could go without.
    """
    from ftpvm.media.composite import make_background
    from ftpvm.media.foreground import require_estimator
    from ftpvm.media.movie_writer import require_encoder

    if "out" not in given:
        raise SettingsError("A folder needs --out, the folder for what is made.")
    require_encoder("h264")
    require_estimator()
    make_background(given.get("composite", GREEN), (16, 16))
    shots = [shot for clip in raw_clips(root) for shot in _shots(clip, given)]
    if not shots:
        raise SourceError(f"{root} holds no NAME.mp4 with NAME_thumbnail.png and NAME_trimap.png beside it.")
    return shots


def raw_clips(root: Path) -> Iterator[RawClip]:
    """Movies with a thumbnail, a trimap or both, by name. SourceError."""
    if not root.is_dir():
        raise SourceError(f"{root} is no folder and no .toml file: name one of them.")
    files = sorted(root.iterdir())
    pictures = [file for file in files if file.suffix.lower() in PICTURES]
    for movie in files:
        if movie.suffix.lower() != ".mp4":
            continue
        thumbnail = next((p for p in pictures if p.stem == f"{movie.stem}_thumbnail"), None)
        start = f"{movie.stem}_trimap"
        trimaps = {p.stem.removeprefix(start): p for p in pictures if p.stem.startswith(start)}
        if thumbnail or trimaps:
            yield RawClip(movie, thumbnail, trimaps)


def _shots(clip: RawClip, given: Mapping[str, str]) -> Iterator[BatchShot]:
    found: dict[Path, Nearest] = {}  # looked for once, however many trimaps there are
    for star in clip.trimaps or [""]:
        yield BatchShot(f"{clip.movie.stem}_{star}", partial(_wanted, clip, star, given, found))


def _wanted(clip: RawClip, star: str, given: Mapping[str, str], found: dict[Path, Nearest]) -> Wanted:
    name = clip.movie.stem
    if clip.thumbnail is None:
        raise SourceError(f"There is no {name}_thumbnail.png: save the picture that {name}_trimap.png is of.")
    if star not in clip.trimaps:
        raise SourceError(f"There is no {name}_trimap.png: paint the trimap of {clip.thumbnail.name}.")
    out, thumbnail, trimap = Path(given["out"]), clip.thumbnail, clip.trimaps[star]
    options = shot_options(
        {**given, "source": str(clip.movie), "out": str(out / "mattes"), "name": f"{name}_{star}", "composite": None}
    )

    def keyframes(source: Source) -> list[Keyframe]:
        return [_keyframe(source, thumbnail, trimap, found)]

    def movies(source: Source, mattes: MatteSequence) -> Extras:
        return _movies(source, out / mattes.name, given.get("composite", GREEN))

    return Wanted(options, [thumbnail, trimap], keyframes, movies)


def _movies(source: Source, base: Path, background: str) -> Extras:
    from ftpvm.kept import file_stamp
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec

    com, fgr, pha = (base.with_name(f"{base.name}_{kind}.mp4") for kind in ("com", "fgr", "pha"))
    return {
        str(com): Extra(
            deliver.composite_movie(source, com, MovieCodec.H264, background),
            (background, file_stamp(Path(background))),
        ),
        str(fgr): Extra(deliver.alpha_movie(source, fgr, MovieCodec.H264, foreground=True)),
        str(pha): Extra(deliver.matte_movie(source, pha, MovieCodec.H264)),
    }


def _keyframe(source: Source, thumbnail: Path, trimap: Path, found: dict[Path, Nearest]) -> Keyframe:
    """On the thumbnail's frame, or of the thumbnail as a picture from elsewhere, which the first frame follows."""
    import cv2

    from ftpvm.propagation import Keyframe
    from ftpvm.trimaps import load_trimap

    picture = _picture(thumbnail, source)
    if thumbnail not in found:
        found[thumbnail] = _looked_for(source, picture, thumbnail)
    levels = load_trimap(trimap, source.size, fit=True)
    if found[thumbnail].is_the_picture:
        return Keyframe(found[thumbnail].frame, levels)
    shrinks = picture.shape[1] > source.size[0]
    image = cv2.resize(picture, source.size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return Keyframe(source.frames[0], levels, image)


def _picture(path: Path, source: Source) -> Image:
    from ftpvm.media import open_source

    with open_source(path) as still:
        (w, h), (width, height) = still.size, source.size
        if not 1 / MOST_STRETCHED < (w / h) / (width / height) < MOST_STRETCHED:
            raise SourceError(
                f"{path.name} is {w}x{h} but {source.path.name} is {width}x{height}: crop it to the movie's shape."
            )
        ((_, image),) = still.read(still.frames)
    return image


def _looked_for(source: Source, picture: Image, path: Path) -> Nearest:
    """The nearest frame, which is told."""
    from ftpvm.cli.progress import Display
    from ftpvm.media.find_frame import nearest_frame

    frames = source.frames
    with Display("looking for the thumbnail in", as_json=False) as show:
        nearest = nearest_frame(source, picture, lambda n: show(n - frames[0] + 1, len(frames), n, frames))
    if nearest.is_the_picture:
        print(f"  {path.name} is frame {nearest.frame}, the keyframe", flush=True)
    else:
        print(f"  {path.name} is no frame of the movie: the network remembers it", flush=True)
    return nearest
