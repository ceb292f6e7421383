# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pass each step runs, at which learning rate."""

import math

import pytest
import torch

from ftpvm.training.clip import Clip
from ftpvm.training.default_recipe import CONSISTENCY, DefaultRecipe
from ftpvm.training.published import Pass, Published


def test_the_published_schedule_of_the_first_command() -> None:
    plan = Published()
    changes = [s for s in range(1, plan.steps) if plan.pass_at(s) != plan.pass_at(s - 1)]
    assert changes == [10_000, 30_000, 40_000, 60_000, 70_000, 90_000, 100_000]
    seen = {step: plan.pass_at(step) for step in (0, 10_000, 30_000, 40_000, 99_999, 100_000)}
    assert list(seen.values()) == [
        Pass.SEGMENTATION, Pass.IMAGE_MATTING, Pass.SEGMENTATION, Pass.VIDEO_MATTING, Pass.SEGMENTATION,
        Pass.VIDEO_MATTING,
    ]  # fmt: skip


def test_the_published_schedule_of_the_second_command_is_video_only() -> None:
    assert Published(seg_stop=-1, iter_switch_dataset=0).passes() == {Pass.VIDEO_MATTING}


def test_segmentation_may_start_late_and_stop_within_a_round() -> None:
    plan = Published(steps=9, seg_start=2, seg_iter=2, seg_cd=1, seg_stop=6)
    assert [step for step in range(9) if plan.is_segmentation_pass(step)] == [2, 3, 5]


def test_the_published_learning_rate() -> None:
    plan = Published()
    rates = {step: plan.learning_rate(step) for step in (0, 2499, 4999, 5000, 62_500, 120_000)}
    expected = [1e-4 / 5000, 0.5e-4, 1e-4, 1e-4, (1e-4 + 1e-7) / 2, 1e-7]
    assert list(rates.values()) == pytest.approx(expected, rel=1e-6)


def test_the_default_recipe_goes_from_easy_to_hard() -> None:
    recipe = DefaultRecipe(steps=1000)
    assert recipe.clips(0).far == 0 and recipe.is_segmentation_pass(0)
    late = [recipe.clips(step) for step in range(500, 600)]
    assert max(c.far for c in late) == 30 and {c.memories for c in late} == {1, 2}
    assert {recipe.is_segmentation_pass(step) for step in range(400, 500)} == {True, False}
    assert not any(recipe.is_segmentation_pass(step) for step in range(500, 600))
    assert recipe.clips(499).frames == 3 and {(c.frames, c.burn_in) for c in late} == set(recipe.lengths)
    long, short = ({c.at_keyframe for c in late if (c.frames > 3) == is_long} for is_long in (True, False))
    assert recipe.clips(499).at_keyframe == 0 < max(short) < min(long) < 1
    assert min(c.height * c.width for c in late if c.frames == 3) > max(h * w for h, w in recipe.shapes[:4])
    assert max(c.clips * (c.frames + c.burn_in / 3) * c.height * c.width for c in late) <= 1.5 * recipe.pixels
    recipe = DefaultRecipe(steps=10_000)
    rates = [recipe.learning_rate(step) for step in (0, recipe.warmup, 1400, 5000, 9999)]
    assert rates[0] < rates[1] == rates[2] > rates[3] > rates[4] > 0


def test_in_the_default_recipe_an_error_in_the_full_matte_teaches_the_classes() -> None:
    alpha = torch.ones(1, 1, 1, 32, 32)
    clip = Clip(torch.zeros(1, 1, 3, 32, 32), alpha, alpha, memories=0)
    logits = torch.zeros(1, 1, 3, 32, 32, requires_grad=True)
    boundary = torch.full_like(alpha, 0.5)
    losses = DefaultRecipe(steps=1000).losses([logits, boundary, torch.zeros_like(alpha)], clip, step=900)
    losses["matte"].backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    background, _, foreground = logits.grad.sum((0, 1, 3, 4))
    assert background > 0 > foreground


def test_the_default_recipe_weighs_the_unknown_class_thrice_until_halfway() -> None:
    """A pixel that is called background with p = 1/2 and is, and one that is unknown with p = 1/4."""
    trimap = torch.tensor([0, 0.5]).view(1, 1, 1, 1, 2)
    clip = Clip(torch.zeros(1, 1, 3, 1, 2), trimap, trimap, memories=0)
    logits = torch.tensor([0.5, 0.25, 0.25]).log().view(1, 1, 3, 1, 1).expand(-1, -1, -1, -1, 2)
    right, missed = math.log(2) / 2, 3 / 4 * math.log(4)
    recipe = DefaultRecipe(steps=100)
    seen = [float(recipe.losses([logits, trimap], clip, step)["trimap"]) for step in (49, 50)]
    assert seen == pytest.approx([(right + 3 * missed) / 4, (right + missed) / 2])


def test_in_the_default_recipe_flicker_of_the_classes_costs_from_halfway_on() -> None:
    """A background pixel whose probability of background goes from 1/3 to 3/5, and that of the others to 1/5 each."""
    trimap = torch.zeros(1, 2, 1, 1, 1)
    clip = Clip(torch.zeros(1, 2, 3, 1, 1), trimap, trimap, memories=0)
    logits = torch.tensor([[0.0, 0, 0], [math.log(3), 0, 0]]).view(1, 2, 3, 1, 1)
    recipe = DefaultRecipe(steps=100)
    early, late = (recipe.losses([logits, trimap], clip, step) for step in (49, 50))
    assert "consistency" not in early
    assert float(late["consistency"]) == pytest.approx(CONSISTENCY * (0.5 * 4 / 15 + 0.25 * 2 * 2 / 15))
