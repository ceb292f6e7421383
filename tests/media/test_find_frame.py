# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture is found among a movie's frames, however it was saved, and one from elsewhere is told apart."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ftpvm.media import Source, open_source
from ftpvm.media.find_frame import nearest_frame

SIZE, COUNT = (320, 180), 12


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return clip(tmp_path_factory.mktemp("movie") / "clip.mp4")


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Brightest at level 20 of 255."""
    return clip(tmp_path_factory.mktemp("dark") / "clip.mp4", exposure=0.08)


def clip(path: Path, exposure: float = 1.0) -> Source:
    """A ball that moves by 6 px a frame before something that stands still, with camera noise."""
    random = np.random.default_rng(2)
    behind = cv2.resize(random.integers(0, 255, (12, 20, 3), np.uint8), SIZE, interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(COUNT):
            image = np.clip(behind + random.normal(0, 3, behind.shape), 0, 255).astype(np.uint8)
            cv2.circle(image, (60 + 6 * number, 90), 30, (250, 240, 30), -1, cv2.LINE_AA)
            exposed = (image * exposure).round().astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(exposed, "rgb24")))
        container.mux(stream.encode())
    return open_source(path)


def saved(source: Source, number: int, ending: str, scale: float, options: list[int]) -> np.ndarray:
    """A frame as it comes back from an 8-bit file."""
    ((_, image),) = source.read(range(number, number + 1))
    small = cv2.resize(image[..., ::-1].clip(0, 1), None, fx=scale, fy=scale)
    _, data = cv2.imencode(ending, (small * 255).round().astype(np.uint8), options)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


SAVED = pytest.mark.parametrize(
    ("ending", "scale", "options"),
    [
        (".png", 1.0, []), (".jpg", 1.0, [cv2.IMWRITE_JPEG_QUALITY, 50]), (".png", 0.4, []), (".png", 2.0, []),
        (".jpg", 0.5, [cv2.IMWRITE_JPEG_QUALITY, 75]),
    ],
)  # fmt: skip


@SAVED
def test_a_frame_is_found_however_it_was_saved(source: Source, ending: str, scale: float, options: list[int]) -> None:
    nearest = nearest_frame(source, saved(source, 7, ending, scale, options))
    assert nearest.frame == 7 and nearest.is_the_picture


@SAVED
def test_a_dark_frame_is_found_too(dark: Source, ending: str, scale: float, options: list[int]) -> None:
    nearest = nearest_frame(dark, saved(dark, 7, ending, scale, options))
    assert nearest.frame == 7 and nearest.is_the_picture


def test_a_dark_picture_from_elsewhere_is_no_frame(dark: Source) -> None:
    assert not nearest_frame(dark, saved(dark, 7, ".png", 1.0, [])[:, ::-1]).is_the_picture


def test_brighter_and_with_another_tint(source: Source) -> None:
    nearest = nearest_frame(source, np.clip(saved(source, 4, ".png", 1.0, []) * (1.04, 1.0, 0.95), 0, 1))
    assert nearest.frame == 4 and nearest.is_the_picture


def test_an_exact_frame_ends_the_search(source: Source) -> None:
    looked_at: list[int] = []
    assert nearest_frame(source, saved(source, 3, ".png", 1.0, []), looked_at.append).frame == 3
    assert looked_at == [0, 1, 2, 3]


def test_the_same_place_at_another_time_is_no_frame(source: Source) -> None:
    picture = saved(source, 0, ".png", 1.0, [])
    cv2.circle(picture, (250, 90), 30, (0.98, 0.94, 0.1), -1, cv2.LINE_AA)  # the ball, where it never is
    assert not nearest_frame(source, picture).is_the_picture
