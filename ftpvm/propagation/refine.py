# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the shot's size and the network's working size, without a shift."""

import cv2
import numpy as np
import torch
from torch import Tensor

from ftpvm.model.guided_filter import fast_guided_filter


def shrink(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) or (h, w, 3) float32 -> the working size (width, height), antialiased; the same array if it fits."""
    return image if image.shape[1::-1] == size else np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def enlarge(small_matte: np.ndarray, small_image: np.ndarray, image: np.ndarray, device: torch.device) -> np.ndarray:
    """Guided filter from (h, w) to the (H, W) of `image`, clamped to [0, 1]; the same matte if it fits.

    Both images are (…, 3) and show the same field of view.
    """
    if small_matte.shape == image.shape[:2]:
        return small_matte
    guide, small_guide = (_on(device, x.mean(axis=2)) for x in (image, small_image))
    full = fast_guided_filter(small_guide, _on(device, small_matte), guide)
    return full[0, 0].clamp(0, 1).cpu().numpy()


def impose(matte: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """The artist's trimap wins: 1 in its foreground, 0 in its background, the matte where it is unknown."""
    return np.where(trimap == 0.5, matte, trimap)


def _on(device: torch.device, plane: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(plane, np.float32)).to(device)[None, None]
