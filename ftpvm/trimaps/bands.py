# SPDX-License-Identifier: GPL-3.0-or-later
"""From a mask or matte to a trimap: what is near the edge becomes unknown."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import SettingsError

_SOLID, _EMPTY = 0.995, 0.005


def trimap_from_matte(matte: NDArray[np.floating], *, inner: int, outer: int) -> NDArray[np.float32]:
    """Trimap float32 (h, w) of 0, 0.5 and 1 from a mask or matte (h, w) in [0, 1].

    Solid foreground within `inner` pixels of anything softer becomes unknown, and so does empty background within
    `outer` pixels of anything fuller; what is soft stays unknown. The picture's border is no edge: an object that
    leaves the frame isn't eroded there. Raises SettingsError for a negative width.
    """
    if inner < 0 or outer < 0:
        raise SettingsError(f"A band of {inner}:{outer} pixels is negative: give widths of 0 or more.")
    trimap = np.full(matte.shape, 0.5, np.float32)
    trimap[_eroded(matte > _SOLID, inner)] = 1
    trimap[_eroded(matte < _EMPTY, outer)] = 0
    return trimap


def _eroded(region: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """The pixels of `region` more than `radius` from every other pixel: a round kernel of any size in one pass."""
    distance = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance > radius)
