# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the shot's size and the network's working size, without a shift.

The fast guided filter (He & Sun 2015, arXiv:1505.00996) with the network's own window and eps. The network's filter
takes what lies around the frame for black, as published, which pulls edges and dark clothes at the frame's border by
up to a third; here the border is repeated. Little is computed at full size, so the CPU is quicker than an upload.
"""

import cv2
import numpy as np

WINDOW = (3, 3)
EPS = 1e-5


def shrink(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) or (h, w, 3) float32 -> the working size (width, height), antialiased; the same array if it fits."""
    return image if image.shape[1::-1] == size else np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def grey(image: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 -> (h, w), the mean of the channels: what `enlarge` needs of an image."""
    return np.asarray(cv2.transform(image, np.full((1, 3), 1 / 3)))


def enlarge(small_matte: np.ndarray, small_guide: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """Guided filter from (h, w) to the (H, W) of `guide`, clamped to [0, 1]; the same matte if it fits.

    The guides are `grey` images of the same field of view.
    """
    if small_matte.shape == guide.shape:
        return small_matte
    slope, offset = (cv2.resize(x, guide.shape[::-1]) for x in _linear_model(small_guide, small_matte))
    return np.clip(slope * guide + offset, 0, 1)


def impose(matte: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """The trimap wins: 1 in its foreground, 0 in its background, the matte where it is unknown."""
    return np.where(trimap == 0.5, matte, trimap)


def _linear_model(guide: np.ndarray, matte: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slope and offset that fit matte = slope * guide + offset best around every pixel, float32."""
    guide, matte = guide.astype(np.float64), matte.astype(np.float64)  # float32 variances are worth less than eps
    mean_guide, mean_matte = _mean(guide), _mean(matte)
    slope = (_mean(guide * matte) - mean_guide * mean_matte) / (_mean(guide * guide) - mean_guide**2 + EPS)
    offset = mean_matte - slope * mean_guide
    return slope.astype(np.float32), offset.astype(np.float32)


def _mean(x: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.blur(x, WINDOW, borderType=cv2.BORDER_REPLICATE))
