# SPDX-License-Identifier: GPL-3.0-or-later
"""The trimaps that the network predicts, which the engine turns into mattes and doesn't keep."""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ftpvm.propagation import Keyframe, NetworkRunner
from ftpvm.propagation.memories import KeyframeMemories
from ftpvm.propagation.refine import shrink
from ftpvm.propagation.runner import Memory
from ftpvm.propagation.settings import working_size
from ftpvm.propagation.shot import Frames


def predicted_trimaps(
    runner: NetworkRunner, source: Frames, keyframes: Sequence[Keyframe], frames: range, resolution: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(number, trimap (h, w) of 0, 0.5 and 1) of `frames`: one pass forward, all keyframes in the memory.

    Args:
        resolution: long side in px at which the network works; logits are enlarged to the source's size.
    """
    size, memories, identity = working_size(source.size, resolution), KeyframeMemories(runner), source.identity()
    memory = Memory.joined([memories.of(source, identity, keyframe, size) for keyframe in keyframes])
    recurrent: Any = None
    for number, image in source.read(frames):
        query = torch.from_numpy(shrink(image, size)).to(runner.device.torch).permute(2, 0, 1)[None, None]
        with torch.inference_mode():
            logits, recurrent = runner.network.forward_with_memory(
                query, memory.key, memory.value, recurrent, segmentation_pass=True
            )
        yield number, _trimap(logits[0, 0].permute(1, 2, 0).float().cpu().numpy(), source.size)


def _trimap(logits: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """The likeliest class of logits (h, w, 3), background, unknown, foreground, at `size` (width, height)."""
    return np.asarray(cv2.resize(logits, size).argmax(-1) / np.float32(2), np.float32)
