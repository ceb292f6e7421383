# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says while it goes and when it ends."""

from dataclasses import dataclass, field

from .spans import Span


@dataclass(frozen=True)
class Progress:
    """The frame just run and the span it belongs to, with the network frames done and in all.

    done: never shrinks; counts those that a stopped run before had done. total: `done` at the end; it grows where
    frames must be run again at a lower resolution.
    """

    done: int
    total: int
    frame: int
    span: Span


@dataclass
class Report:
    """What a run did.

    frames_run: frames that went through the network. frames_resumed: those that a stopped run before had done.
    stopped: it was asked to stop and goes on where it was when run again. resolution: the lowest working long side
    in px that any of its mattes was made at, now or before.
    """

    resolution: int
    spans_run: int = 0
    spans_kept: int = 0
    frames_run: int = 0
    frames_resumed: int = 0
    seconds: float = 0.0
    stopped: bool = False
    warnings: list[str] = field(default_factory=list)
