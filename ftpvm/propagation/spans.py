# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames hang on which keyframes, and in which directions the network goes through them."""

from dataclasses import dataclass
from itertools import pairwise

from .settings import Direction


@dataclass(frozen=True)
class Span:
    """Frames that hang on the same neighbouring keyframes.

    frames: the frames it writes, ascending. keyframes: the one or two in its memory. passes: frame by frame orders,
    each starting on a keyframe so that the recurrent memory begins there; a pass may start outside `frames`.
    """

    frames: range
    keyframes: tuple[int, ...]
    passes: tuple[range, ...]

    @property
    def work(self) -> int:
        """How many frames the network runs."""
        return sum(len(p) for p in self.passes)

    def is_last_visit(self, frame: int, pass_index: int) -> bool:
        """No later pass comes through this frame."""
        return not any(frame in later for later in self.passes[pass_index + 1 :])

    def backward_share(self, frame: int) -> float:
        """0 at the keyframe before, 1 at the one after, by temporal distance."""
        before, after = self.keyframes
        return (frame - before) / (after - before)


def plan_spans(keyframes: list[int], frames: range, direction: Direction = "both") -> list[Span]:
    """Spans in ascending order.

    A keyframe belongs to the span it begins. Between two keyframes both passes run; before the first keyframe only
    backward, after the last only forward. A forced direction leaves out the frames it can't reach.

    Args:
        keyframes: ascending, at least one, all in `frames`.
        frames: ascending, step 1.
        direction: "both", "forward" or "backward".
    """
    first, last = keyframes[0], keyframes[-1]
    spans = []
    if direction != "forward" and frames[0] < first:
        spans.append(Span(range(frames[0], first), (first,), (range(first, frames[0] - 1, -1),)))
    for before, after in pairwise(keyframes):
        spans.append(_between(before, after, direction))
    end = frames[-1] + 1 if direction != "backward" else last + 1
    spans.append(Span(range(last, end), (last,), (range(last, end),)))
    return spans


def _between(before: int, after: int, direction: Direction) -> Span:
    frames = range(before, after)
    if direction == "forward" or len(frames) == 1:
        passes: tuple[range, ...] = (frames,)
    elif direction == "backward":
        passes = (range(after, before - 1, -1),)
    else:
        passes = (frames, range(after, before, -1))
    return Span(frames, (before, after), passes)
