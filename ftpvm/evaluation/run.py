# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a method on clips: matte, score, and keep what was made. A finished clip isn't run again."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    """Something that mattes clips: its name, what its results depend on, and how it goes.

    identity: of a clip, changes when a file does that its scores depend on.
    """

    name: str
    settings: Settings
    mattes: Callable[[Clip], Iterable[MattedFrame]]
    identity: Callable[[Clip], str] = Clip.identity


@dataclass(frozen=True)
class Keep:
    """What is kept of every clip beside its scores."""

    mattes: bool = True
    preview: bool = True

    def names(self) -> list[str]:
        """Those that are wanted."""
        return [name for name in ("mattes", "preview") if getattr(self, name)]


def evaluate(
    method: Method,
    clips: Sequence[Clip],
    folder: Path,
    keep: Keep,
    on_frame: Callable[[Clip, int, int, int], None] = lambda clip, frame, done, total: None,
    *,
    chosen: Collection[str] = (),
) -> Evaluated:
    """Bring a method's results in `folder`/NAME up to date, with frames.csv, clips.csv and results.json.

    Args:
        clips: all of the set. Those that are finished count, whether they are chosen or not.
        chosen: names of those to run; default: all.
        on_frame: called after every frame with its clip, its number, and how many frames of all are behind us.

    Raises:
        SettingsError: the folder holds results with other settings.
        DatasetError, SourceError, TrimapError, OutputError, DeviceError: as their sentences say.
    """
    wanted, kept = set(chosen) or {clip.name for clip in clips}, keep.names()
    running = [clip for clip in clips if clip.name in wanted]
    done, total = 0, sum(len(clip.frames) for clip in running)
    with only_writer(folder, method.name):
        results = Results.begun(folder / method.name, method.settings)
        identities = {clip.name: method.identity(clip) for clip in clips}
        scored = {name: results.finished(name, identities[name], kept if name in wanted else ()) for name in identities}
        for clip in running:

            def tell(seen: Seen, clip: Clip = clip, behind: int = done - clip.frames[0] + 1) -> None:
                on_frame(clip, seen.made.frame, behind + seen.made.frame, total)

            if scored[clip.name] is None:
                results.clear(clip.name)
                _note(method, scored, results)
                scored[clip.name] = scores = _run(method, clip, results, keep, tell)
                results.finish(scores, identities[clip.name], kept)
            done += len(clip.frames)
        evaluated = _note(method, scored, results)
        write_csv(results.folder / "frames.csv", frames_table(evaluated.clips))
        write_csv(results.folder / "clips.csv", clips_table(evaluated.clips))
    return evaluated


def _note(method: Method, scored: Mapping[str, ClipScores | None], results: Results) -> Evaluated:
    """What is finished, into results.json too, so that a run that breaks off shows what it reached."""
    evaluated = Evaluated(method.name, method.settings, [scores for scores in scored.values() if scores is not None])
    write_json(results.folder / "results.json", evaluated, means(evaluated.clips))
    return evaluated


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
