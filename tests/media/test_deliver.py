# SPDX-License-Identifier: GPL-3.0-or-later
"""Products of finished mattes: one go for all, constant memory, whole or not there."""

import weakref
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest
from clips import write_movie

from ftpvm.errors import SourceError
from ftpvm.media import Source, deliver, open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.movie_writer import MovieCodec
from ftpvm.media.rgba_sequence import RgbaSequence

SIZE, FRAMES = (64, 48), range(4)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return open_source(write_movie(tmp_path / "clip.mp4", len(FRAMES), size=SIZE))


@pytest.fixture
def mattes(tmp_path: Path) -> MatteSequence:
    sequence = MatteSequence(tmp_path / "out", "m")
    ramp = np.linspace(0, 1, SIZE[0], dtype=np.float32)
    for number in FRAMES:
        sequence.write(number, np.tile(np.roll(ramp, number), (SIZE[1], 1)))
    return sequence


def test_all_products_share_one_estimate(
    source: Source, mattes: MatteSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimated: list[np.ndarray] = []
    estimate = deliver.estimate_foreground
    monkeypatch.setattr(deliver, "estimate_foreground", lambda i, m: estimated.append(m) or estimate(i, m))
    finished: list[int] = []
    products = [
        deliver.alpha_movie(source, tmp_path / "a.mkv", MovieCodec.FFV1, foreground=True),
        deliver.composite_movie(source, tmp_path / "c.mkv", MovieCodec.FFV1, "#ff0000"),
        deliver.foreground_stills(stills := RgbaSequence(tmp_path / "stills", "f")),
    ]
    deliver.deliver(source, mattes, FRAMES, products, finished.append)
    assert finished == list(FRAMES)
    assert len(estimated) == len(FRAMES)
    ((_, movie),) = open_source(tmp_path / "a.mkv").read(range(2, 3))
    np.testing.assert_allclose(movie, stills.read(2)[..., :3], atol=1e-4)
    ((_, over),) = open_source(tmp_path / "c.mkv").read(range(2, 3))
    np.testing.assert_allclose(over[mattes.read(2) == 0], np.broadcast_to([1.0, 0, 0], (48, 3)), atol=1e-4)
    assert not list(tmp_path.glob(".*"))


def test_the_plates_colours_need_no_estimate(
    source: Source, mattes: MatteSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "estimate_foreground", None)
    deliver.deliver(source, mattes, FRAMES, [deliver.alpha_movie(source, tmp_path / "a.mkv", MovieCodec.FFV1)])
    ((_, plate),) = source.read(range(1, 2))
    ((_, movie),) = open_source(tmp_path / "a.mkv").read(range(1, 2))
    np.testing.assert_allclose(movie, plate, atol=1e-4)


def test_a_failure_leaves_no_movie_and_keeps_the_old_one(source: Source, mattes: MatteSequence, tmp_path: Path) -> None:
    (tmp_path / "old.mov").write_bytes(b"old")
    mattes.path(3).unlink()
    products = [
        deliver.alpha_movie(source, tmp_path / "old.mov", MovieCodec.PRORES),
        deliver.alpha_movie(source, tmp_path / "new.mov", MovieCodec.PRORES),
    ]
    with pytest.raises(SourceError, match=r"m\.0003\.png"):
        deliver.deliver(source, mattes, FRAMES, products)
    assert (tmp_path / "old.mov").read_bytes() == b"old"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["clip.mp4", "old.mov", "out"]


def test_frames_are_not_kept(source: Source, mattes: MatteSequence, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[weakref.ref[np.ndarray]] = []
    read = type(source).read

    def watched(self: Source, numbers: range) -> Iterator[tuple[int, np.ndarray]]:
        for number, image in read(self, numbers):
            alive.append(weakref.ref(image))
            yield number, image

    monkeypatch.setattr(type(source), "read", watched)
    most = 0

    def count(frame: int) -> None:
        nonlocal most
        most = max(most, sum(reference() is not None for reference in alive))

    deliver.deliver(source, mattes, FRAMES, [], count)
    assert len(alive) == len(FRAMES)
    assert most <= 2


def test_preview(source: Source, mattes: MatteSequence, tmp_path: Path) -> None:
    trimap = np.full(SIZE[::-1], 0.5, np.float32)
    deliver.write_preview(source, mattes, FRAMES, tmp_path / "a b.png", {1: trimap}, "clip.mp4")
    assert oiio.ImageInput.open(str(tmp_path / "a b.png")).spec().nchannels == 3


def test_large_previews_are_made_of_small_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.imwrite(str(tmp_path / "wide.0000.png"), np.zeros((2, 3000, 3), np.uint8))
    source, mattes = open_source(tmp_path / "wide.0000.png"), MatteSequence(tmp_path, "m")
    mattes.write(0, np.ones((2, 3000), np.float32))
    shapes = []
    monkeypatch.setattr(
        deliver,
        "write_contact_sheet",
        lambda path, rows, title: shapes.extend([rows[0].image.shape, rows[0].matte.shape]),
    )
    deliver.write_preview(source, mattes, range(1), tmp_path / "p.png", {}, "wide")
    assert shapes == [(1, 1024, 3), (1, 1024)]


@pytest.mark.parametrize(
    ("frames", "keyframes", "chosen"),
    [
        (range(10), [0], [0, 1, 2, 4, 6, 9]),
        (range(1001, 1004), [1002], [1001, 1002, 1003]),
        (range(5, 6), [], [5]),
        (range(100), list(range(100)), [0, 12, 24, 49, 74, 99]),
        (range(50, 60), [50, 55], [50, 51, 52, 55, 57, 59]),
    ],
)
def test_which_frames_a_preview_shows(frames: range, keyframes: list[int], chosen: list[int]) -> None:
    assert deliver.preview_frames(frames, keyframes) == chosen
