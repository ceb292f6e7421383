# SPDX-License-Identifier: GPL-3.0-or-later
"""The published way to run a test clip: forward only, from true trimaps, the recurrent memory kept all through.

Unlike `ftpvm matte` it never imposes a trimap on its own frame, never looks at later keyframes, a new memory takes the
place of the one before without starting the recurrent memory anew, and each pixel gets its likeliest class.
"""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import DeviceError
from ftpvm.propagation import Keyframe, NetworkRunner
from ftpvm.propagation.device import OutOfMemoryError
from ftpvm.propagation.refine import enlarge, grey, impose, shrink
from ftpvm.propagation.stages import prefetched

from .baseline import baseline_mattes
from .clip import Clip
from .matted import MattedFrame

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Frame:
    """What the network and the guided filter need of a frame; trimap, at the working size, only where it is used."""

    number: int
    small: Floats
    guide: Floats
    trimap: Floats | None


def network_mattes(
    runner: NetworkRunner, clip: Clip, *, memory_every: int = 0, downsample_ratio: float = 1, batch: int = 8
) -> Iterator[MattedFrame]:
    """Matte a clip as published; memory is constant in its length.

    Args:
        memory_every: see `Clip.keyframes`.
        downsample_ratio: the network works at this fraction of the size; the guided filter brings the matte back.
        batch: frames a call, fewer once they didn't fit.

    Raises:
        DeviceError: not even one frame fits into the device's memory.
    """
    keyframes = clip.keyframes(memory_every)
    memory, recurrent = None, runner.start()
    runner.chunk = batch
    with closing(prefetched(_prepared(clip, downsample_ratio, keyframes), batch)) as frames:
        for chunk in _chunks(clip.frames, keyframes, frames, runner):
            with _device_errors():
                if chunk[0].trimap is not None:
                    memory = runner.encode(chunk[0].small, chunk[0].trimap)
                assert memory is not None
                mattes, recurrent = runner.run([frame.small for frame in chunk], memory, recurrent)
            for frame, boundary, trimap in zip(chunk, mattes.boundary, mattes.trimap, strict=True):
                full = enlarge(impose(boundary, trimap), grey(frame.small), frame.guide)
                yield MattedFrame(frame.number, full, cv2.resize(trimap, clip.size, interpolation=cv2.INTER_NEAREST))


def flow_mattes(clip: Clip, *, memory_every: int = 0) -> Iterator[MattedFrame]:
    """The classical baseline from the same true trimaps, each carried forward to the next one.

    Raises:
        MissingDependencyError: PyMatting isn't installed.
    """
    starts = clip.keyframes(memory_every)
    for start, stop in zip(starts, [*starts[1:], clip.frames.stop], strict=True):
        ((_, frame),) = clip.read_true(range(start, start + 1))
        assert frame.trimap is not None
        yield from baseline_mattes(clip, [Keyframe(start, frame.trimap)], range(start, stop))


def _prepared(clip: Clip, downsample_ratio: float, keyframes: Collection[int]) -> Iterator[_Frame]:
    width, height = (max(1, round(side * downsample_ratio)) for side in clip.size)
    for number, frame in clip.read_true(clip.frames, trimaps=keyframes):
        assert frame.image is not None
        trimap = None if frame.trimap is None else shrink(frame.trimap, (width, height))
        yield _Frame(number, shrink(frame.image, (width, height)), grey(frame.image), trimap)


def _chunks(
    numbers: range, keyframes: list[int], frames: Iterator[_Frame], runner: NetworkRunner
) -> Iterator[list[_Frame]]:
    """As many frames as the runner takes by now, a new memory on their first one only."""
    for start, stop in zip(keyframes, [*keyframes[1:], numbers.stop], strict=True):
        while start < stop:
            chunk = list(islice(frames, min(runner.chunk, stop - start)))
            yield chunk
            start += len(chunk)


@contextmanager
def _device_errors() -> Iterator[None]:
    try:
        yield
    except OutOfMemoryError as error:
        raise DeviceError(
            "The device runs out of memory: lower --downsample-ratio or --size, or take the CPU (--device cpu)."
        ) from error
