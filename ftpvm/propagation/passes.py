# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass of the network over a span: decode, network and write side by side, memory constant in its length."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np

from .refine import enlarge, impose, shrink
from .runner import Memory, NetworkRunner, Recurrent
from .shot import Shot
from .spans import Span
from .stages import Behind, prefetched
from .stash import Snapshot, Stash

SNAPSHOT_EVERY = 64


class Stopped(Exception):
    """The pass was asked to stop; its snapshot is saved."""


@dataclass(frozen=True)
class Frame:
    """A decoded frame and the same at the working size."""

    number: int
    image: np.ndarray
    small: np.ndarray


@dataclass(frozen=True)
class Landing:
    """Brings small mattes of one pass to where they belong: the stash after a first pass, else the shot's mattes."""

    shot: Shot
    span: Span
    pass_index: int
    stash: Stash
    runner: NetworkRunner

    def __call__(self, item: "tuple[Frame, np.ndarray] | Snapshot") -> None:
        if isinstance(item, Snapshot):
            self.stash.save(item)
        elif item[0].number in self.span.frames:
            self._land(*item)

    def _land(self, frame: Frame, matte: np.ndarray) -> None:
        if not self.span.is_last_visit(frame.number, self.pass_index):
            return self.stash.write(frame.number, matte)
        if self.stash.holds(frame.number):
            share = self.span.backward_share(frame.number)
            matte = (1 - share) * self.stash.read(frame.number, matte.shape) + share * matte
        full = enlarge(matte, frame.small, frame.image, self.runner.device.torch)
        keyframe = self.shot.keyframe(frame.number)
        return self.shot.mattes.write(frame.number, impose(full, keyframe.trimap) if keyframe else full)


def run_pass(
    landing: Landing,
    memory: Memory,
    size: tuple[int, int],
    resumed: Snapshot | None,
    *,
    on_frame: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> None:
    """Run a pass from its start or from a snapshot.

    Args:
        size: working size (width, height).
        on_frame: called with each frame's number when the network has run it.
        should_stop: asked before every chunk.

    Raises:
        Stopped: it was asked to stop; everything before is on disk.
    """
    runner, shot = landing.runner, landing.shot
    todo = landing.span.passes[landing.pass_index]
    position, recurrent = (resumed.position, resumed.recurrent) if resumed else (0, runner.start())
    saved = position
    frames = prefetched(_decoded(shot, todo[position:], size), depth=4 + runner.chunk)
    with closing(frames), Behind(landing, depth=4 + runner.chunk) as landed:
        for chunk in _chunks(frames, runner):
            if should_stop():
                _keep(landed, landing.pass_index, position, recurrent)
                raise Stopped
            mattes, recurrent = runner.run([f.small for f in chunk], memory, recurrent)
            for frame, full, boundary in zip(chunk, *mattes.parts(), strict=True):
                # On a keyframe the given trimap decides, so the boundary matte is wanted all over.
                landed.put((frame, boundary if shot.keyframe(frame.number) else full))
                on_frame(frame.number)
            position += len(chunk)
            if position - saved >= SNAPSHOT_EVERY:
                saved = position
                _keep(landed, landing.pass_index, position, recurrent)


def _decoded(shot: Shot, numbers: range, size: tuple[int, int]) -> Iterator[Frame]:
    for number, image in shot.source.read(numbers):
        yield Frame(number, image, shrink(image, size))


def _chunks(frames: Iterator[Frame], runner: NetworkRunner) -> Iterator[list[Frame]]:
    # Asked anew each time: the runner lowers it when memory gets short.
    while chunk := list(islice(frames, runner.chunk)):
        yield chunk


def _keep(landed: "Behind[tuple[Frame, np.ndarray] | Snapshot]", pass_index: int, position: int, recurrent: Recurrent) -> None:
    if position:
        landed.put(Snapshot(pass_index, position, recurrent))
