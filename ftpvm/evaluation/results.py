# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of one method's results on one set: its settings, and a folder a clip, finished when its scores are there.

METHOD/settings.json
METHOD/CLIP/{pha/matte.0000.png,trimap/trimap.0000.png,preview.mp4,worst.jpg,scores.json}
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftpvm.atomic import atomic_path
from ftpvm.errors import SettingsError, SourceError
from ftpvm.media.matte_sequence import MatteSequence

from .clip import Clip
from .clips import FrameScores
from .scoring import ClipScores

VERSION = 1
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
        """The folder to put results of these settings into; SettingsError where it holds some of others."""
        results = cls(folder)
        if (folder / "settings.json").is_file():
            held = results.settings()
            for key in settings.keys() | held.keys():
                if held.get(key) != settings.get(key):
                    raise SettingsError(
                        f"{folder} holds results with {key} {held.get(key)}, not {settings.get(key)}: "
                        "choose another --out-root, or delete that folder to evaluate anew."
                    )
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

    def finished(self, clip: Clip) -> ClipScores | None:
        """A clip's scores if it is finished and its files are still those that were scored."""
        path = self.folder / clip.name / "scores.json"
        try:
            content = _read_json(path)
        except SourceError:
            return None
        known = content.get("version") == VERSION and content.get("identity") == clip.identity()
        return _scores(clip.name, content) if known else None

    def finish(self, clip: Clip, scores: ClipScores) -> None:
        """Note a clip as finished."""
        content = {"version": VERSION, "identity": clip.identity(), **_as_json(scores)}
        _write_json(self.folder / clip.name / "scores.json", content)

    def evaluated(self) -> Evaluated:
        """All finished clips, by name; called by the folder's path. Raises SourceError where there are none."""
        clips = []
        for path in sorted(self.folder.rglob("scores.json")):
            content = _read_json(path)
            if content.get("version") != VERSION:
                raise SourceError(f"{path} was written by another version of ftpvm: evaluate anew to compare.")
            clips.append(_scores(path.parent.relative_to(self.folder).as_posix(), content))
        if not clips:
            raise SourceError(f"{self.folder} holds no finished clip (CLIP/scores.json): choose a folder of results.")
        return Evaluated(str(self.folder), self.settings(), clips)


def results_in(path: Path) -> list[Results]:
    """The method whose folder `path` is, or all methods in it. Raises SourceError where there are none."""
    folders = [path] if (path / "settings.json").is_file() else sorted(p.parent for p in path.glob("*/settings.json"))
    if not folders:
        raise SourceError(f"{path} holds no results of `ftpvm evaluate` (settings.json): choose a folder that does.")
    return [Results(folder) for folder in folders]


def write_json(path: Path, evaluated: Evaluated, means: dict[str, FrameScores]) -> None:
    """Everything in one file, for programs; what isn't known is null."""
    content = {
        "name": evaluated.name, "settings": evaluated.settings,
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
