# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of keyframes, encoded once and kept warm between jobs."""

from collections import OrderedDict

from .keyframes import Keyframe
from .refine import shrink
from .runner import Memory, NetworkRunner
from .settings import working_size
from .shot import Frames

KEPT = 16


class KeyframeMemories:
    """The memories of the `KEPT` keyframes used last."""

    def __init__(self, runner: NetworkRunner) -> None:
        self._runner = runner
        self._kept: OrderedDict[tuple[str, str, int], Memory] = OrderedDict()

    def of(self, source: Frames, keyframe: Keyframe, resolution: int) -> Memory:
        """A keyframe's memory at a working resolution, encoded if it isn't kept."""
        wanted = source.identity(), keyframe.fingerprint(), resolution
        memory = self._kept.pop(wanted, None) or self._encode(source, keyframe, resolution)
        self._kept[wanted] = memory
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return memory

    def _encode(self, source: Frames, keyframe: Keyframe, resolution: int) -> Memory:
        ((_, image),) = source.read(range(keyframe.frame, keyframe.frame + 1))
        size = working_size(source.size, resolution)
        return self._runner.encode(shrink(image, size), shrink(keyframe.trimap, size))
