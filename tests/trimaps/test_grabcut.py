# SPDX-License-Identifier: GPL-3.0-or-later
import cv2
import numpy as np
import pytest

from ftpvm.errors import TrimapError
from ftpvm.trimaps.grabcut import trimap_from_box, trimap_from_strokes

SIZE = (160, 120)  # width, height
BOX = (40, 30, 70, 70)


def scene(scale: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A reddish disc on mottled green, float32 (h, w, 3), and where the disc is."""
    noise = np.random.default_rng(3)
    width, height = SIZE[0] * scale, SIZE[1] * scale
    rows, columns = np.mgrid[:height, :width]
    disc = np.hypot(rows - 65 * scale, columns - 75 * scale) < 28 * scale
    coarse = cv2.resize(noise.random((12, 16, 1), np.float32), (width, height))[..., None] * 0.3
    image = (
        np.where(disc[..., None], (0.7, 0.3, 0.2), (0.2, 0.5, 0.2)) + coarse + noise.normal(0, 0.02, (height, width, 3))
    )
    return np.clip(image, 0, 1).astype(np.float32), disc


def assert_right(trimap: np.ndarray, disc: np.ndarray) -> None:
    assert trimap.dtype == np.float32 and set(np.unique(trimap)) == {0, 0.5, 1}
    assert disc[trimap == 1].mean() > 0.99 and disc[trimap == 0].mean() < 0.01
    edge = cv2.morphologyEx(disc.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    assert (trimap[edge] == 0.5).mean() > 0.9
    assert 0.3 < (trimap == 1).sum() / disc.sum() < 1 and (trimap == 0.5).mean() < 0.2


@pytest.mark.parametrize("scale", [1, 6])
def test_a_box_gives_the_object_in_it_with_an_unknown_edge(scale: int) -> None:
    image, disc = scene(scale)
    before = image.copy()
    assert_right(trimap_from_box(image, tuple(scale * side for side in BOX)), disc)  # type: ignore[arg-type]
    assert np.array_equal(image, before)


def test_outside_the_box_all_is_background() -> None:
    image, _ = scene()
    most = trimap_from_box(image, (40, 30, 55, 70))
    assert not most[:, 95:].any() and most[50:80, 60:85].all()
    assert np.array_equal(most, trimap_from_box(image, (40, 30, 55, 70)))


def test_thin_strokes_give_the_object_and_stay_as_painted() -> None:
    image, disc = scene(6)
    strokes = np.full(disc.shape, 0.5, np.float32)
    strokes[330:450, 450:453] = 1
    strokes[60:63, 60:900], strokes[640:643, 60:900] = 0, 0
    trimap = trimap_from_strokes(image, strokes)
    assert_right(trimap, disc)
    assert np.array_equal(trimap[strokes != 0.5], strokes[strokes != 0.5])


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((500, 10, 30, 30), "outside the picture"),
        ((40, 30, 2, 50), "too small"),
        ((0, 0, *SIZE), "whole picture"),
        ((-10, -10, 500, 500), "whole picture"),
    ],
)
def test_boxes_that_say_nothing(box: tuple[int, int, int, int], words: str) -> None:
    with pytest.raises(TrimapError, match=words):
        trimap_from_box(scene()[0], box)


def test_nothing_in_the_box_stands_out() -> None:
    with pytest.raises(TrimapError, match=r"Nothing stands out|too little"):
        trimap_from_box(np.full((120, 160, 3), 0.4, np.float32), BOX)


@pytest.mark.parametrize(("level", "colour"), [(1, "black"), (0, "white")])
def test_strokes_of_one_kind_only(level: float, colour: str) -> None:
    image, disc = scene()
    strokes = np.full(disc.shape, 0.5, np.float32)
    strokes[60:70, 70:80] = level
    with pytest.raises(TrimapError, match=rf"no \w+ \({colour}\) stroke"):
        trimap_from_strokes(image, strokes)
