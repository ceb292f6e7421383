# SPDX-License-Identifier: GPL-3.0-or-later
"""Every metric against its published definition, written out pixel by pixel with the source beside it.

a is the matte, a* the truth, both of N pixels. Scales are those of video matting papers since Lin et al., "Robust
High-Resolution Video Matting with Temporal Guidance", WACV 2022: MAD and MSE times 1e3, dtSSD times 1e2, sums / 1e3.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from ftpvm.evaluation import conn, dtssd, grad, mad, mse, sad, trimap_iou

SHAPE = (11, 14)
Pixel = tuple[int, int]


def mattes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A soft matte and truth with solid, empty and separate parts."""
    rng = np.random.default_rng(seed)
    smooth = [cv2.GaussianBlur(rng.standard_normal(SHAPE), (0, 0), 1.5) for _ in range(2)]
    matte, truth = (np.clip(0.5 + 2 * part, 0, 1) for part in (smooth[0], smooth[0] + 0.3 * smooth[1]))
    return matte, truth


def pixels() -> Iterator[Pixel]:
    return ((y, x) for y in range(SHAPE[0]) for x in range(SHAPE[1]))


@pytest.mark.parametrize("seed", range(3))
def test_mad_mse_and_sad(seed: int) -> None:
    """Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting", CVPR 2009, section 4:
    SAD = sum_i |a_i - a*_i|, MSE = 1/N sum_i (a_i - a*_i)^2. MAD is SAD / N."""
    a, true = mattes(seed)
    distances = [abs(a[p] - true[p]) for p in pixels()]
    assert mad(a, true) == pytest.approx(1e3 * sum(distances) / len(distances))
    assert mse(a, true) == pytest.approx(1e3 * sum(d**2 for d in distances) / len(distances))
    assert sad(a, true) == pytest.approx(sum(distances) / 1e3)


@pytest.mark.parametrize("seed", range(3))
def test_gradient(seed: int) -> None:
    """Rhemann et al. 2009, section 4: sum_i (grad a_i - grad a*_i)^q with q = 2, where the gradients' magnitudes come
    of convolving with first-order Gaussian derivative filters of variance sigma; 1.4 as in the published code."""
    a, true = mattes(seed)
    assert grad(a, true) == pytest.approx(sum((magnitude(a, p) - magnitude(true, p)) ** 2 for p in pixels()) / 1e3)


def magnitude(alpha: np.ndarray, at: Pixel) -> float:
    """Of the gradient at a pixel, by the double sum of the convolution; beyond the border alpha goes on as it is."""
    reach, sigma = 4, 1.4  # px; the Gaussian falls below 0.01 there
    offsets = [(j, i) for j in range(-reach, reach + 1) for i in range(-reach, reach + 1)]
    along_x = {(j, i): -i * math.exp(-(i**2 + j**2) / (2 * sigma**2)) for j, i in offsets}
    norm = math.sqrt(sum(value**2 for value in along_x.values()))
    x = y = 0.0
    for j, i in offsets:
        value = alpha[min(max(at[0] - j, 0), SHAPE[0] - 1), min(max(at[1] - i, 0), SHAPE[1] - 1)]
        x, y = x + value * along_x[j, i] / norm, y + value * along_x[i, j] / norm
    return math.hypot(x, y)


@pytest.mark.parametrize("seed", range(3))
def test_connectivity(seed: int) -> None:
    """Rhemann et al. 2009, section 4: sum_i (phi(a_i, O) - phi(a*_i, O))^p with p = 1, phi(a_i, O) = 1 -
    delta(d_i >= t) d_i, d_i = a_i - l_i, t = 0.15, where l_i is the maximum threshold level at which the pixel is
    4-connected to the source region O, the largest region that is opaque in both mattes. Levels are 0.1 apart."""
    a, true = mattes(seed)
    total, regions = 0.0, [largest(a, true, k / 10) for k in range(11)]
    for p in pixels():
        level = max(k / 10 for k in range(11) if all(p in region for region in regions[: k + 1]))
        phi = [1 - d * (d >= 0.15) for d in (a[p] - level, true[p] - level)]
        total += abs(phi[0] - phi[1])
    assert conn(a, true) == pytest.approx(total / 1e3)


def largest(a: np.ndarray, true: np.ndarray, level: float) -> set[Pixel]:
    """The largest 4-connected region where both reach a level; every pixel is in that of level 0."""
    left = {p for p in pixels() if a[p] >= level and true[p] >= level}
    best: set[Pixel] = set()
    while left:
        region, border = set(), [left.pop()]
        while border:
            y, x = border.pop()
            region.add((y, x))
            near = {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)} & left
            left -= near
            border += near
        best = max(best, region, key=len)
    return best


@pytest.mark.parametrize("seed", range(3))
def test_dtssd(seed: int) -> None:
    """Erofeev et al., "Perceptually Motivated Benchmark for Video Matting", BMVC 2015, section 4:
    dtSSD = 1/T sum_t sqrt(1/N sum_p (da_p(t)/dt - da*_p(t)/dt)^2); this is the term of one t."""
    (a, true), (a_before, true_before) = mattes(seed), mattes(seed + 10)
    squared = [((a[p] - a_before[p]) - (true[p] - true_before[p])) ** 2 for p in pixels()]
    assert dtssd(a, true, a_before, true_before) == pytest.approx(1e2 * math.sqrt(sum(squared) / len(squared)))


def test_iou() -> None:
    """Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 2010, section 4.3: accuracy of a class =
    true positives / (true positives + false positives + false negatives), over the pixels of all images."""
    rng = np.random.default_rng(0)
    clip = [(rng.integers(0, 3, SHAPE) / 2, rng.integers(0, 3, SHAPE) / 2) for _ in range(3)]
    for level, name in ((0, "background"), (0.5, "unknown"), (1, "foreground")):
        pairs = [(found[p] == level, there[p] == level) for found, there in clip for p in pixels()]
        hits, wrong, missed = (pairs.count(kind) for kind in ((True, True), (True, False), (False, True)))
        assert trimap_iou(clip)[name] == pytest.approx(hits / (hits + wrong + missed))
