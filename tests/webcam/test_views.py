# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import numpy as np
import pytest
from live_frames import SIZE, disc, frame, image
from live_frames import trimap as a_trimap

from ftpvm.errors import SettingsError
from ftpvm.media.composite import checkerboard
from ftpvm.media.stills import StillFormat, write_still
from ftpvm.webcam.engine import Matted
from ftpvm.webcam.painting import Brush, Painting
from ftpvm.webcam.views import Backgrounds, Fit, View, live_picture, painting_picture

INSIDE = disc()


def matted() -> Matted:
    return Matted(frame(), INSIDE.astype(np.float32), a_trimap((48, 32)))


def view(which: View, size: tuple[int, int] = SIZE, word: str = "#0000ff") -> np.ndarray:
    picture = live_picture(matted(), which, Backgrounds(word), size)
    assert picture.dtype == np.uint8 and picture.shape == (size[1], size[0], 3)
    return picture


def test_the_views_show_matte_composite_and_trimap() -> None:
    assert np.array_equal(view(View.MATTE), np.repeat(INSIDE[..., None] * np.uint8(255), 3, axis=-1))
    composite = view(View.COMPOSITE)
    assert np.abs(composite.astype(int) - image())[INSIDE].max() <= 1 and (composite[~INSIDE] == (0, 0, 255)).all()
    trimap = view(View.TRIMAP)
    assert set(np.unique(trimap)) == {0, 128, 255} and np.array_equal(
        trimap[::2, ::2, 0], np.rint(a_trimap((48, 32)) * 255)
    )


def test_all_of_them_are_shown_beside_each_other() -> None:
    picture = view(View.ALL, (192, 128))
    quarters = [half for row in np.split(picture, 2) for half in np.split(row, 2, axis=1)]
    for quarter, alone in zip(
        quarters, (image(), view(View.TRIMAP), view(View.MATTE), view(View.COMPOSITE)), strict=True
    ):
        assert np.array_equal(quarter, alone)
    assert view(View.ALL, (193, 129)).shape == (129, 193, 3)


def test_without_a_keyframe_every_view_is_the_camera() -> None:
    for which in View:
        assert np.array_equal(live_picture(Matted(frame()), which, Backgrounds("checker"), SIZE), image())


def test_backgrounds_change_round_and_round_and_pictures_cover(tmp_path: Path) -> None:
    path = tmp_path / "Hintergrund.png"
    stripes = np.zeros((40, 200, 3), np.float32)
    stripes[:, 70:130] = (1, 0, 0)
    write_still(path, stripes, StillFormat.PNG8, channels=("R", "G", "B"), colorspace="sRGB")
    backgrounds = Backgrounds(str(path))
    assert backgrounds(SIZE).shape == (64, 96, 3) and (backgrounds(SIZE)[:, 20:76, 0] > 0.9).all()
    words = []
    while backgrounds.word not in words:
        words.append(backgrounds.word)
        backgrounds.change()
    path.unlink()
    assert backgrounds((48, 32)).shape == (32, 48, 3)  # read once: it may be gone, and a window be resized
    assert words == [str(path), "checker", "green", "black", "white"] and backgrounds.word == str(path)
    backgrounds.change()
    assert np.array_equal(backgrounds(SIZE), checkerboard(SIZE))
    with pytest.raises(SettingsError, match="no background"):
        Backgrounds("nowhere.png")


def test_painting_is_seen_by_level() -> None:
    canvas = Painting(frame())
    assert np.array_equal(painting_picture(canvas, SIZE), image())
    for x, brush in ((20, Brush.FOREGROUND), (45, Brush.UNKNOWN), (70, Brush.BACKGROUND)):
        canvas.begin_stroke()
        canvas.stroke((x, 0), (x, 64), 6, brush)
    picture, plain = painting_picture(canvas, SIZE).astype(int), image().astype(int)
    change = (picture - plain).mean(0)
    assert change[18:22].argmax(-1).tolist() == [1] * 4  # greener
    assert change[43:47].argmax(-1).tolist() == [0] * 4 and (change[43:47, 2] < 0).all()  # more amber
    assert (picture[:, 68:72] < 0.4 * plain[:, 68:72]).all()  # dimmed
    assert np.array_equal(picture[:, 85:], plain[:, 85:])


@pytest.mark.parametrize("window", [(960, 640), (1000, 640), (960, 800), (50, 40)])
def test_a_frame_fits_its_window_and_points_go_there_and_back(window: tuple[int, int]) -> None:
    fit = Fit.of(SIZE, window)
    assert fit.size[0] == window[0] or fit.size[1] == window[1]
    assert abs(2 * fit.left + fit.size[0] - window[0]) <= 1 and abs(2 * fit.top + fit.size[1] - window[1]) <= 1
    assert fit.to_frame(fit.to_window((12.5, 40))) == pytest.approx((12.5, 40))
    assert fit.to_frame((window[0] / 2, window[1] / 2)) == pytest.approx((48, 32), abs=1.5)
