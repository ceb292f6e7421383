# SPDX-License-Identifier: GPL-3.0-or-later
"""Backgrounds by word, and the foreground over them."""

from pathlib import Path

import numpy as np
import pytest
from clips import write_still as write_file

from ftpvm.errors import SettingsError, SourceError
from ftpvm.media.composite import COLOURS, background_of, composite
from ftpvm.media.stills import StillFormat, write_still


def save(path: Path, pixels: np.ndarray, format: StillFormat = StillFormat.PNG8) -> None:
    names = {1: ("Y",), 3: ("R", "G", "B")}[pixels.shape[-1]]
    write_still(path, pixels, format, channels=names, colorspace="data")


def test_composite_mixes_display_values_by_alpha() -> None:
    foreground, background = np.full((1, 3, 3), 0.8), np.full((1, 3, 3), 0.2)
    result = composite(foreground, np.array([[0, 0.5, 1]]), background)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result[0, :, 1], [0.2, 0.5, 0.8], atol=1e-6)


@pytest.mark.parametrize(
    ("word", "rgb"),
    [
        ("#ff8000", (255, 128, 0)),
        ("#0A0b0C", (10, 11, 12)),
        ("black", (0, 0, 0)),
        ("white", (255, 255, 255)),
        ("grey", (128, 128, 128)),
        ("green", (0, 177, 64)),
    ],
)
def test_colours(word: str, rgb: tuple[int, int, int]) -> None:
    background = background_of(word)((5, 3))
    assert background.shape == (3, 5, 3) and background.dtype == np.float32
    np.testing.assert_allclose(background * 255, np.broadcast_to(rgb, (3, 5, 3)), atol=1e-4)


def test_checker_alternates_between_two_greys() -> None:
    checker = background_of("checker")((240, 120))
    assert checker.shape == (120, 240, 3)
    assert len(np.unique(checker)) == 2
    cell = 10
    np.testing.assert_array_equal(checker[cell:], checker[:-cell, ::-1])
    assert checker[0, 0, 0] != checker[0, cell, 0] and checker[0, 0, 0] == checker[cell, cell, 0]


@pytest.mark.parametrize("size", [(40, 20), (10, 60), (7, 3)])
def test_a_picture_covers_the_frame_and_keeps_its_middle(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "Hintergrund groß.png"
    y, x = np.mgrid[:100, :100].astype(np.float32)
    save(path, np.dstack([x / 99, y / 99, np.zeros_like(x)]))
    background = background_of(str(path))(size)
    width, height = size
    assert background.shape == (height, width, 3)
    np.testing.assert_allclose(background.mean(axis=(0, 1)), [0.5, 0.5, 0], atol=0.02)
    scale = max(size) / 100  # a square is cropped on its shorter side, never squeezed
    steps = np.diff(background[height // 2, :, 0]).mean() if width > 1 else 0
    assert steps == pytest.approx(1 / 99 / scale, rel=0.1)


def test_a_grey_and_a_linear_picture(tmp_path: Path) -> None:
    save(tmp_path / "grey.png", np.full((4, 4, 1), 0.5, np.float32))
    np.testing.assert_allclose(background_of(str(tmp_path / "grey.png"))((4, 4)), 0.5, atol=0.003)
    save(tmp_path / "linear.exr", np.full((4, 4, 3), 0.2140411, np.float32), StillFormat.EXR)
    np.testing.assert_allclose(background_of(str(tmp_path / "linear.exr"))((4, 4)), 0.5, atol=0.003)


def test_a_picture_is_seen_as_plates_are(tmp_path: Path) -> None:
    lying = np.zeros((4, 8, 3), np.uint8)
    lying[:, 4:] = 255  # what is right in the file is below when it stands
    write_file(tmp_path / "phone.tif", lying, Orientation=6)
    background = background_of(str(tmp_path / "phone.tif"))((4, 8))
    assert not background[:4].any() and (background[4:] == 1).all()
    passes = np.zeros((4, 4, 4), np.float32)
    passes[..., 1:] = 0.2140411
    names = ("depth.Z", "ViewLayer.Combined.R", "ViewLayer.Combined.G", "ViewLayer.Combined.B")
    write_file(tmp_path / "layers.exr", passes, "float", channelnames=names)
    np.testing.assert_allclose(background_of(str(tmp_path / "layers.exr"))((4, 4)), 0.5, atol=0.003)


@pytest.mark.parametrize("word", ["chequer", "#12345", "#gggggg", "nowhere.png", ""])
def test_an_unknown_word_lists_what_there_is(word: str) -> None:
    with pytest.raises(SettingsError) as caught:
        background_of(word)
    assert all(name in str(caught.value) for name in [*COLOURS, "checker", "#rrggbb"])


def test_a_broken_picture(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(SourceError, match="can't be read"):
        background_of(str(tmp_path / "broken.png"))
