# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a matte job is and how it ended, as a host shows it: plain values that the worker's events change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import protocol

RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"
STOPPED = "Stopped; what is done is kept"


@dataclass
class Progress:
    """`state` is one of the four above.

    words: what is being done, or how it ended, for people. done, total: network frames, or what else is counted.
    fps: network frames a second. spans: states by first and last source frame. error: a sentence, where it failed.
    """

    words: str = "Waiting"
    done: int = 0
    total: int = 0
    fps: float = 0.0
    seconds_left: float = 0.0
    spans: dict[tuple[int, int], str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    state: str = RUNNING

    def doing(self, words: str, done: int = 0, total: int = 0) -> None:
        """Something else than matting: what the host does before the job is sent, adapting, stopping."""
        self.words, self.done, self.total, self.fps = words, done, total, 0.0

    def note(self, event: dict[str, Any]) -> None:
        """Take in one of the worker's events, the one that ends the job too."""
        kind = event["event"]
        if kind == protocol.QUEUED and event["ahead"]:
            self.words = f"Waiting for {event['ahead']} other shot(s)"
        elif kind == protocol.STARTED:
            self.words = "Matting"
            self.spans = {(s["first"], s["last"]): s["state"] for s in event["spans"]}
            self.done, self.total = event["done"], event["total"]
        elif kind == protocol.SPAN:
            self.spans[event["first"], event["last"]] = event["state"]
        elif kind == protocol.ADAPTING:
            self.doing("Adapting to the keyframes", event["done"], event["total"])
        elif kind == protocol.PROGRESS:
            self.words = "Matting"
            self.done, self.total = event["done"], event["total"]
            self.fps, self.seconds_left = event["fps"] or 0.0, event["seconds_left"] or 0.0
        elif kind in (protocol.WARNING, protocol.RESTARTED):
            self.warnings.append(event["message"])
        elif kind == protocol.ERROR:
            self.fail(event["message"])
        elif kind == protocol.CANCELLED:
            self.end(CANCELLED, STOPPED)
        elif kind == protocol.DONE:
            self.end(DONE, f"{event['frames_run']} frames run, {event['spans_kept']} spans were up to date")

    def stopping(self) -> None:
        """It was asked to end, and does when what is under way is done."""
        if self.state == RUNNING:
            self.doing("Stopping", self.done, self.total)

    def end(self, state: str, words: str) -> None:
        """It is over."""
        self.state, self.words = state, words

    def fail(self, sentence: str) -> None:
        """It can't go on."""
        self.error = sentence
        self.end(FAILED, sentence)

    def line(self) -> str:
        """What is being done, how far it is, how fast and for how long yet."""
        if not self.total or self.state != RUNNING:
            return self.words
        pace = f", {self.fps:.1f} frames/s, {clock(self.seconds_left)} left" if self.fps else ""
        return f"{self.words} {self.done}/{self.total}{pace}"


def clock(seconds: float) -> str:
    """Minutes and seconds, after an hour with the hours."""
    minutes, whole = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{whole:02d}" if minutes >= 60 else f"{minutes}:{whole:02d}"
