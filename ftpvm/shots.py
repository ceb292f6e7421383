# SPDX-License-Identifier: GPL-3.0-or-later
"""From plain values to a shot, and what must hold before it is run: shared by the command line and the worker.

Heavy imports are inside the functions, so that both answer at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.errors import SettingsError

if TYPE_CHECKING:
    from ftpvm.media.source import Source
    from ftpvm.propagation import Keyframe, Settings, Shot
    from ftpvm.propagation.shot import Mattes


@dataclass(frozen=True)
class KeyframeImage:
    """A keyframe as the user gives it. band and fit: see `ftpvm.trimaps.load_trimap`."""

    frame: int
    path: Path
    band: tuple[int, int] | None = None
    fit: bool = False

    def load(self, size: tuple[int, int]) -> Keyframe:
        """The keyframe for a shot of `size` (width, height). Raises TrimapError."""
        from ftpvm.propagation import Keyframe
        from ftpvm.trimaps import load_trimap

        return Keyframe(self.frame, load_trimap(self.path, size, band=self.band, fit=self.fit))


def make_shot(
    source: Source,
    keyframes: Iterable[Keyframe],
    ends: tuple[int | None, int | None],
    mattes: Mattes,
    settings: Settings,
) -> Shot:
    """A checked shot from the first to the last of `ends`, None being the source's.

    keyframes: asked for when the range is known to be right. Raises SettingsError or KeyframeError.
    """
    from ftpvm.propagation import Shot
    from ftpvm.propagation.keyframes import checked

    frames = frames_in(source, *ends)
    return Shot(source, checked(keyframes, frames, source.size), frames, mattes, settings)


def frames_in(source: Source, first: int | None, last: int | None) -> range:
    """The frames from `first` to `last`, both included. Raises SettingsError where the source lacks them."""
    require_range(first, last)
    have = source.frames
    first, last = have[0] if first is None else first, have[-1] if last is None else last
    if first not in have or last not in have:
        raise SettingsError(f"The range {first}:{last} isn't in {source.path.name}, which has {have[0]} to {have[-1]}.")
    return range(first, last + 1)


def require_range(first: int | None, last: int | None) -> None:
    """No source has an empty one. SettingsError."""
    if first is not None and last is not None and first > last:
        raise SettingsError(f"The range {first}:{last} is empty; give the first frame first.")


def resolution_for(weights: str, asked: int | None) -> int:
    """The long side in px that was asked for, else what the weights say they are best at. Raises CheckpointError."""
    from ftpvm.model.checkpoint import best_resolution

    return best_resolution(weights) if asked is None else asked


def spare_inputs(written: Iterable[Path], given: Iterable[Path]) -> None:
    """Plates and trimaps must not be written over, nor a folder of plates come to hold two sequences.

    written: files, or patterns of them. given: files, patterns or folders. Raises SettingsError, or SourceError for
    what the system refuses to look at.
    """
    from ftpvm.media.source import reading

    taken: dict[tuple[Path, str], Path] = {}
    for path in given:
        with reading(path):
            folder, names = (path, "[^/]*") if path.is_dir() else (path.parent, _names_beside(path.name))
        taken.setdefault((folder, names), path)
    for path in written:
        for (folder, names), one in taken.items():
            if re.fullmatch(names, path.name) and folder.resolve() == path.parent.resolve():
                raise SettingsError(
                    f"{path} would come among the files of {one}: choose another output folder or name."
                )


def spare_other_mattes(shot: Shot) -> None:
    """a/shot.mov and b/shot.mov give mattes of one name; the one's must not replace the other's. SettingsError."""
    from ftpvm.propagation import taken_by

    if other := taken_by(shot):
        folder, name = shot.mattes.folder, shot.mattes.name
        raise SettingsError(
            f"{folder} holds mattes named {name} of {other}: choose another output folder or name, "
            f"or delete {name}.ftpvm.json there to replace them."
        )


def require_writable(paths: Iterable[Path]) -> None:
    """Better told now than after hours. Creates the folders of `paths`; raises OutputError or DiskFullError."""
    from ftpvm.atomic import output_error, why_writing_failed

    for path in paths:
        if error := why_writing_failed(path, 1):
            raise output_error(path, error)


def _names_beside(name: str) -> str:
    """A regular expression for the names of what comes with one: a movie alone, stills of any last number or ####."""
    from ftpvm.media.sequence import SUFFIXES

    stem, suffix = Path(name).stem, Path(name).suffix
    number = re.search(r"(%\d*d|#+)(?!.*[%#])", stem) or re.search(r"\d+(?!.*\d)", stem)
    if number is None or suffix.lower() not in SUFFIXES:
        return re.escape(name)
    return re.escape(name[: number.start()]) + r"(%\d*d|#+|\d+)" + re.escape(name[number.end() :])
