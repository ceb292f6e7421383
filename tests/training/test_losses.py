# SPDX-License-Identifier: GPL-3.0-or-later
"""Every loss by name, on values worked out by hand."""

import argparse
import math

import pytest
import torch
from torch import Tensor

from ftpvm.cli import train_options
from ftpvm.training.default_recipe import DefaultRecipe
from ftpvm.training.losses import CELOSS_TYPES, TVLOSS_TYPES, class_loss, consistency_loss, matte_loss
from ftpvm.training.losses.matting import coherence_loss, laplacian_loss
from ftpvm.training.published import Published


def test_the_command_line_offers_every_loss() -> None:
    assert set(train_options.CELOSS_TYPES) == set(CELOSS_TYPES)
    assert set(train_options.TVLOSS_TYPES) == set(TVLOSS_TYPES)


def test_the_command_line_s_defaults_are_the_recipes() -> None:
    parser = argparse.ArgumentParser()
    train_options.add_options(parser)
    options = vars(parser.parse_args([]))
    for recipe in (Published(), DefaultRecipe()):
        assert train_options.ITERATIONS[recipe.name] == recipe.steps
        assert train_options.LEARNING_RATE[recipe.name] == recipe.lr
    assert options["pixels"] == DefaultRecipe().pixels
    shared = options.keys() & vars(Published()).keys() - {"steps", "lr"}  # those differ by recipe, so None there
    assert {name: options[name] for name in shared} == {name: getattr(Published(), name) for name in shared}
    assert len(shared) >= 10


def logits_of(probabilities: list[list[float]]) -> Tensor:
    """One frame of one row; softmax gives these probabilities (pixels x classes)."""
    return torch.tensor(probabilities).log().T[None, None, :, None]


LN = math.log


@pytest.mark.parametrize(
    ("name", "unknown", "foreground"),
    [
        ("normal", LN(4), LN(2)),
        ("normal_weight", LN(4), LN(2)),
        ("focal", 9 / 16 * LN(4), LN(2) / 4),
        ("focal_weight", 9 / 16 * LN(4), LN(2) / 4),
        ("focal_gamma1", 3 / 4 * LN(4), LN(2) / 2),
        ("focal_gamma5", 243 / 1024 * LN(4), LN(2) / 32),
        ("focal_gamma0.5", math.sqrt(3) / 2 * LN(4), math.sqrt(0.5) * LN(2)),
    ],
)
def test_class_losses(name: str, unknown: float, foreground: float) -> None:
    """Two pixels: an unknown one found with p = 1/4, a foreground one with p = 1/2."""
    logits = logits_of([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]])
    trimap = torch.tensor([0.5, 1.0]).view(1, 1, 1, 1, 2)
    w = 3 if name.endswith("_weight") else 1
    assert class_loss(logits, trimap, name).item() == pytest.approx((w * unknown + foreground) / (w + 1), abs=1e-6)


@pytest.mark.parametrize("name", CELOSS_TYPES)
def test_class_losses_have_a_gradient_where_the_network_is_certain(name: str) -> None:
    logits = torch.tensor([200.0, 0, 0]).view(1, 1, 3, 1, 1).requires_grad_()
    loss = class_loss(logits, torch.zeros(1, 1, 1, 1, 1), name)
    loss.backward()
    assert loss.item() == 0 and logits.grad is not None and logits.grad.isfinite().all()


def two_frames(size: int = 5) -> tuple[Tensor, Tensor]:
    """Background everywhere, and found; in frame 2 the probabilities differ by 0.2, 0.3 and 0.1 in the middle."""
    p = torch.tensor([0.9, 0.4, 0.2]).view(1, 1, 3, 1, 1).repeat(1, 2, 1, size, size)
    p[0, 1, :, 2, 2] = torch.tensor([0.7, 0.1, 0.3])
    return torch.logit(p), torch.zeros(1, 2, 1, size, size)


@pytest.mark.parametrize(
    ("name", "in_the_middle"),
    [
        ("disabled", 0),
        ("temp_seg", 0.2),
        ("temp_seg_allclass", 0.2 + 0.3 + 0.1),
        ("temp_seg_allclass_mean", 0.6 / 3),
        ("temp_seg_allclass_weight", 0.5 * 0.2 + 0.25 * 0.4),
        ("temp_seg_allclass_weight_0.33", 0.33 * 0.2 + 0.335 * 0.4),
        ("temp_seg_allclass_weight_0.8", 0.8 * 0.2 + 0.1 * 0.4),
        ("temp_seg_allclass_weight_l2", 0.5 * 0.04 + 0.25 * (0.09 + 0.01)),
    ],
)
def test_consistency_in_time(name: str, in_the_middle: float) -> None:
    assert consistency_loss(*two_frames(), name).item() == pytest.approx(in_the_middle / 25, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("3d_seg", 0.2),
        ("3d_seg_allclass", 0.6),
        ("3d_seg_allclass_mean", 0.2),
        ("3d_seg_allclass_weight", 0.2),
    ],
)
def test_consistency_in_time_and_space(name: str, difference: float) -> None:
    """The odd pixel differs from one neighbour in time (of 25), and of 40 pairs down and 40 across from two each."""
    expected = difference * (1 / 25 + 2 / 40 + 2 / 40)
    assert consistency_loss(*two_frames(), name).item() == pytest.approx(expected, abs=1e-6)


def test_total_variation() -> None:
    """Means over all pairs and the three classes: 2 of 40 pairs differ down, 2 across, 1 of 25 in time."""
    logits, trimap = two_frames()
    space, time = 0.6 / 3 * (2 / 40 + 2 / 40), 0.6 / 3 / 25
    assert consistency_loss(logits, trimap, "2dtv").item() == pytest.approx(space, abs=1e-6)
    assert consistency_loss(logits, trimap, "3dtv").item() == pytest.approx(space + time, abs=1e-6)
    assert consistency_loss(logits, trimap, "2dtv+temp_seg").item() == pytest.approx(space + 0.2 / 25, abs=1e-6)


def test_consistency_counts_only_what_is_right_and_far_from_changes() -> None:
    logits, trimap = two_frames(7)
    everywhere = consistency_loss(logits, trimap, "temp_seg").item()
    assert everywhere == pytest.approx(0.2 / 49, abs=1e-6)
    near_change = trimap.clone()
    near_change[0, 1, 0, 3, 3] = 1  # 2 px from the odd pixel (2, 2): within two dilations by a cross
    assert consistency_loss(logits, near_change, "temp_seg").item() == pytest.approx(0, abs=1e-7)
    far_change = trimap.clone()
    far_change[0, 1, 0, 4, 3] = 1  # 3 px; 13 pixels around it don't count
    assert consistency_loss(logits, far_change, "temp_seg").item() == pytest.approx(0.2 / (49 - 13), abs=1e-6)
    assert consistency_loss(logits, trimap + 1, "temp_seg").item() == 0  # the foreground was found nowhere


@pytest.mark.parametrize("name", TVLOSS_TYPES)
def test_a_single_frame_has_a_consistency_too(name: str) -> None:
    logits, trimap = (x[:, :1] for x in two_frames())
    assert consistency_loss(logits, trimap, name).item() == 0


def test_laplacian() -> None:
    """A line one pixel wide. Blurred by [1 4 6 4 1]/16 and halved it is [1 6 1]/16, enlarged again
    [1/128 1/32 12/128 7/32 38/128 7/32 ...]; what is missing adds up to 45/32 a row of 16 pixels."""
    error = torch.zeros(1, 1, 1, 16, 16)
    error[..., 8] = 1
    assert laplacian_loss(error, levels=1).item() == pytest.approx(45 / 32 / 16, abs=1e-6)


def test_the_laplacian_weighs_a_level_twice_the_one_before() -> None:
    error = torch.zeros(1, 1, 1, 64, 64)
    error[..., 32] = 1
    half = torch.zeros(1, 1, 1, 32, 32)
    half[..., 15:18] = torch.tensor([1 / 16, 6 / 16, 1 / 16])
    second = laplacian_loss(error, levels=2) - laplacian_loss(error, levels=1)
    assert second.item() == pytest.approx(2 * laplacian_loss(half, levels=1).item(), abs=1e-6)


@pytest.mark.parametrize("size", [(16, 16), (15, 33), (1, 2)])
def test_the_laplacian_sees_no_constant_error(size: tuple[int, int]) -> None:
    assert laplacian_loss(torch.full((1, 2, 1, *size), 0.3)).item() == pytest.approx(0, abs=1e-5)


def test_coherence() -> None:
    """The error grows by 0.1 and 0.3 in two pixels; where only the first counts, by 0.1."""
    error = torch.tensor([[0.0, 0.2], [0.1, 0.5]]).view(1, 2, 1, 1, 2)
    assert coherence_loss(error, torch.ones_like(error)).item() == pytest.approx((0.01 + 0.09) / 2)
    assert coherence_loss(error, torch.tensor([1.0, 0]).expand_as(error)).item() == pytest.approx(0.01)
    assert coherence_loss(error[:, :1], torch.ones(1, 1, 1, 1, 2)).item() == 0


def test_a_matte_loss_is_the_sum_of_its_terms() -> None:
    """An even error has no Laplacian: L1 0.2 everywhere, and in frame 2 0.1 more: L1 0.25, coherence 0.01."""
    true = torch.full((1, 2, 1, 32, 32), 0.5)
    predicted = true + torch.tensor([0.2, 0.3]).view(1, 2, 1, 1, 1)
    assert matte_loss(predicted, true).item() == pytest.approx(0.25 + 5 * 0.01, abs=1e-4)
    assert matte_loss(predicted, true, lambda_tc=2).item() == pytest.approx(0.25 + 2 * 0.01, abs=1e-4)


def test_a_masked_matte_loss_minds_its_zone_only() -> None:
    true, mask = torch.zeros(1, 1, 1, 16, 16), torch.zeros(1, 1, 1, 16, 16)
    mask[..., 8] = 1
    wrong_outside = 1 - mask
    assert matte_loss(wrong_outside, true, mask).item() == 0
    assert matte_loss(mask, true, mask, lambda_lap=0).item() == pytest.approx(1)
    with_laplacian = matte_loss(mask, true, mask) - matte_loss(mask, true, mask, lambda_lap=0)
    assert with_laplacian.item() == pytest.approx(laplacian_loss(mask).item(), abs=1e-6)
    assert matte_loss(mask, true, torch.zeros_like(mask)).item() == 0
