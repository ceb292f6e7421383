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
from ftpvm.propagation.spans import plan_spans


def predicted_trimaps(
    runner: NetworkRunner,
    source: Frames,
    keyframes: Sequence[Keyframe],
    frames: range,
    resolution: int,
    *,
    adapt: bool = False,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(number, trimap (h, w) of 0, 0.5 and 1) of `frames`, by the engine's own spans and memories.

    Between two keyframes it is the forward pass's.

    Args:
        keyframes: ascending, all in `frames`.
        resolution: long side in px at which the network works; trimaps are enlarged to the source's size.
        adapt: train the network on each span's keyframes first.
    """
    size, memories, identity = working_size(source.size, resolution), KeyframeMemories(runner), source.identity()
    pictures = {k.frame: memories.picture(source, identity, k, size) for k in keyframes}
    for span in plan_spans(list(pictures), frames):
        shown = [pictures[number] for number in span.keyframes]
        adept = adapted(runner, shown) if adapt else runner
        memory = Memory.joined([adept.encode(picture.image, picture.trimap) for picture in shown])
        recurrent = adept.start()
        for number, image in source.read(span.passes[0]):
            mattes, recurrent = adept.run([shrink(image, size)], memory, recurrent)
            if number in span.frames:
                trimap = cv2.resize(mattes.trimap[0], source.size, interpolation=cv2.INTER_NEAREST_EXACT)
                yield number, np.asarray(trimap, np.float32)
