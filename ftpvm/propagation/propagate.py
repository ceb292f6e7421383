# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a shot: only the spans whose mattes are missing or out of date."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ftpvm.errors import DeviceError

from .device import OutOfMemoryError
from .keyframes import checked
from .ledger import Ledger, span_fingerprint
from .memories import KeyframeMemories
from .passes import Landing, Stopped, run_pass
from .runner import Memory, NetworkRunner
from .settings import working_size
from .shot import Shot
from .spans import Span, plan_spans
from .stash import Snapshot, Stash

SMALLEST_RESOLUTION = 256


@dataclass(frozen=True)
class Progress:
    """Network frames done and to do in this run, the frame just run and the span it belongs to."""

    done: int
    total: int
    frame: int
    span: Span


@dataclass
class Report:
    """What a run did.

    frames_resumed: network frames that a stopped run before had done already.
    stopped: it was asked to stop and goes on where it was when run again. resolution: the working long side in px.
    """

    resolution: int
    spans_run: int = 0
    spans_kept: int = 0
    frames_run: int = 0
    frames_resumed: int = 0
    seconds: float = 0.0
    stopped: bool = False
    warnings: list[str] = field(default_factory=list)


class Propagator:
    """Propagates shots with one network, keeping the memory of recent keyframes between them."""

    def __init__(self, runner: NetworkRunner) -> None:
        self._runner = runner
        self._memories = KeyframeMemories(runner)

    def plan(self, shot: Shot) -> list[tuple[Span, str, bool]]:
        """Every span of a shot with its fingerprint and whether its mattes are there and up to date.

        Raises:
            KeyframeError: the keyframes contradict each other or the shot.
        """
        keyframes = {k.frame: k for k in checked(shot.keyframes, shot.frames, shot.source.size)}
        ledger = _ledger(shot)
        source, mattes = shot.source.identity(), shot.mattes.identity()
        planned = []
        for span in plan_spans(list(keyframes), shot.frames, shot.settings.direction):
            fingerprint = span_fingerprint(
                span, network=self._runner.fingerprint, source=source, mattes=mattes,
                trimaps=[keyframes[k].fingerprint() for k in span.keyframes], resolution=shot.settings.resolution,
            )  # fmt: skip
            done = ledger.has(fingerprint) and all(map(shot.mattes.is_whole, span.frames))
            planned.append((span, fingerprint, done))
        return planned

    def run(
        self,
        shot: Shot,
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Bring all mattes of a shot up to date.

        Args:
            on_progress: called after every frame of the network.
            should_stop: asked before every chunk of frames; a stopped shot goes on where it was when run again.

        Raises:
            KeyframeError, SourceError, OutputError, DeviceError: as their sentences say; finished frames stay whole.
        """
        began, planned = time.monotonic(), self.plan(shot)
        stale = [(span, fingerprint) for span, fingerprint, done in planned if not done]
        report = Report(min(shot.settings.resolution, max(shot.source.size)), spans_kept=len(planned) - len(stale))
        total = sum(span.work for span, _ in stale)

        def count(span: Span, frame: int) -> None:
            report.frames_run += 1
            on_progress(Progress(report.frames_run + report.frames_resumed, total, frame, span))

        ledger = _ledger(shot)
        try:
            for span, fingerprint in stale:
                ledger.begin(span)
                self._run_span(shot, span, fingerprint, report, count, should_stop)
                ledger.finish(span, fingerprint, report.resolution)
                report.spans_run += 1
        except Stopped:
            report.stopped = True
        report.seconds = time.monotonic() - began
        return report

    def _run_span(
        self,
        shot: Shot,
        span: Span,
        fingerprint: str,
        report: Report,
        count: Callable[[Span, int], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """One span, from its start at a lower working resolution where the device runs out of memory."""
        while True:
            stash = Stash(shot.mattes.folder / ".ftpvm", f"{fingerprint}-{report.resolution}")
            try:
                self._run_passes(shot, span, stash, report, lambda frame: count(span, frame), should_stop)
            except OutOfMemoryError:
                stash.clear()
                _lower_resolution(report)
            else:
                return stash.clear()

    def _run_passes(
        self,
        shot: Shot,
        span: Span,
        stash: Stash,
        report: Report,
        on_frame: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> None:
        keyframes = [k for k in shot.keyframes if k.frame in span.keyframes]
        memory = Memory.joined([self._memories.of(shot.source, k, report.resolution) for k in keyframes])
        size = working_size(shot.source.size, report.resolution)
        resumed = _usable_snapshot(shot, span, stash, self._runner)
        if resumed:
            report.frames_resumed += sum(map(len, span.passes[: resumed.pass_index])) + resumed.position
        for index in range(resumed.pass_index if resumed else 0, len(span.passes)):
            landing = Landing(shot, span, index, stash, self._runner)
            run_pass(landing, memory, size, resumed, on_frame=on_frame, should_stop=should_stop)
            resumed = None


def _ledger(shot: Shot) -> Ledger:
    return Ledger(shot.mattes.folder / f"{shot.mattes.name}.ftpvm.json")


def _usable_snapshot(shot: Shot, span: Span, stash: Stash, runner: NetworkRunner) -> Snapshot | None:
    """The span's snapshot, if all that came before it is still on disk."""
    snapshot = stash.load(runner.device.torch)
    if snapshot is None:
        return None
    for index, frames in enumerate(span.passes[: snapshot.pass_index + 1]):
        visited = frames if index < snapshot.pass_index else frames[: snapshot.position]
        for frame in visited:
            if frame not in span.frames:
                continue
            kept = shot.mattes.is_whole if span.is_last_visit(frame, index) else stash.holds
            if not kept(frame):
                return None
    return snapshot


def _lower_resolution(report: Report) -> None:
    if report.resolution <= SMALLEST_RESOLUTION:
        raise DeviceError(
            f"The device runs out of memory even at {report.resolution} px; close other programs or use --device cpu."
        )
    lower = max(SMALLEST_RESOLUTION, report.resolution * 3 // 4)
    report.warnings.append(f"Out of memory at {report.resolution} px: went on at {lower} px.")
    report.resolution = lower
