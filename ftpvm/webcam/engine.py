# SPDX-License-Identifier: GPL-3.0-or-later
"""Live matting, a frame at a time: what changes from frame to frame goes in and comes out as a value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftpvm.kept import Kept
from ftpvm.propagation import NetworkRunner
from ftpvm.propagation.memories import KEPT
from ftpvm.propagation.refine import enlarge, grey, shrink
from ftpvm.propagation.runner import Memory, Recurrent
from ftpvm.propagation.settings import working_size

from .camera import Frame

Floats = NDArray[np.float32]
# Seconds between two frames from which on the one misleads about the other: on the example clip with every 4th to 24th
# of its 24 frames a second, mattes are 9 to 27 % better without the recurrent memory.
_STALE = 0.15


@dataclass(frozen=True, eq=False)
class LiveKeyframe:
    """A frozen frame and its trimap (h, w) float32: 0 background, 0.5 unknown, 1 foreground."""

    frame: Frame
    trimap: Floats


@dataclass(frozen=True, eq=False)
class Matted:
    """A frame with its matte (h, w) in [0, 1] at its own size, and the predicted trimap at the working size.

    Both are None as long as there is no keyframe.
    """

    frame: Frame
    matte: Floats | None = None
    trimap: Floats | None = None


@dataclass(frozen=True, eq=False)
class LiveState:
    """What a frame leaves for the next: the recurrent memory, and what it holds for.

    situation: working size, scene and keyframes. seconds: when the frame came.
    """

    situation: object
    seconds: float
    memory: Memory
    recurrent: Recurrent


class LiveMatting:
    """A network, and the keyframes it has encoded."""

    def __init__(self, runner: NetworkRunner) -> None:
        self._runner = runner
        self._memories: Kept[Memory] = Kept(KEPT)

    def step(
        self, frame: Frame, keyframes: tuple[LiveKeyframe, ...], resolution: int, state: LiveState | None
    ) -> tuple[Matted, LiveState]:
        """The matte of a frame from at least one keyframe, and the state for the next.

        The recurrent memory starts anew where the working size changes (it is a map of that size), where the frame
        doesn't follow the one before or comes long after it, and where the keyframes change, so that a correction
        shows at once.

        Raises:
            OutOfMemoryError: the device has too little memory for this resolution, the long side in px.
        """
        size = working_size(frame.size, resolution)
        situation = size, frame.scene, keyframes
        if state is None or state.situation != situation:
            memory = Memory.joined([self._encoded(keyframe, size) for keyframe in keyframes])
            state = LiveState(situation, frame.seconds, memory, self._runner.start())
        recurrent = state.recurrent if frame.seconds - state.seconds < _STALE else self._runner.start()
        image = unit(frame.image)
        small = shrink(image, size)
        mattes, recurrent = self._runner.run([small], state.memory, recurrent)
        matte = enlarge(mattes.full[0], grey(small), grey(image))
        return Matted(frame, matte, mattes.trimap[0]), LiveState(situation, frame.seconds, state.memory, recurrent)

    def _encoded(self, keyframe: LiveKeyframe, size: tuple[int, int]) -> Memory:
        def encode() -> Memory:
            return self._runner.encode(shrink(unit(keyframe.frame.image), size), shrink(keyframe.trimap, size))

        return self._memories((keyframe, size), encode)


def unit(image: NDArray[np.uint8]) -> Floats:
    """uint8 to float32 in [0, 1]."""
    return np.multiply(image, np.float32(1 / 255), dtype=np.float32)
