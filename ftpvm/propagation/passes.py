# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass of the network over a span: decode, network and write side by side, memory constant in its length."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np

from .refine import enlarge, grey, impose, shrink
from .runner import Memory, NetworkRunner
from .shot import Shot
from .spans import Span
from .stages import Behind, prefetched
from .stash import Snapshot, Stash


class Stopped(Exception):
    """It was asked to stop; all that was done is on disk."""


@dataclass(frozen=True)
class Frame:
    """A decoded frame at the working size, and of its full size only the guide: queues of 4K frames would take GBs."""

    number: int
    small: np.ndarray
    guide: np.ndarray | None  # None where this pass does not finish the matte


@dataclass(frozen=True)
class Pass:
    """Pass number `index` of a span. Its mattes go to the stash if a later pass comes by, else to the shot's mattes."""

    shot: Shot
    span: Span
    stash: Stash
    runner: NetworkRunner
    index: int

    def run(
        self,
        memory: Memory,
        at: Snapshot,
        *,
        snapshot_every: int,
        on_frame: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Run from a snapshot to the end. However it is left, the stash then says where to go on; where writing failed,
        that is the last of every `snapshot_every` frames.

        Args:
            on_frame: called with each frame's number when the network has run it.
            should_stop: asked before every chunk.

        Raises:
            Stopped: it was asked to stop.
        """
        stopped, saved, depth = False, at, self.runner.chunk
        end = len(self.span.passes[self.index])
        frames = prefetched(self._decoded(at.position), depth)
        with closing(frames), Behind(self._land, depth) as landed:
            try:
                for chunk in _chunks(frames, self.runner):
                    if stopped := should_stop():
                        break
                    mattes, recurrent = self.runner.run([f.small for f in chunk], memory, at.recurrent)
                    for frame, full, boundary in zip(chunk, mattes.full, mattes.boundary, strict=True):
                        # On a keyframe the given trimap decides, so the boundary matte is wanted all over.
                        landed.put((frame, boundary if self.shot.keyframe(frame.number) else full))
                        on_frame(frame.number)
                    at = Snapshot(self.index, at.position + len(chunk), recurrent)
                    if at.position - saved.position >= snapshot_every:
                        landed.put(at)
                        saved = at
            finally:
                if saved.position < at.position < end:
                    landed.put(at)
        if stopped:
            raise Stopped

    def _decoded(self, position: int) -> Iterator[Frame]:
        for number, image in self.shot.source.read(self.span.passes[self.index][position:]):
            yield Frame(number, shrink(image, self.stash.size), grey(image) if self._is_final(number) else None)

    def _is_final(self, number: int) -> bool:
        return number in self.span.frames and self.span.is_last_visit(number, self.index)

    def _land(self, item: tuple[Frame, np.ndarray] | Snapshot) -> None:
        if isinstance(item, Snapshot):
            return self.stash.save(item)
        frame, matte = item
        if frame.number not in self.span.frames:
            return None
        if frame.guide is None:
            return self.stash.write(frame.number, matte)
        if self.stash.holds(frame.number):
            share = self.span.backward_share(frame.number)
            matte = (1 - share) * self.stash.read(frame.number) + share * matte
        full = enlarge(matte, grey(frame.small), frame.guide)
        keyframe = self.shot.keyframe(frame.number)
        return self.shot.mattes.write(frame.number, impose(full, keyframe.trimap) if keyframe else full)


def _chunks(frames: Iterator[Frame], runner: NetworkRunner) -> Iterator[list[Frame]]:
    yield from ([first] for first in islice(frames, 1))  # alone, so that something is seen soon
    # Asked anew each time: the runner lowers it when memory gets short.
    while chunk := list(islice(frames, runner.chunk)):
        yield chunk
