# SPDX-License-Identifier: GPL-3.0-or-later
"""What a matte job tells while it goes, in the protocol's words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from ftpvm.host import protocol
from ftpvm.pace import Pace

if TYPE_CHECKING:
    from ftpvm.propagation import Planned, Progress, Report, Shot, Span


class Tell(Protocol):
    """Tells everyone who waits for the job."""

    def __call__(self, event: str, **fields: object) -> None: ...


class Story:
    """Follows `Propagator.run` through its callbacks. Times count from when the job's turn came."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._pace: Pace | None = None
        self._began = self._asked_at = time.monotonic()
        self._times: dict[str, float | None] = {"start_seconds": None, "first_frame_seconds": None}

    def planned(self, planned: Planned) -> None:
        """on_plan"""
        spans = [_span(span) | {"state": protocol.DONE if done else protocol.STALE} for span, _, done in planned]
        total = sum(span.work for span, _, done in planned if not done)
        self._tell(protocol.STARTED, spans=spans, total=total, done=0)

    def span(self, span: Span, done: bool) -> None:
        """on_span"""
        self._tell(protocol.SPAN, **_span(span), state=protocol.DONE if done else protocol.RUNNING)

    def adapting(self, span: Span, done: int, total: int) -> None:
        """on_adapting"""
        if self._pace:
            self._pace.pause()
        self._tell(protocol.ADAPTING, **_span(span), done=done, total=total)

    def asked_to_go_on(self) -> None:
        """To be called whenever `should_stop` is answered: the network starts on a chunk then."""
        if self._pace is None:
            self._asked_at = time.monotonic()

    def progress(self, progress: Progress) -> None:
        """on_progress"""
        if self._pace is None:
            self._pace = Pace(self._asked_at)
            self._times = {
                "start_seconds": self._asked_at - self._began,
                "first_frame_seconds": time.monotonic() - self._began,
            }
        fps, left = self._pace(progress.done, progress.total)
        self._tell(
            protocol.PROGRESS, frame=progress.frame, done=progress.done, total=progress.total,
            fps=round(fps, 3), seconds_left=round(left, 1),
        )  # fmt: skip

    def warn(self, message: str) -> None:
        """Something that the artist should know, and that stops nothing."""
        self._tell(protocol.WARNING, message=message)

    def ended(self, shot: Shot, report: Report, pattern: str) -> tuple[str, dict[str, object]]:
        """The event that ends the job, with its fields."""
        for warning in report.warnings:
            self.warn(warning)
        if report.stopped:
            return protocol.CANCELLED, {"frames_run": report.frames_run}
        times = {name: None if seconds is None else round(seconds, 3) for name, seconds in self._times.items()}
        return protocol.DONE, {
            "mattes": pattern, "first": shot.reached[0], "last": shot.reached[-1], "frames_run": report.frames_run,
            "spans_run": report.spans_run, "spans_kept": report.spans_kept, "resolution": report.resolution,
            "seconds": round(time.monotonic() - self._began, 3), **times,
        }  # fmt: skip


def _span(span: Span) -> dict[str, object]:
    return {"first": span.frames[0], "last": span.frames[-1]}
