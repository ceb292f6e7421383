# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist can do without weights: optical flow carries the trimap, closed-form matting solves each frame.

Flow: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016, OpenCV's medium preset. How far the
trimap is widened was chosen for the smallest error on the example clip: the baseline is not there to lose.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.propagation import Keyframe
from ftpvm.propagation.shot import Frames

from .closed_form import closed_form_matte, require_solver
from .matted import MattedFrame

Floats = NDArray[np.float32]

_WIDENED = 2.0  # px of unknown added on either side of the carried trimap
_WIDENED_PER_FRAME = 0.1  # px more for every frame that the flow's errors have added up over


def baseline_mattes(source: Frames, keyframes: Sequence[Keyframe], frames: range) -> Iterator[MattedFrame]:
    """Matte `frames`, each from its nearest keyframe, in the order of the flow: outward from each keyframe.

    Raises:
        MissingDependencyError: PyMatting isn't installed.
    """
    require_solver()
    for number, image, trimap in carried_trimaps(source, keyframes, frames):
        yield MattedFrame(number, closed_form_matte(image, trimap), trimap)


def carried_trimaps(
    source: Frames, keyframes: Sequence[Keyframe], frames: range
) -> Iterator[tuple[int, Floats, Floats]]:
    """(number, image, trimap) of `frames`: flow carries the trimap of the nearest keyframe, of two the earlier."""
    keyframes = sorted(keyframes, key=lambda k: k.frame)
    middles = [(one.frame + other.frame) // 2 + 1 for one, other in pairwise(keyframes)]
    for keyframe, (start, stop) in zip(keyframes, pairwise([frames.start, *middles, frames.stop]), strict=True):
        yield from _carried(source, keyframe, range(keyframe.frame, stop))
        backward = _carried(source, keyframe, range(keyframe.frame, start - 1, -1))
        next(backward)  # the keyframe itself has been handed out
        yield from backward


def _carried(source: Frames, keyframe: Keyframe, numbers: range) -> Iterator[tuple[int, Floats, Floats]]:
    """Along `numbers`, which begin at the keyframe: each pixel takes its trimap from where its path began."""
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    before, path, trimap = None, np.zeros((*keyframe.trimap.shape, 2), np.float32), keyframe.trimap
    for number, image in source.read(numbers):
        grey = cv2.cvtColor(np.rint(image * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
        if before is not None:
            step = np.asarray(solver.calc(grey, before, None), np.float32)  # type: ignore[call-overload]
            path = step + _looked_up(path, step)
            widened = _WIDENED + _WIDENED_PER_FRAME * abs(number - keyframe.frame)
            background, foreground = (_looked_up(keyframe.trimap == level, path) for level in (0, 1))
            trimap = _trimap(background, foreground, widened)
        yield number, image, trimap
        before = grey


def _looked_up(image: NDArray[Any], flow: Floats) -> Floats:
    """`image` (h, w) or (h, w, c) at each pixel's position plus its flow (h, w, 2) in px; the border is repeated."""
    at = np.indices(flow.shape[:2], np.float32)[::-1].transpose(1, 2, 0) + flow
    looked_up = cv2.remap(
        image.astype(np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(looked_up, np.float32)


def _trimap(background: Floats, foreground: Floats, widened: float) -> Floats:
    """Three levels again from the shares of known pixels in [0, 1], less `widened` px of what is known."""
    trimap = np.full(foreground.shape, 0.5, np.float32)
    for share, level in ((background, 0), (foreground, 1)):
        known = (share > 0.5).astype(np.uint8)
        trimap[cv2.distanceTransform(known, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > widened] = level
    return trimap
