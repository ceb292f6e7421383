# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreground colours free of the background, and RGBA stills in each format's convention."""

import sys
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from ftpvm.errors import MissingDependencyError
from ftpvm.media.foreground import estimate_foreground, straight
from ftpvm.media.rgba_sequence import RgbaSequence

ORANGE, GREEN = np.array([0.9, 0.5, 0.2], np.float32), np.array([0.0, 0.7, 0.2], np.float32)


def orange_over_green() -> tuple[np.ndarray, np.ndarray]:
    """A picture (h, w, 3) of a soft orange disc before green, and its exact matte."""
    y, x = np.mgrid[:120, :160].astype(np.float32)
    matte = cv2.GaussianBlur((np.hypot(x - 80, y - 60) < 35).astype(np.float32), (0, 0), 4)
    return ORANGE * matte[..., None] + GREEN * (1 - matte[..., None]), matte


def test_no_background_bleeds_into_the_edge() -> None:
    image, matte = orange_over_green()
    foreground = estimate_foreground(image, matte)
    edge = (matte > 0.05) & (matte < 0.95)
    assert np.abs(image[edge] - ORANGE).max() > 0.5  # the picture itself is green there
    assert foreground.shape == image.shape and foreground.dtype == np.float32
    assert np.abs(foreground[edge] - ORANGE).max() < 0.06
    redder = foreground[edge][:, 0] - foreground[edge][:, 1]
    assert redder.min() > 0.3


def test_solid_pixels_keep_the_picture_exactly() -> None:
    image, matte = orange_over_green()
    matte = np.clip(matte * 1.2 - 0.1, 0, 1)
    image += np.random.default_rng(0).normal(0, 0.02, image.shape).astype(np.float32)
    solid = matte >= 1
    np.testing.assert_array_equal(estimate_foreground(image, matte)[solid], np.clip(image, 0, 1)[solid])
    assert solid.any()


def test_an_empty_matte_and_broken_pixels_stay_finite() -> None:
    image, matte = orange_over_green()
    image[0, 0], matte[1, 1] = np.nan, np.nan
    for alpha in (matte, matte * 0, matte * 0 + 1):
        foreground = estimate_foreground(image, alpha)
        assert np.isfinite(foreground).all() and foreground.min() >= 0 and foreground.max() <= 1


def test_torch_keeps_its_number_of_threads() -> None:
    threads = torch.get_num_threads()
    estimate_foreground(*orange_over_green())
    assert torch.get_num_threads() == threads


def test_without_pymatting_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "ftpvm\[foreground\]"'):
        estimate_foreground(*orange_over_green())


def test_straight() -> None:
    colours, matte = np.full((2, 2, 3), 0.8), np.array([[0, 0.5], [1, 2]])
    assert straight(colours, matte)[0, 0].tolist() == pytest.approx([0.8, 0.8, 0.8, 0])
    assert straight(colours, matte)[1, 1].tolist() == pytest.approx([0.8, 0.8, 0.8, 1])


def stored(path: Path) -> np.ndarray:
    """The values in the file, untouched."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    return oiio.ImageInput.open(str(path), config).read_image("float")


@pytest.mark.parametrize("premultiply", [None, False, True])
@pytest.mark.parametrize(("format", "tolerance"), [("png16", 1e-4), ("png8", 0.004), ("exr", 1e-3)])
def test_rgba_stills_follow_their_formats_convention(
    tmp_path: Path, format: str, tolerance: float, premultiply: bool | None
) -> None:
    sequence = RgbaSequence(tmp_path / "Vordergrund für alle", "fg", format, premultiply=premultiply)
    colours, matte = np.full((8, 9, 3), 0.5, np.float32), np.full((8, 9), 0.25, np.float32)
    sequence.write(3, colours, matte)
    grey = 0.2140411 if format == "exr" else 0.5  # 0.5 of sRGB in linear light
    multiplied = format == "exr" if premultiply is None else premultiply
    expected = [grey * 0.25 if multiplied else grey] * 3 + [0.25]
    np.testing.assert_allclose(stored(sequence.path(3))[2, 2], expected, atol=tolerance)
    np.testing.assert_allclose(sequence.read(3)[2, 2], [0.5, 0.5, 0.5, 0.25], atol=tolerance * 5)
    assert sequence.is_whole(3)
    names = oiio.ImageInput.open(str(sequence.path(3))).spec().channelnames
    assert tuple(names) == ("R", "G", "B", "A")


def test_nothing_is_lost_over_the_whole_range(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    colours, matte = rng.random((16, 16, 3), np.float32), np.ones((16, 16), np.float32)
    for format, tolerance in (("png16", 1e-5), ("exr", 1e-3)):
        sequence = RgbaSequence(tmp_path, "fg", format)
        sequence.write(0, colours, matte)
        np.testing.assert_allclose(sequence.read(0)[..., :3], colours, atol=tolerance)
