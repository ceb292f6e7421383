# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame's matte at once, from the keyframes beside it; a run, which knows the frames before, may do better."""

import numpy as np

from ftpvm.errors import DeviceError, SettingsError

from .device import OutOfMemoryError
from .memories import KeyframeMemories
from .refine import enlarge, grey, impose, shrink
from .runner import Memory, NetworkRunner
from .settings import working_size
from .shot import Shot
from .spans import Span, plan_spans


def preview(shot: Shot, frame: int, runner: NetworkRunner, memories: KeyframeMemories) -> np.ndarray:
    """The matte (h, w) float32 in [0, 1] of one frame, at the shot's size; nothing is written, and nothing is adapted.

    Raises:
        SettingsError: the frame is outside the shot, or can't be reached in its direction.
        DeviceError: the device has too little memory.
    """
    size, identity = working_size(shot.source.size, shot.settings.resolution), shot.source.identity()
    span, keyframe = _span_of(shot, frame), shot.keyframe(frame)
    ((_, image),) = shot.source.read(range(frame, frame + 1))
    small = shrink(image, size)
    beside = [k for k in shot.keyframes if k.frame in span.keyframes]
    try:
        memory = Memory.joined([memories.of(shot.source, identity, k, size) for k in beside])
        mattes, _ = runner.run([small], memory, runner.start())
    except OutOfMemoryError as error:
        raise DeviceError("The device runs out of memory; choose a lower resolution or another device.") from error
    matte = enlarge((mattes.boundary if keyframe else mattes.full)[0], grey(small), grey(image))
    return impose(matte, keyframe.trimap) if keyframe else matte


def _span_of(shot: Shot, frame: int) -> Span:
    spans = plan_spans(sorted(k.frame for k in shot.keyframes), shot.frames, shot.settings.direction)
    for span in spans:
        if frame in span.frames:
            return span
    raise SettingsError(
        f"Frame {frame} gets no matte: those that do are {shot.reached[0]} to {shot.reached[-1]}; "
        "choose one of them, or another direction."
    )
