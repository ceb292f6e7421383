# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline on a clip whose motion and alpha are known: a textured square that slides over another texture."""

import sys

import cv2
import numpy as np
import pytest
import torch

from ftpvm.errors import MissingDependencyError
from ftpvm.evaluation import baseline_mattes
from ftpvm.evaluation.baseline import carried_trimaps
from ftpvm.evaluation.closed_form import closed_form_matte
from ftpvm.media.source import Source, open_source
from ftpvm.propagation import Keyframe

WIDTH, HEIGHT, SIDE, SPEED = 128, 96, 48, 3
FRAMES = range(5)


def texture(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).random((HEIGHT // 4, WIDTH // 4, 3), np.float32)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)).clip(0, 1)


def square(number: int, margin: int = 0) -> tuple[slice, slice]:
    left = 24 + SPEED * number
    return slice(24 - margin, 24 + SIDE + margin), slice(left - margin, left + SIDE + margin)


def trimap(number: int) -> np.ndarray:
    levels = np.zeros((HEIGHT, WIDTH), np.float32)
    levels[square(number, 4)] = 0.5
    levels[square(number, -4)] = 1
    return levels


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("sliding")
    moving, still = texture(1) * (1, 0.6, 0.2), texture(2) * (0.2, 0.6, 1)
    for number in FRAMES:
        picture = still.copy()
        picture[square(number)] = moving[square(0)]
        cv2.imwrite(str(folder / f"f.{number:04d}.png"), (picture[..., ::-1] * 255).astype(np.uint8))
    return open_source(folder / "f.%04d.png")


def test_flow_carries_the_trimap_with_the_object(source: Source) -> None:
    carried = {number: levels for number, _, levels in carried_trimaps(source, [Keyframe(0, trimap(0))], FRAMES)}
    assert list(carried) == list(FRAMES)
    assert np.array_equal(carried[0], trimap(0))
    last = carried[4]
    inside = np.zeros(last.shape, bool)
    inside[square(4)] = True
    assert (last[inside] != 0).mean() > 0.98 and (last[~inside] != 1).mean() > 0.98
    assert (last == 1).sum() > 0.5 * (trimap(4) == 1).sum() and (last == 0).sum() > 0.8 * (trimap(4) == 0).sum()


def test_every_frame_hangs_on_its_nearest_keyframe(source: Source) -> None:
    nothing, all_of_it = np.zeros((HEIGHT, WIDTH), np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    keyframes = [Keyframe(4, all_of_it), Keyframe(1, nothing)]
    carried = [(number, levels.mean()) for number, _, levels in carried_trimaps(source, keyframes, FRAMES)]
    assert carried == [(1, 0), (2, 0), (0, 0), (4, 1), (3, 1)]


def test_closed_form_solves_a_blend_of_two_colours_exactly() -> None:
    alpha = np.linspace(-0.5, 1.5, 40).clip(0, 1)[None].repeat(12, axis=0)
    red, blue = np.array([0.9, 0.1, 0.1]), np.array([0.1, 0.2, 0.8])
    image = alpha[..., None] * red + (1 - alpha[..., None]) * blue
    known = np.full(alpha.shape, 0.5, np.float32)
    known[:, :6], known[:, -6:] = 0, 1
    assert np.abs(closed_form_matte(image, known) - alpha).max() < 0.01


def test_torch_keeps_its_number_of_threads() -> None:
    threads = torch.get_num_threads()
    levels = np.array([[0, 0.5, 1]] * 3, np.float32)
    closed_form_matte(np.zeros((3, 3, 3)) + 0.5, levels)
    assert torch.get_num_threads() == threads


def test_without_both_sides_known_there_is_nothing_to_solve() -> None:
    image, levels = np.zeros((4, 6, 3)), np.full((4, 6), 0.5, np.float32)
    levels[0] = 0
    assert closed_form_matte(image, levels).max() == 0
    assert closed_form_matte(image, 1 - levels).min() == 1


def test_the_matte_follows_the_object(source: Source) -> None:
    frames = {f.frame: f for f in baseline_mattes(source, [Keyframe(0, trimap(0))], range(3))}
    truth = np.zeros((HEIGHT, WIDTH))
    truth[square(2)] = 1
    assert np.abs(frames[2].matte - truth).mean() < 0.03
    assert np.all(frames[2].matte[frames[2].trimap == 1] == 1)


def test_without_pymatting_it_says_what_to_install(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "ftpvm\[foreground\]"'):
        next(baseline_mattes(source, [Keyframe(0, trimap(0))], FRAMES))
