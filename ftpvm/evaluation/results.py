# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of one method's results on one set: its settings, and a folder a clip, finished when its scores are there.

METHOD/settings.json
METHOD/results.json, of all clips that are finished and whose files are still those that were scored
METHOD/CLIP/{pha/matte.0000.png,trimap/trimap.0000.png,preview.mp4,worst.jpg,scores.json}
"""

import json
import math
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftpvm.atomic import atomic_path, output_error
from ftpvm.errors import SettingsError, SourceError
from ftpvm.media.matte_sequence import MatteSequence

from .frame_scores import FrameScores
from .scoring import ClipScores

VERSION = 2  # 2: sums over no pixels are unknown, not 0
Settings = dict[str, Any]
Row = dict[str, float | None]


@dataclass(frozen=True)
class Evaluated:
    """What a method reached on a set: its name, its settings, its clips."""

    name: str
    settings: Settings
    clips: Sequence[ClipScores]

    @property
    def update(self) -> int:
        """Of the memory update test: frames between two true trimaps in memory; else 0."""
        return int(self.settings.get("memory_freq", 0))

    @property
    def model(self) -> str:
        """The name without the memory update."""
        return self.name.removesuffix(update_ending(self.update))


def update_ending(every: int) -> str:
    """What names of results end in when the memory is updated every so many frames."""
    return f"_memory{every}" if every else ""


class Results:
    """One method's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begun(cls, folder: Path, settings: Settings) -> "Results":
        """The folder to put results of these settings into; SettingsError where it holds some of others, or no results.

        Clips in it are replaced, so it must be ours.
        """
        results = cls(folder)
        if (folder / "settings.json").is_file():
            held = results.settings()
            for key in settings.keys() | held.keys():
                if held.get(key) != settings.get(key):
                    raise SettingsError(
                        f"{folder} holds results with {key} {held.get(key)}, not {settings.get(key)}: "
                        "choose another --out-root, or delete that folder to evaluate anew."
                    )
        elif folder.is_dir() and any(folder.iterdir()):
            raise SettingsError(f"{folder} holds something else than results: choose another --out-root or name.")
        else:
            _write_json(folder / "settings.json", settings)
        return results

    def settings(self) -> Settings:
        """What the results were made with. Raises SourceError."""
        return _read_json(self.folder / "settings.json")

    def clip_folder(self, clip: str) -> Path:
        return self.folder / clip

    def mattes(self, clip: str) -> MatteSequence:
        return MatteSequence(self.folder / clip / "pha", "matte")

    def trimaps(self, clip: str) -> MatteSequence:
        """Where the method's own trimaps go."""
        return MatteSequence(self.folder / clip / "trimap", "trimap", "png8")

    def clear(self, clip: str) -> None:
        """Remove what an earlier run left of a clip, first that it is finished. Raises OutputError."""
        folder = self.clip_folder(clip)
        try:
            (folder / "scores.json").unlink(missing_ok=True)
            if folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            raise output_error(folder / "scores.json", error) from error

    def finished(self, clip: str, identity: str, kept: Collection[str] = ()) -> ClipScores | None:
        """A clip's scores if it is finished, its files are still those that were scored, and all of `kept` was kept."""
        path = self.clip_folder(clip) / "scores.json"
        try:
            content = _read_json(path)
        except SourceError:
            return None
        known = content.get("version") == VERSION and content.get("identity") == identity
        return _scores(clip, content) if known and set(kept) <= set(content["kept"]) else None

    def finish(self, scores: ClipScores, identity: str, kept: Collection[str] = ()) -> None:
        """Note a clip as finished, and what was kept of it."""
        content = {"version": VERSION, "identity": identity, "kept": sorted(kept), **_as_json(scores)}
        _write_json(self.clip_folder(scores.name) / "scores.json", content)

    def evaluated(self, name: str) -> Evaluated:
        """What results.json holds, perhaps no clip. Raises SourceError where another version of ftpvm wrote it."""
        path = self.folder / "results.json"
        if not path.is_file():
            return Evaluated(name, self.settings(), [])
        content = _read_json(path)
        if content.get("version") != VERSION:
            raise SourceError(f"{path} was written by another version of ftpvm: evaluate anew to compare.")
        return Evaluated(name, content["settings"], [_scores(clip, held) for clip, held in content["clips"].items()])


def earlier_results(path: Path) -> list[Evaluated]:
    """The method whose folder `path` is, or all methods in it, called by their paths; those with a finished clip.

    Raises:
        SourceError: there are none, or they can't be read.
    """
    folders = [path] if (path / "settings.json").is_file() else sorted(p.parent for p in path.glob("*/settings.json"))
    if not folders:
        raise SourceError(f"{path} holds no results of `ftpvm evaluate` (settings.json): choose a folder that does.")
    found = [Results(folder).evaluated(str(folder)) for folder in folders]
    if not any(evaluated.clips for evaluated in found):
        raise SourceError(f"{path} holds no finished clip: choose a folder of results, or let them finish.")
    return [evaluated for evaluated in found if evaluated.clips]


def beside(folder: Path, done: Sequence[Evaluated]) -> list[Evaluated]:
    """Finished results in a folder, by name, of the set and size of `done` but not among them.

    Those of another version of ftpvm don't count.
    """
    names, alike = [evaluated.name for evaluated in done], [done[0].settings.get(key) for key in ("set", "size")]
    found = []
    for path in sorted(path.parent for path in folder.glob("*/settings.json")):
        with suppress(SourceError):
            found.append(Results(path).evaluated(path.name))
    return [
        each for each in found
        if each.clips and each.name not in names and [each.settings.get(key) for key in ("set", "size")] == alike
    ]  # fmt: skip


def write_json(path: Path, evaluated: Evaluated, means: dict[str, FrameScores]) -> None:
    """Everything in one file, for programs; what isn't known is null."""
    content = {
        "version": VERSION, "name": evaluated.name, "settings": evaluated.settings,
        "means": {name: _nulled(mean) for name, mean in means.items()},
        "clips": {clip.name: _as_json(clip) for clip in evaluated.clips},
    }  # fmt: skip
    _write_json(path, content)


def _as_json(clip: ClipScores) -> dict[str, Any]:
    return {
        "worst": clip.worst, "iou": clip.iou and _null(clip.iou), "mean": _nulled(clip.mean),
        "frames": {number: _nulled(frame) for number, frame in clip.frames.items()},
    }  # fmt: skip


def _scores(name: str, content: dict[str, Any]) -> ClipScores:
    frames = {
        int(number): {region: _nan(row) for region, row in frame.items()} for number, frame in content["frames"].items()
    }
    return ClipScores(name, frames, content["iou"] and _nan(content["iou"]))


def _nulled(scores: FrameScores) -> dict[str, Row]:
    return {region: _null(row) for region, row in scores.items()}


def _null(row: dict[str, float]) -> Row:
    """JSON has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in row.items()}


def _nan(row: Row) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in row.items()}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} can't be read ({error}): delete its folder and evaluate anew.") from error
    if not isinstance(content, dict):
        raise SourceError(f"{path} isn't a file of `ftpvm evaluate`: choose a folder of its results.")
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1), "utf-8")
