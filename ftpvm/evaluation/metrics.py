# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a matte is from the true alpha: the metrics of the matting literature, scaled as papers print them.

Every metric is a map of errors, one a pixel, and a way to sum it up over a region. `error_maps` and `scores` give all
of them at once, the functions named like the metrics one at a time. Lower is better, 0 is perfect.

Mattes and truths are alpha (h, w) in [0, 1], numpy arrays or tensors on any device. A region is a boolean (h, w);
None is the whole frame. Over an empty region everything is NaN.

Sources: SAD, MSE, gradient and connectivity are those of Rhemann et al., "A Perceptually Motivated Online Benchmark for
Image Matting", CVPR 2009, with its published constants; dtSSD is that of Erofeev et al., "Perceptually Motivated
Benchmark for Video Matting", BMVC 2015. The scales are those of Lin et al., "Robust High-Resolution Video Matting with
Temporal Guidance", WACV 2022, which video matting papers keep to.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ftpvm.errors import InputError

Alpha = NDArray[np.floating[Any]] | Tensor
Region = NDArray[np.bool_] | Tensor
ErrorMap = NDArray[np.float64]

_SIGMA = 1.4  # px, of the derivative of a Gaussian that the gradient is taken with
_CUT = 1e-2  # the kernel ends where the Gaussian falls below this
_LEVELS = 10  # thresholds of the connectivity: 0.1, 0.2 ... 1
_SOLID = (15, 15)  # px: the brightest such patch mostly lies in the largest region of all levels
_CONNECTED = 0.15  # how far alpha may be above its level of connection and still count as connected

# Each metric from the sum of its error map over a region, and how many pixels that is.
_SUMMED_UP: dict[str, Callable[[float, float], float]] = {
    "mad": lambda errors, pixels: 1e3 * errors / pixels,
    "mse": lambda errors, pixels: 1e3 * errors / pixels,
    "sad": lambda errors, pixels: errors / 1e3,
    "grad": lambda errors, pixels: errors / 1e3,
    "conn": lambda errors, pixels: errors / 1e3,
    "dtssd": lambda errors, pixels: 1e2 * math.sqrt(errors / pixels),
}
METRICS = tuple(_SUMMED_UP)


def error_maps(matte: Alpha, truth: Alpha, before: tuple[Alpha, Alpha] | None = None) -> dict[str, ErrorMap]:
    """The error map (h, w) of every metric, by its name; "dtssd" only with `before`.

    Args:
        before: matte and truth of the frame before.

    Raises:
        InputError: the sizes differ or are not (h, w).
    """
    matte, truth = _planes(matte, truth)
    absolute = _difference(matte, truth)
    maps = {"mad": absolute, "mse": absolute**2, "sad": absolute}
    maps["grad"] = _difference(_gradient(matte), _gradient(truth)) ** 2
    maps["conn"] = _connectivity_error(matte, truth)
    if before is not None:
        maps["dtssd"] = _temporal_error(matte, truth, *_planes(*before))
    return maps


def scores(maps: dict[str, ErrorMap], region: Region | None = None) -> dict[str, float]:
    """Error maps summed up over a region, by metric."""
    shape = next(iter(maps.values())).shape
    weights = (np.ones(shape) if region is None else as_array(region).astype(bool).astype(np.float64)).ravel()
    if not (pixels := float(weights.sum())):
        return dict.fromkeys(maps, math.nan)
    # A dot product is a tenth of the work of picking the pixels out.
    return {name: _SUMMED_UP[name](float(errors.ravel() @ weights), pixels) for name, errors in maps.items()}


def mad(matte: Alpha, truth: Alpha, region: Region | None = None) -> float:
    """Mean absolute difference: 1e3 * mean |a - a*|, 0 to 1000."""
    matte, truth = _planes(matte, truth)
    return _summed_up("mad", np.abs(matte - truth), region)


def mse(matte: Alpha, truth: Alpha, region: Region | None = None) -> float:
    """Mean squared error: 1e3 * mean (a - a*)^2, 0 to 1000."""
    matte, truth = _planes(matte, truth)
    return _summed_up("mse", (matte - truth) ** 2, region)


def sad(matte: Alpha, truth: Alpha, region: Region | None = None) -> float:
    """Sum of absolute differences: sum |a - a*| / 1e3, 0 to thousands of pixels in the region."""
    matte, truth = _planes(matte, truth)
    return _summed_up("sad", np.abs(matte - truth), region)


def grad(matte: Alpha, truth: Alpha, region: Region | None = None) -> float:
    """Gradient error: sum (|G a| - |G a*|)^2 / 1e3, from 0 up.

    G is the derivative of a Gaussian, sigma 1.4 px, cut where it falls below 0.01 and normalised to a unit sum of
    squares; the frame's border is repeated. Mattes are taken as they are, not stretched to [0, 1] first.
    """
    matte, truth = _planes(matte, truth)
    return _summed_up("grad", (_gradient(matte) - _gradient(truth)) ** 2, region)


def conn(matte: Alpha, truth: Alpha, region: Region | None = None) -> float:
    """Connectivity error: sum |phi(a) - phi(a*)| / 1e3, 0 to thousands of pixels in the region.

    phi(a) = 1 - d where d = a - l is at least 0.15, else 1. A pixel's level l is the largest of 0, 0.1 ... 1 up to
    which it lies in the largest 4-connected region where matte and truth both reach the level.
    """
    return _summed_up("conn", _connectivity_error(*_planes(matte, truth)), region)


def dtssd(matte: Alpha, truth: Alpha, matte_before: Alpha, truth_before: Alpha, region: Region | None = None) -> float:
    """Flicker: 1e2 * sqrt(mean ((a_t - a_t-1) - (a*_t - a*_t-1))^2), 0 to 200; an even error costs nothing."""
    errors = _temporal_error(*_planes(matte, truth), *_planes(matte_before, truth_before))
    return _summed_up("dtssd", errors, region)


def _summed_up(metric: str, errors: ErrorMap, region: Region | None) -> float:
    return scores({metric: errors}, region)[metric]


def _difference(one: ErrorMap, other: ErrorMap) -> ErrorMap:
    """|one - other|."""
    return np.asarray(cv2.absdiff(one, other))


def as_array(image: Alpha | Region) -> NDArray[Any]:
    """A numpy array of an array or tensor on any device."""
    return image.detach().cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)


def _planes(matte: Alpha, truth: Alpha) -> tuple[ErrorMap, ErrorMap]:
    one, other = (as_array(alpha).astype(np.float64) for alpha in (matte, truth))
    if one.ndim != 2 or one.shape != other.shape:
        raise InputError(f"A matte {one.shape} can't be compared with an alpha {other.shape}: bring both to (h, w).")
    return one, other


def _temporal_error(matte: ErrorMap, truth: ErrorMap, matte_before: ErrorMap, truth_before: ErrorMap) -> ErrorMap:
    return ((matte - matte_before) - (truth - truth_before)) ** 2


def _gradient(alpha: ErrorMap) -> ErrorMap:
    """The gradient's magnitude (h, w)."""
    smooth, derivative = _kernels()
    x, y = (
        cv2.sepFilter2D(alpha, cv2.CV_64F, across, down, borderType=cv2.BORDER_REPLICATE)
        for across, down in ((derivative, smooth), (smooth, derivative))
    )
    return np.asarray(cv2.magnitude(x, y))


@cache
def _kernels() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A Gaussian and its derivative, whose outer product has a unit sum of squares."""
    radius = math.ceil(_SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * _SIGMA * _CUT)))
    x = np.arange(-radius, radius + 1)
    smooth = np.exp(-(x**2) / (2 * _SIGMA**2))
    derivative = -x * smooth
    return smooth / np.linalg.norm(smooth), derivative / np.linalg.norm(derivative)


def _connectivity_error(matte: ErrorMap, truth: ErrorMap) -> ErrorMap:
    level = _level_of_connection(np.minimum(matte, truth))
    return _difference(_disconnection(matte, level), _disconnection(truth, level))


def _disconnection(alpha: ErrorMap, level: ErrorMap) -> ErrorMap:
    """1 - phi."""
    above = alpha - level
    above *= above >= _CONNECTED
    return above


def _level_of_connection(least: ErrorMap) -> ErrorMap:
    """Per pixel the level up to which it belongs to the largest region that reaches it, by the lesser alpha (h, w)."""
    least = least.astype(np.float32)  # so that an alpha of 0.7 in either precision reaches the level 0.7
    steps, connected = np.zeros(least.shape, np.uint8), np.ones(least.shape, bool)
    seed = int(cv2.blur(least, _SOLID).argmax())
    for step in range(1, _LEVELS + 1):
        region = _largest_region(least >= np.float32(step / _LEVELS), seed)
        connected &= region
        if not connected.any():
            break  # as in noise, where nothing is connected for long
        steps += connected
        if not region.flat[seed]:
            seed = int(np.where(connected, least, -1).argmax())
    return steps / _LEVELS


def _largest_region(mask: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """Only the largest 4-connected region of a mask, of equals the first; seed: index of a pixel likely to be in it.

    What grows from there mostly is more than half of the mask, and quicker to find than the sizes of all regions.
    """
    if mask.flat[seed]:
        filled = mask.astype(np.uint8)
        cv2.floodFill(filled, None, (seed % mask.shape[1], seed // mask.shape[1]), 2, flags=4)
        if 2 * np.count_nonzero(grown := filled == 2) > np.count_nonzero(mask):
            return np.asarray(grown)
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=4)
    return np.asarray(labels == 1 + np.bincount(labels.ravel())[1:].argmax()) if count > 1 else mask
