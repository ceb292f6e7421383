# SPDX-License-Identifier: GPL-3.0-or-later
"""The published folder of raw videos: NAME.mp4, NAME_thumbnail.png and NAME_trimap*.png -> NAME_*_{com,fgr,pha}.mp4."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli.batch_list import shot_options
from ftpvm.cli.batch_shot import BatchShot
from ftpvm.cli.batch_thumbnail import thumbnail_keyframe
from ftpvm.cli.one_shot import Extra, Extras, Wanted, refuse_early
from ftpvm.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from ftpvm.media.source import Source
    from ftpvm.propagation import Keyframe

GREEN = "#78ff9b"  # [120, 255, 155], behind the published composites
PICTURES = (".png", ".jpg", ".jpeg")  # the first is the published one


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
    from ftpvm.media.composite import background_of
    from ftpvm.media.foreground import require_estimator
    from ftpvm.media.movie_writer import require_encoder

    if "out" not in given:
        raise SettingsError("A folder needs --out, the folder for what is made.")
    require_encoder("h264")
    require_estimator()
    background_of(given.get("composite", GREEN))
    refuse_early(_options(given, root, "any"))
    shots = [shot for clip in raw_clips(root) for shot in _shots(clip, given)]
    if not shots:
        raise SourceError(f"{root} holds no NAME.mp4 with NAME_thumbnail.png and NAME_trimap.png beside it.")
    return shots


def raw_clips(root: Path) -> Iterator[RawClip]:
    """Movies with a thumbnail, a trimap or both, by name. SourceError."""
    from ftpvm.media.source import reading

    with reading(root):
        if not root.is_dir():
            raise SourceError(f"{root} is no folder and no .toml file: name one of them.")
        files = sorted(file for file in root.iterdir() if not file.name.startswith("."))  # ._NAME.mp4 is macOS's
    pictures = {file.stem: file for ending in reversed(PICTURES) for file in files if file.suffix.lower() == ending}
    for movie in (file for file in files if file.suffix.lower() == ".mp4"):
        start = f"{movie.stem}_trimap"
        trimaps = {name.removeprefix(start): pictures[name] for name in sorted(pictures) if name.startswith(start)}
        clip = RawClip(movie, pictures.get(f"{movie.stem}_thumbnail"), trimaps)
        if clip.thumbnail or clip.trimaps:
            yield clip


def _shots(clip: RawClip, given: Mapping[str, str]) -> Iterator[BatchShot]:
    for star in clip.trimaps or [""]:
        yield BatchShot(f"{clip.movie.stem}_{star}", partial(_wanted, clip, star, given))


def _wanted(clip: RawClip, star: str, given: Mapping[str, str]) -> Wanted:
    name = clip.movie.stem
    if clip.thumbnail is None:
        raise SourceError(f"There is no {name}_thumbnail.png: save the picture that {name}_trimap.png is of.")
    if star not in clip.trimaps:
        raise SourceError(f"There is no {name}_trimap.png: paint the trimap of {clip.thumbnail.name}.")
    out, thumbnail, trimap = Path(given["out"]), clip.thumbnail, clip.trimaps[star]
    options = _options(given, clip.movie, f"{name}_{star}")

    def keyframes(source: Source) -> list[Keyframe]:
        return [thumbnail_keyframe(source, thumbnail, trimap, out / "mattes" / f".{thumbnail.stem}.json")]

    return Wanted(options, [thumbnail, trimap], keyframes, _movies(out / options.name, given.get("composite", GREEN)))


def _options(given: Mapping[str, str], movie: Path, name: str) -> Namespace:
    out = str(Path(given["out"]) / "mattes")
    return shot_options({**given, "source": str(movie), "out": out, "name": name, "composite": None})


def _movies(base: Path, background: str) -> Extras:
    from ftpvm.kept import file_stamp
    from ftpvm.media import deliver
    from ftpvm.media.movie_writer import MovieCodec

    com, fgr, pha = (base.with_name(f"{base.name}_{kind}.mp4") for kind in ("com", "fgr", "pha"))
    return {
        str(com): Extra(
            partial(deliver.composite_movie, path=com, codec=MovieCodec.H264, background=background),
            (background, file_stamp(Path(background))),
        ),
        str(fgr): Extra(partial(deliver.alpha_movie, path=fgr, codec=MovieCodec.H264, foreground=True)),
        str(pha): Extra(partial(deliver.matte_movie, path=pha, codec=MovieCodec.H264)),
    }
