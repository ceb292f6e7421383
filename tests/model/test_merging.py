# SPDX-License-Identifier: GPL-3.0-or-later
"""From class logits and a boundary matte to the full matte."""

import pytest
import torch
from torch import Tensor

from ftpvm.model.merging import merge_mattes, merge_softly


def pixels(*probabilities: tuple[float, float, float]) -> Tensor:
    """One row of pixels, (1, 1, 3, 1, n): background, unknown and foreground."""
    return torch.tensor(probabilities).log().T[None, None, :, None]


def boundary_of(logits: Tensor, value: float = 0.3) -> Tensor:
    return torch.full_like(logits[:, :, :1], value)


def test_merging_follows_the_most_likely_class() -> None:
    logits = pixels((0.5, 0.3, 0.2), (0.2, 0.5, 0.3), (0.3, 0.2, 0.5))
    assert torch.equal(merge_mattes(logits, boundary_of(logits)).flatten(), torch.tensor([0, 0.3, 1]))


def test_where_the_classes_are_sure_both_ways_to_merge_agree_exactly() -> None:
    sure = 3 * torch.eye(3)[torch.randint(3, (1, 2, 6, 8))].movedim(-1, 2)
    boundary = torch.rand(1, 2, 1, 6, 8)
    assert torch.equal(merge_softly(sure, boundary), merge_mattes(sure, boundary))


def test_undecided_it_gives_the_expected_matte() -> None:
    logits, p = pixels((0.5, 0.3, 0.2), (0.1, 0.7, 0.2)), torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]])
    expected = p[:, 1] * 0.3 + p[:, 2]
    matte = merge_softly(logits, boundary_of(logits), decisiveness=1)
    torch.testing.assert_close(matte.flatten(), expected, atol=0.015, rtol=0)


def test_two_classes_that_outweigh_the_background_keep_the_object() -> None:
    logits = pixels((0.4, 0.3, 0.3), (0.6, 0.2, 0.2))
    kept, lost = merge_softly(logits, torch.ones(1, 1, 1, 1, 2)).flatten()
    assert merge_mattes(logits, torch.ones(1, 1, 1, 1, 2)).flatten().tolist() == [0, 0]
    assert kept > 0.85 and lost < 0.15


def test_a_little_doubt_moves_the_matte_a_little() -> None:
    share = torch.linspace(0.3, 0.7, 81)
    logits = pixels(*((1 - p, p / 2, p / 2) for p in share.tolist()))
    soft = merge_softly(logits, boundary_of(logits)).flatten()
    assert (soft.diff() > 0).all() and soft.diff().max() < 0.02
    assert merge_mattes(logits, boundary_of(logits)).diff().abs().max() > 0.2


@pytest.mark.parametrize("extreme", [-1e4, 1e4])
def test_extreme_logits_give_no_nan_and_no_nan_slope(extreme: float) -> None:
    logits = torch.tensor([extreme, 0, -extreme]).view(1, 1, 3, 1, 1).requires_grad_()
    matte = merge_softly(logits, boundary_of(logits.detach()))
    matte.sum().backward()  # type: ignore[no-untyped-call]
    assert matte.item() == (1 if extreme < 0 else 0)
    assert logits.grad is not None and logits.grad.isfinite().all()


def test_an_error_in_the_matte_teaches_the_classes() -> None:
    logits = pixels((0.5, 0.3, 0.2)).requires_grad_()
    (1 - merge_softly(logits, boundary_of(logits.detach()))).sum().backward()
    assert logits.grad is not None
    background, _, foreground = logits.grad.flatten()
    assert background > 0 > foreground
