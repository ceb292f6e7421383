# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a shot: only the spans whose mattes are missing or out of date."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from ftpvm.atomic import remove_leftovers
from ftpvm.kept import Kept

from .adaptation import STEPS
from .device import give_back_memory
from .keyframes import checked
from .ledger import Ledger, span_fingerprint
from .lock import only_writer
from .memories import KeyframeMemories
from .passes import Stopped
from .preview import preview
from .report import Progress, Report
from .runner import NetworkRunner
from .settings import working_size
from .shot import Shot
from .span_runner import SpanRunner
from .spans import Span, plan_spans
from .stash import Stashes

ADAPTATIONS = 4  # kept, 20 MB each: a stopped run needn't adapt again

Planned = list[tuple[Span, str, bool]]


class Propagator:
    """Propagates shots with one network, keeping the memory of recent keyframes between them.

    snapshot_every: network frames after which the recurrent memory is put on disk; a killed run loses no more.
    """

    def __init__(self, runner: NetworkRunner, *, snapshot_every: int = 64) -> None:
        self.runner = runner
        self._memories = KeyframeMemories(runner)
        self._adaptations: Kept[NetworkRunner] = Kept(ADAPTATIONS)
        self._snapshot_every = snapshot_every

    def plan(self, shot: Shot) -> Planned:
        """Every span of a shot with its fingerprint and whether its mattes are there and up to date.

        Raises:
            KeyframeError: the keyframes contradict each other or the shot.
        """
        keyframes = {k.frame: k for k in checked(shot.keyframes, shot.frames, shot.source.size)}
        ledger = _ledger(shot)
        source, mattes = shot.source.identity(), shot.mattes.identity()
        planned: Planned = []
        for span in plan_spans(list(keyframes), shot.frames, shot.settings.direction):
            adaptation = {"adapted": STEPS} if shot.adapts_for(span) else {}
            fingerprint = span_fingerprint(
                span, network=self.runner.fingerprint, source=source, mattes=mattes,
                trimaps=[keyframes[k].fingerprint for k in span.keyframes],
                size=working_size(shot.source.size, shot.settings.resolution), **adaptation,
            )  # fmt: skip
            done = ledger.has(fingerprint) and all(map(shot.mattes.is_whole, span.frames))
            planned.append((span, fingerprint, done))
        return planned

    def run(
        self,
        shot: Shot,
        *,
        on_plan: Callable[[Planned], None] = lambda planned: None,
        on_span: Callable[[Span, bool], None] = lambda span, done: None,
        on_adapting: Callable[[Span, int, int], None] = lambda span, done, total: None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Bring all mattes of a shot up to date.

        Args:
            on_plan: called once with what `plan` gives.
            on_span: called with a span that is begun (False), and again when it is done (True).
            on_adapting: called with a span and how many steps of adaptation are done of how many, after each.
            on_progress: called after every frame of the network.
            should_stop: asked before every chunk of frames and every step; a stopped shot goes on where it was when
                run again.

        Raises:
            KeyframeError, SourceError, OutputError, DeviceError: as their sentences say; finished frames stay whole,
                and the next run goes on from the last snapshot.
        """
        checked(shot.keyframes, shot.frames, shot.source.size)  # refused before a folder is made
        with only_writer(shot.mattes.folder, shot.mattes.name):
            began, planned = time.monotonic(), self.plan(shot)
            on_plan(planned)
            stale = [(span, fingerprint) for span, fingerprint, done in planned if not done]
            asked = min(shot.settings.resolution, max(shot.source.size))
            report = Report(asked, spans_kept=len(planned) - len(stale))
            kept = _kept_resolution(shot, planned, asked)
            report.warnings += _left_out(shot, [span for span, _, _ in planned]) + _lowered(kept, asked)
            stashes = Stashes(shot.mattes.folder / ".ftpvm", shot.mattes.name)
            stashes.keep_only({fingerprint for _, fingerprint in stale})
            remove_leftovers(shot.mattes.folder)
            self.runner.reset_chunk()
            spans = SpanRunner(
                shot, self.runner, self._memories, self._adaptations, stashes, report,
                sum(span.work for span, _ in stale), on_adapting, on_progress, should_stop, self._snapshot_every,
            )  # fmt: skip
            try:
                _run_spans(spans, stale, on_span)
            except Stopped:
                report.stopped = True
            if report.stopped:  # not before: the exception held the network that was perhaps being adapted
                give_back_memory()
            report.resolution = min(report.resolution, kept)
            report.seconds = time.monotonic() - began
        return report

    def preview(self, shot: Shot, frame: int) -> np.ndarray:
        """See `preview.preview`."""
        return preview(shot, frame, self.runner, self._memories)


def taken_by(shot: Shot) -> str | None:
    """The origin of another source whose mattes a run would replace, where they have the same name and folder."""
    return _ledger(shot).taken_by({"origin": shot.source.origin(), "identity": shot.source.identity()})


def _run_spans(spans: SpanRunner, stale: list[tuple[Span, str]], on_span: Callable[[Span, bool], None]) -> None:
    ledger, source = _ledger(spans.shot), {"origin": spans.shot.source.origin(), "identity": spans.source_identity}
    for span, fingerprint in stale:
        if spans.should_stop():
            raise Stopped
        on_span(span, False)
        stash = spans.run_span(span, fingerprint, on_start=partial(ledger.begin, span, source))
        ledger.finish(span, fingerprint, spans.report.resolution)
        stash.clear()
        spans.report.spans_run += 1
        on_span(span, True)


def _ledger(shot: Shot) -> Ledger:
    return Ledger(shot.mattes.folder / f"{shot.mattes.name}.ftpvm.json")


def _kept_resolution(shot: Shot, planned: Planned, asked: int) -> int:
    """The lowest that a span had whose mattes are kept; `asked` where none is."""
    ledger = _ledger(shot)
    return min((ledger.resolution_of(fingerprint) for _, fingerprint, done in planned if done), default=asked)


def _lowered(kept: int, asked: int) -> list[str]:
    words = f"Mattes that are kept are of {kept} px, as memory ran out; delete them to try {asked} px again."
    return [words] if kept < asked else []


def _left_out(shot: Shot, spans: list[Span]) -> list[str]:
    count = len(shot.frames) - sum(len(span.frames) for span in spans)
    direction = shot.settings.direction
    return [f"{count} frame(s) can't be reached {direction} from a keyframe and get no matte."] if count else []
