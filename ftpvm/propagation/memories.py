# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of keyframes, encoded once and kept warm between jobs."""

from collections import OrderedDict

from .keyframes import Keyframe
from .refine import shrink
from .runner import Memory, NetworkRunner
from .shot import Frames

KEPT = 16


class KeyframeMemories:
    """The memories of the `KEPT` keyframes used last."""

    def __init__(self, runner: NetworkRunner) -> None:
        self._runner = runner
        self._kept: OrderedDict[tuple[str, str, tuple[int, int]], Memory] = OrderedDict()

    def of(self, source: Frames, identity: str, keyframe: Keyframe, size: tuple[int, int]) -> Memory:
        """A keyframe's memory at a working size (width, height), encoded if it isn't kept.

        identity: `source.identity()`, handed in because asking looks at every file of a sequence.
        """
        wanted = identity, keyframe.fingerprint, size
        memory = self._kept.pop(wanted, None) or self._encode(source, keyframe, size)
        self._kept[wanted] = memory
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return memory

    def _encode(self, source: Frames, keyframe: Keyframe, size: tuple[int, int]) -> Memory:
        ((_, image),) = source.read(range(keyframe.frame, keyframe.frame + 1))
        return self._runner.encode(shrink(image, size), shrink(keyframe.trimap, size))
