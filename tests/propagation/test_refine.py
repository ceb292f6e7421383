# SPDX-License-Identifier: GPL-3.0-or-later
"""Working below the frame's size moves nothing: edges stay within a tenth of a pixel."""

from pathlib import Path

import numpy as np
import pytest
import torch
from clips import write_still
from tiny_shots import a_network, a_propagator, mattes_of
from torch import Tensor

from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.source import open_source
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Keyframe, Settings, Shot
from ftpvm.propagation.refine import enlarge, grey, impose, shrink
from ftpvm.propagation.settings import working_size

# Both working sizes need padding to multiples of 16; the second size is odd, the third portrait.
CASES = [((150, 110), 100), ((333, 187), 130), ((187, 333), 130)]


def edge(size: tuple[int, int], at: float, axis: int) -> np.ndarray:
    """A matte (h, w): foreground up to the sub-pixel position `at` along x (axis 1) or y (axis 0)."""
    along = np.clip(at - np.arange(size[1 - axis], dtype=np.float32), 0, 1)
    return np.broadcast_to(along[:, None] if axis == 0 else along, size[::-1]).astype(np.float32).copy()


def pictured(matte: np.ndarray) -> np.ndarray:
    """An image (h, w, 3) whose red channel is the matte."""
    return np.stack([matte, np.full_like(matte, 0.3), np.full_like(matte, 0.6)], axis=2)


def bias(matte: np.ndarray, at: float, axis: int) -> float:
    """The largest distance in px of the edge in any row from where it belongs; the alpha of a row adds up to it."""
    return float(np.abs(matte.sum(axis=axis) - at).max())


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("size", "resolution"), CASES)
@pytest.mark.parametrize("share", [0.21, 0.5, 0.83])
def test_shrunk_and_enlarged_the_edge_stays(size: tuple[int, int], resolution: int, share: float, axis: int) -> None:
    at = size[1 - axis] * share
    matte = edge(size, at, axis)
    small = working_size(size, resolution)
    image = pictured(matte)
    full = enlarge(shrink(matte, small), grey(shrink(image, small)), grey(image))
    assert full.shape == matte.shape
    assert bias(full, at, axis) < 0.1


class RedIsTheMatte(FTPVM):
    """What the network sees, it gives back: the engine around it must not move it."""

    def encode_imgs_to_value(self, memory_imgs: Tensor, memory_trimaps: Tensor, **_: object) -> tuple[Tensor, Tensor]:
        return memory_imgs.mean((3, 4), keepdim=True), memory_imgs.mean((3, 4), keepdim=True).transpose(1, 2)

    def forward_with_memory(self, query_imgs: Tensor, *_: object, **__: object) -> list[object]:
        red, state = query_imgs[:, :, :1], torch.zeros(1)
        all_unknown = torch.tensor([-50.0, 0, -50])[:, None, None].expand_as(query_imgs)
        return [all_unknown, red, red, [[state, state], [state, state]]]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("size", "resolution"), CASES)
def test_on_the_whole_way_from_file_to_file_the_edge_stays(
    tmp_path: Path, size: tuple[int, int], resolution: int, axis: int
) -> None:
    ends = {number: size[1 - axis] * share for number, share in enumerate([0.3, 0.47, 0.61, 0.77])}
    for number, at in ends.items():
        image = (pictured(edge(size, at, axis)) * 65535).round().astype(np.uint16)
        write_still(tmp_path / f"edge.{number}.png", image, "uint16")
    unknown = np.full(size[::-1], 0.5, np.float32)
    shot = Shot(
        open_source(tmp_path / "edge.#.png"), [Keyframe(0, unknown), Keyframe(3, unknown)], range(4),
        MatteSequence(tmp_path / "out", "m"), Settings(resolution=resolution),
    )  # fmt: skip
    assert a_propagator(a_network(RedIsTheMatte)).run(shot).resolution == resolution
    assert all(bias(matte, ends[number], axis) < 0.1 for number, matte in mattes_of(shot).items())


def test_shrinking_skips_no_pixel() -> None:
    stripes = np.tile(np.float32([[0, 1]]), (40, 30))
    assert shrink(stripes, (30, 20)) == pytest.approx(0.5)


def test_at_its_own_size_nothing_is_touched() -> None:
    matte = np.random.default_rng(0).random((11, 13), np.float32)
    image = pictured(matte)
    assert shrink(image, (13, 11)) is image
    assert enlarge(matte, grey(image), grey(image)) is matte


def test_black_clothes_at_the_border_keep_their_matte() -> None:
    black = np.zeros((90, 70, 3), np.float32)
    assert enlarge(np.ones((45, 35), np.float32), grey(shrink(black, (35, 45))), grey(black)).min() == 1


def test_the_enlarged_matte_stays_between_0_and_1() -> None:
    rng = np.random.default_rng(0)
    image, matte = rng.random((90, 70, 3), np.float32), rng.integers(0, 2, (45, 35)).astype(np.float32)
    full = enlarge(matte, grey(shrink(image, (35, 45))), grey(image))
    assert full.min() >= 0 and full.max() <= 1


def test_imposing_a_trimap() -> None:
    assert impose(np.array([0.2, 0.3, 0.4]), np.array([0, 0.5, 1])).tolist() == [0, 0.3, 1]


@pytest.mark.parametrize(
    ("size", "resolution", "working"),
    [((1920, 1080), 1024, (1024, 576)), ((1080, 1920), 1024, (576, 1024)), ((640, 480), 1024, (640, 480)),
     ((1921, 1079), 1000, (1000, 562)), ((4000, 2), 100, (100, 1))],
)  # fmt: skip
def test_working_sizes(size: tuple[int, int], resolution: int, working: tuple[int, int]) -> None:
    assert working_size(size, resolution) == working
