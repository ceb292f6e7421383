# SPDX-License-Identifier: GPL-3.0-or-later
"""The trimaps that the network predicts, which the engine turns into mattes and doesn't keep."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.propagation import Keyframe, NetworkRunner
from ftpvm.propagation.adaptation import adapted
from ftpvm.propagation.memories import KeyframeMemories
from ftpvm.propagation.refine import shrink
from ftpvm.propagation.runner import Memory
from ftpvm.propagation.settings import working_size
from ftpvm.propagation.shot import Frames


def predicted_trimaps(
    runner: NetworkRunner,
    source: Frames,
    keyframes: Sequence[Keyframe],
    frames: range,
    resolution: int,
    *,
    adapt: bool = False,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(number, trimap (h, w) of 0, 0.5 and 1) of `frames`: one pass forward, all keyframes in the memory.

    Args:
        resolution: long side in px at which the network works; trimaps are enlarged to the source's size.
        adapt: train the network on the keyframes first, on all of them at once.
    """
    size, memories, identity = working_size(source.size, resolution), KeyframeMemories(runner), source.identity()
    pictures = [memories.picture(source, identity, keyframe, size) for keyframe in keyframes]
    if adapt:
        runner = adapted(runner, pictures)
    memory = Memory.joined([runner.encode(picture.image, picture.trimap) for picture in pictures])
    recurrent = runner.start()
    for number, image in source.read(frames):
        mattes, recurrent = runner.run([shrink(image, size)], memory, recurrent)
        trimap = cv2.resize(mattes.trimap[0], source.size, interpolation=cv2.INTER_NEAREST_EXACT)
        yield number, np.asarray(trimap, np.float32)
