# SPDX-License-Identifier: GPL-3.0-or-later
"""The spans of a shot that must be run, where they stopped before, and what to do when memory gets short."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ftpvm.errors import DeviceError
from ftpvm.kept import Kept

from .adaptation import STEPS, adapted
from .device import OutOfMemoryError
from .memories import KeyframeMemories, Picture
from .passes import Pass
from .report import Progress, Report
from .runner import Memory, NetworkRunner
from .settings import working_size
from .shot import Shot
from .spans import Span
from .stash import Snapshot, Stash, Stashes

SMALLEST_RESOLUTION = 256


@dataclass
class SpanRunner:
    """Runs spans of a shot and keeps the tally.

    left: network frames still to run. done: those behind us, run or resumed.
    adaptations: adapted networks by what they were adapted to. lessons_at: the long side in px of the pictures that
        they are trained on, where larger ones didn't fit.
    """

    shot: Shot
    runner: NetworkRunner
    memories: KeyframeMemories
    adaptations: Kept[NetworkRunner]
    stashes: Stashes
    report: Report
    left: int
    on_adapting: Callable[[Span, int, int], None]
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    snapshot_every: int
    done: int = 0
    lessons_at: int | None = None

    def run_span(self, span: Span, fingerprint: str, on_start: Callable[[], None]) -> Stash:
        """One span, from its start at a lower working resolution where the device runs out of memory.

        on_start: called before its files change, which is after the network was adapted.

        Returns its stash, to be cleared once the span is noted as done. Stopped when asked to stop.
        """
        left, resumed = self.left, self.report.frames_resumed
        while True:
            size = working_size(self.shot.source.size, self.report.resolution)
            stash = self.stashes.of(fingerprint, size)
            try:
                self._run_passes(span, stash, on_start)
                return stash
            except OutOfMemoryError:
                stash.clear()
                self.left, self.report.frames_resumed = left, resumed
                _lower_resolution(self.report)
                self.runner.reset_chunk()  # smaller frames fit together again

    def _run_passes(self, span: Span, stash: Stash, on_start: Callable[[], None]) -> None:
        at = self._resumed(span, stash)
        if at.pass_index == len(span.passes):
            return  # it only wasn't noted as done
        runner, memory = self._network(span, stash.size)
        on_start()
        while at.pass_index < len(span.passes):
            Pass(self.shot, span, stash, runner, at.pass_index).run(
                memory, at, snapshot_every=self.snapshot_every,
                on_frame=lambda frame: self._count(span, frame), should_stop=self.should_stop,
            )  # fmt: skip
            at = Snapshot(at.pass_index + 1, 0, self.runner.start())
            stash.save(at)

    def _network(self, span: Span, size: tuple[int, int]) -> tuple[NetworkRunner, Memory]:
        """What runs a span, and its memory of the span's keyframes."""
        source, identity = self.shot.source, self.source_identity
        keyframes = sorted((k for k in self.shot.keyframes if k.frame in span.keyframes), key=lambda k: k.frame)
        if not self.shot.adapts_for(span):
            return self.runner, Memory.joined([self.memories.of(source, identity, k, size) for k in keyframes])
        pictures = [self.memories.picture(source, identity, k, size) for k in keyframes]
        name = (identity, *(k.fingerprint for k in keyframes), size)
        runner = self.adaptations(name, lambda: self._adapted(span, pictures))
        runner.reset_chunk()
        return runner, Memory.joined([runner.encode(p.image, p.trimap) for p in pictures])

    def _adapted(self, span: Span, pictures: list[Picture]) -> NetworkRunner:
        """Training takes more memory than running: where it doesn't fit it is done on smaller pictures."""
        while True:
            if self.lessons_at:
                pictures = [picture.shrunk(self.lessons_at) for picture in pictures]
            try:
                return adapted(
                    self.runner, pictures, on_step=lambda steps: self.on_adapting(span, steps, STEPS),
                    should_stop=self.should_stop,
                )  # fmt: skip
            except OutOfMemoryError as error:
                long_side = max(pictures[0].trimap.shape)
                if long_side <= SMALLEST_RESOLUTION:
                    raise DeviceError(
                        f"Adapting to the keyframes runs out of memory even at {long_side} px; do without it, close "
                        "other programs, or set the device to cpu."
                    ) from error
                lower = self.lessons_at = _lower(long_side)
                self.report.warnings.append(f"Out of memory at {long_side} px: adapted to the keyframes at {lower} px.")

    def _resumed(self, span: Span, stash: Stash) -> Snapshot:
        """Where to go on: the span's snapshot, if all that came before it is still on disk; else its start."""
        at = stash.load(self.runner.device)
        if at is None or not _is_usable(at, self.shot, span, stash):
            return Snapshot(0, 0, self.runner.start())
        behind = sum(map(len, span.passes[: at.pass_index])) + at.position
        self.report.frames_resumed += behind
        self.left, self.done = self.left - behind, self.done + behind
        return at

    @cached_property
    def source_identity(self) -> str:
        return self.shot.source.identity()

    def _count(self, span: Span, frame: int) -> None:
        self.report.frames_run += 1
        self.left, self.done = self.left - 1, self.done + 1
        self.on_progress(Progress(self.done, self.done + self.left, frame, span))


def _is_usable(snapshot: Snapshot, shot: Shot, span: Span, stash: Stash) -> bool:
    visited = [*span.passes[: snapshot.pass_index]]
    if snapshot.position:
        visited.append(span.passes[snapshot.pass_index][: snapshot.position])
    return all(
        (shot.mattes.is_whole if span.is_last_visit(frame, index) else stash.holds)(frame)
        for index, frames in enumerate(visited) for frame in frames if frame in span.frames
    )  # fmt: skip


def _lower_resolution(report: Report) -> None:
    if report.resolution <= SMALLEST_RESOLUTION:
        raise DeviceError(
            f"The device runs out of memory even at {report.resolution} px; close other programs, "
            "or set the device to cpu."
        )
    lower = _lower(report.resolution)
    report.warnings.append(f"Out of memory at {report.resolution} px: went on at {lower} px.")
    report.resolution = lower


def _lower(resolution: int) -> int:
    return max(SMALLEST_RESOLUTION, resolution * 3 // 4)
