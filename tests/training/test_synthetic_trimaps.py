# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps from alpha as published, and the ones an artist might draw."""

from random import Random

import torch

from ftpvm.training.synthetic.trimaps import drawn_trimap, trimap_from_alpha


def disc(size: int = 64, radius: float = 18) -> torch.Tensor:
    """(1, 1, size, size) with an antialiased edge."""
    y, x = torch.meshgrid(torch.arange(size) - size / 2, torch.arange(size) - size / 2, indexing="ij")
    return (radius - torch.hypot(x, y) + 0.5).clamp(0, 1)[None, None]


def test_the_unknown_zone_grows_by_half_the_kernel_to_both_sides() -> None:
    alpha = torch.zeros(1, 1, 9, 20)
    alpha[..., 10:] = 1
    row = trimap_from_alpha(alpha, 5)[0, 0, 4]
    assert row.tolist() == [0.0] * 8 + [0.5] * 4 + [1.0] * 8


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
    """And both axes count: of a full frame all is foreground, of a dot outside a corner only a square is unknown."""
    alpha = torch.ones(1, 1, 9, 12)
    assert trimap_from_alpha(alpha, 7).min() == 1
    alpha[..., 0, 0] = 0.5
    expected = torch.ones(9, 12)
    expected[:4, :4] = 0.5
    assert torch.equal(trimap_from_alpha(alpha, 7)[0, 0], expected)
