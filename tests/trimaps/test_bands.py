# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks and mattes grow an unknown band of the width asked for."""

import time

import cv2
import numpy as np
import pytest

from ftpvm.errors import SettingsError
from ftpvm.trimaps import trimap_from_matte


def a_box(height: int = 60, width: int = 80) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[20:40, 30:60] = 1
    return mask


@pytest.mark.parametrize(("inner", "outer"), [(0, 0), (3, 5), (0, 4), (6, 0)])
def test_the_band_is_inner_and_outer_pixels_wide(inner: int, outer: int) -> None:
    trimap = trimap_from_matte(a_box(), inner=inner, outer=outer)
    assert trimap.dtype == np.float32 and set(np.unique(trimap)) <= {0, 0.5, 1}
    row = trimap[30]
    assert np.flatnonzero(row == 1).tolist() == list(range(30 + inner, 60 - inner))
    assert np.flatnonzero(row == 0.5).tolist() == [*range(30 - outer, 30 + inner), *range(60 - inner, 60 + outer)]


@pytest.mark.parametrize("radius", [1, 4, 9])
def test_corners_are_round_as_by_an_elliptical_kernel(radius: int) -> None:
    mask = np.zeros((61, 61), np.float32)
    mask[30, 30] = 1
    y, x = np.mgrid[:61, :61] - 30
    disc = np.hypot(x, y) <= radius + 1e-6
    np.testing.assert_array_equal(trimap_from_matte(mask, inner=0, outer=radius) > 0, disc)
    kernel = disc[30 - radius : 31 + radius, 30 - radius : 31 + radius].astype(np.uint8)
    mask = cv2.GaussianBlur(np.random.default_rng(0).random((90, 90), np.float32), (0, 0), 6) > 0.5
    by_kernel = cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) == 1
    np.testing.assert_array_equal(trimap_from_matte(mask.astype(np.float32), inner=radius, outer=0) == 1, by_kernel)


def test_what_is_soft_is_unknown_at_any_width() -> None:
    ramp = np.broadcast_to(np.clip((np.arange(100, dtype=np.float32) - 30) / 40, 0, 1), (20, 100))
    soft = (ramp > 0.005) & (ramp < 0.995)
    np.testing.assert_array_equal(trimap_from_matte(ramp, inner=0, outer=0) == 0.5, soft)
    row = trimap_from_matte(ramp, inner=5, outer=8)[10]
    assert np.flatnonzero(row == 0.5).tolist() == list(range(31 - 8, 70 + 5))


def test_the_frames_border_is_no_edge() -> None:
    mask = np.zeros((50, 50), np.float32)
    mask[:, 20:] = 1
    trimap = trimap_from_matte(mask, inner=6, outer=6)
    assert (trimap[:, 26:] == 1).all() and (trimap[:, :14] == 0).all() and (trimap[:, 14:26] == 0.5).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_and_everything_stay_certain(value: float) -> None:
    trimap = trimap_from_matte(np.full((30, 40), value, np.float32), inner=500, outer=500)
    assert (trimap == value).all()


def test_a_thin_object_becomes_unknown_and_is_not_lost() -> None:
    mask = np.zeros((40, 40), np.float32)
    mask[:, 20:23] = 1
    trimap = trimap_from_matte(mask, inner=5, outer=2)
    assert not (trimap == 1).any() and (trimap[:, 18:25] == 0.5).all() and (trimap[:, :18] == 0).all()


def test_wide_bands_cost_no_more_than_narrow_ones() -> None:
    mask = np.zeros((1080, 1920), np.float32)
    mask[400:700, 800:1200] = 1

    def seconds(width: int) -> float:
        runs = []
        for _ in range(3):
            start = time.process_time()  # what others do on the machine doesn't count
            trimap_from_matte(mask, inner=width, outer=width)
            runs.append(time.process_time() - start)
        return min(runs)

    assert seconds(140) < 5 * seconds(2)


def test_a_negative_band() -> None:
    with pytest.raises(SettingsError, match="0 or more"):
        trimap_from_matte(a_box(), inner=-1, outer=3)
