# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from alpha as published, and the ones an artist might draw."""

from random import Random

import numpy as np
import pytest
import torch

from ftpvm.training.synthetic.trimaps import drawn_trimap, trimap_from_alpha
from ftpvm.trimaps.bands import trimap_from_matte


def disc(size: int = 64, radius: float = 18) -> torch.Tensor:
    """(1, 1, size, size) with an antialiased edge."""
    y, x = torch.meshgrid(torch.arange(size) - size / 2, torch.arange(size) - size / 2, indexing="ij")
    return (radius - torch.hypot(x, y) + 0.5).clamp(0, 1)[None, None]


@pytest.mark.parametrize("width", [1, 3, 9, 31])
def test_the_unknown_zone_grows_as_hosts_grow_theirs(width: int) -> None:
    """By half the kernel to both sides, in all directions."""
    alpha = torch.cat([disc(), disc(radius=25).flip(-1) * (torch.arange(64) > 20)])
    expected = [trimap_from_matte(matte, inner=width // 2, outer=width // 2) for matte in alpha[:, 0].numpy()]
    assert np.array_equal(trimap_from_alpha(alpha, width)[:, 0].numpy(), np.stack(expected))


def test_drawn_trimaps_are_of_several_kinds_and_roughly_right() -> None:
    alpha = disc()
    drawn = torch.cat([drawn_trimap(Random(seed), alpha, 5) for seed in range(60)])
    assert set(drawn.unique().tolist()) == {0.0, 0.5, 1.0}
    assert len({trimap.numpy().tobytes() for trimap in drawn}) > 15
    exact = (drawn == trimap_from_alpha(alpha, 5)).all(-1).all(-1).float().mean()
    assert 0.3 < exact < 0.7
    # The middle is never called background, a corner never foreground, and the edge is mostly unknown.
    assert drawn[:, 0, 32, 32].min() >= 0.5 and drawn[:, 0, 0, 0].max() <= 0.5
    assert (drawn[:, 0, 32, 50] == 0.5).float().mean() > 0.8


def test_an_empty_keyframe_stays_empty() -> None:
    empty = torch.zeros(2, 1, 48, 48)
    assert all(drawn_trimap(Random(seed), empty, 7).max() == 0 for seed in range(30))


def test_what_is_half_transparent_all_over_is_never_called_nothing_or_solid() -> None:
    for level in (0.3, 0.7):
        drawn = [drawn_trimap(Random(seed), disc() * level, 5) for seed in range(40)]
        assert all(trimap[0, 0, 28:36, 28:36].unique().tolist() == [0.5] for trimap in drawn)


def test_mistakes_at_one_border_don_t_appear_at_the_other() -> None:
    alpha = torch.zeros(1, 1, 40, 40)
    alpha[..., :10] = 1
    drawn = [drawn_trimap(Random(seed), alpha, 9) for seed in range(60)]
    assert max(float((trimap[..., 30:] == 1).float().mean()) for trimap in drawn) == 0


def test_the_frame_s_border_erodes_nothing() -> None:
    assert trimap_from_alpha(torch.ones(1, 1, 9, 12), 7).min() == 1
