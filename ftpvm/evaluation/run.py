# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a method on clips: matte, score, and keep what was made. A finished clip isn't run again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ftpvm.propagation.lock import only_writer

from .clip import Clip
from .matted import MattedFrame
from .pictures import WorstFrame, preview_movie
from .results import Evaluated, Results, Settings, write_json
from .scoring import ClipScores, Seen, score_clip
from .tables import clips_table, frames_table, means, write_csv


@dataclass(frozen=True)
class Method:
    """Something that mattes clips: its name, what its results depend on, and how it goes."""

    name: str
    settings: Settings
    mattes: Callable[[Clip], Iterable[MattedFrame]]


@dataclass(frozen=True)
class Keep:
    """What is kept of every clip beside its scores."""

    mattes: bool = True
    preview: bool = True


def evaluate(
    method: Method,
    clips: Sequence[Clip],
    folder: Path,
    keep: Keep,
    on_frame: Callable[[Clip, int, int, int], None] = lambda clip, frame, done, total: None,
) -> Evaluated:
    """Bring a method's results in `folder`/NAME up to date, with frames.csv, clips.csv and results.json.

    Args:
        on_frame: called after every frame with its clip, its number, and how many frames of all are behind us.

    Raises:
        SettingsError: the folder holds results with other settings.
        DatasetError, SourceError, TrimapError, OutputError, DeviceError: as their sentences say.
    """
    scored, done, total = [], 0, sum(len(clip.frames) for clip in clips)
    with only_writer(folder, method.name):
        results = Results.begun(folder / method.name, method.settings)
        for clip in clips:

            def tell(seen: Seen, clip: Clip = clip, behind: int = done - clip.frames[0] + 1) -> None:
                on_frame(clip, seen.made.frame, behind + seen.made.frame, total)

            scores = results.finished(clip)
            if scores is None:
                scores = _run(method, clip, results, keep, tell)
                results.finish(clip, scores)
            scored.append(scores)
            done += len(clip.frames)
        evaluated = Evaluated(method.name, method.settings, scored)
        _write_tables(results.folder, evaluated)
    return evaluated


def _write_tables(folder: Path, evaluated: Evaluated) -> None:
    write_csv(folder / "frames.csv", frames_table(evaluated.clips))
    write_csv(folder / "clips.csv", clips_table(evaluated.clips))
    write_json(folder / "results.json", evaluated, means(evaluated.clips))


def _run(method: Method, clip: Clip, results: Results, keep: Keep, on_frame: Callable[[Seen], None]) -> ClipScores:
    folder, worst = results.clip_folder(clip.name), WorstFrame()
    matted: Iterable[MattedFrame] = method.mattes(clip)
    if keep.mattes:
        matted = _kept(matted, clip, results)
    with ExitStack() as opened:
        watchers = [worst.see, on_frame]
        if keep.preview:
            watchers.append(opened.enter_context(preview_movie(folder / "preview.mp4", clip.size)))
        scores = score_clip(clip, matted, watchers)
    worst.write(folder / "worst.jpg")
    return scores


def _kept(matted: Iterable[MattedFrame], clip: Clip, results: Results) -> Iterator[MattedFrame]:
    mattes, trimaps = results.mattes(clip.name), results.trimaps(clip.name)
    for made in matted:
        mattes.write(clip.number(made.frame), made.matte)
        if made.trimap is not None:
            trimaps.write(clip.number(made.frame), made.trimap)
        yield made
