# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of keyframes, encoded once and kept warm between jobs."""

from dataclasses import dataclass

import numpy as np

from ftpvm.kept import Kept

from .keyframes import Keyframe
from .refine import shrink
from .runner import Memory, NetworkRunner
from .settings import working_size
from .shot import Frames

KEPT = 16


@dataclass(frozen=True)
class Picture:
    """A keyframe at the working size: image (h, w, 3) in [0, 1], trimap (h, w) from 0 to 1 by way of 0.5; float32."""

    image: np.ndarray
    trimap: np.ndarray

    def shrunk(self, long_side: int) -> "Picture":
        """The same smaller, for a long side in px."""
        size = working_size(self.trimap.shape[1::-1], long_side)
        return Picture(shrink(self.image, size), shrink(self.trimap, size))


class KeyframeMemories:
    """The memories of the `KEPT` keyframes used last, and their frames, for when a trimap is corrected."""

    def __init__(self, runner: NetworkRunner) -> None:
        self._runner = runner
        self._memories: Kept[Memory] = Kept(KEPT)
        self._images: Kept[np.ndarray] = Kept(KEPT)

    def of(self, source: Frames, identity: str, keyframe: Keyframe, size: tuple[int, int]) -> Memory:
        """A keyframe's memory at a working size (width, height), encoded if it isn't kept.

        identity: `source.identity()`, handed in because asking looks at every file of a sequence.
        """

        def encode() -> Memory:
            picture = self.picture(source, identity, keyframe, size)
            return self._runner.encode(picture.image, picture.trimap)

        return self._memories((identity, keyframe.fingerprint, size), encode)

    def picture(self, source: Frames, identity: str, keyframe: Keyframe, size: tuple[int, int]) -> Picture:
        """What a keyframe's memory is made of."""

        def read() -> np.ndarray:
            ((_, image),) = source.read(range(keyframe.frame, keyframe.frame + 1))
            return shrink(image, size)

        own = keyframe.image
        image = self._images((identity, keyframe.frame, size), read) if own is None else shrink(own, size)
        return Picture(image, shrink(keyframe.trimap, size))
