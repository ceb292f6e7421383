# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames of a strip have mattes that are up to date: what a run reported, less what was changed since."""

from collections.abc import Iterable
from typing import Any

from . import session
from .keyframes import Keyframe

Span = tuple[int, int, str]  # first and last source frame, and "done", "stale" or "running"


def spans_now(strip: Any, keys: Iterable[Keyframe]) -> list[Span]:
    """The strip's spans, with its keyframes as they are now."""
    current = session.current()
    if current and strip.ftpvm.uid in current.going:
        return [(*ends, state) for ends, state in sorted(current.runs[strip.ftpvm.uid].progress.spans.items())]
    then = {(key.frame, key.digest) for key in strip.ftpvm.done_keyframes}
    changed = {frame for frame, _ in then ^ {(key.frame, key.digest) for key in keys}}
    return [(span.first, span.last, _state(span, changed)) for span in strip.ftpvm.spans]


def state_at(frame: int, spans: Iterable[Span]) -> str:
    """The state of the span that a source frame lies in."""
    return next((state for first, last, state in spans if first <= frame <= last), "stale")


def _state(span: Any, changed: set[int]) -> str:
    """A span hangs on the keyframe that it begins with and on the one after its last frame."""
    touched = any(span.first <= frame <= span.last + 1 for frame in changed)
    return "stale" if touched or span.state != "done" else "done"
