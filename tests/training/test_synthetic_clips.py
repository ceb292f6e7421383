# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural training clips: deterministic, consistent between colour, alpha and trimap, as their spec says."""

import math
from dataclasses import replace

import pytest
import torch

from ftpvm.training.synthetic import Clip, ClipGenerator, ClipSpec, SpriteBank
from ftpvm.training.synthetic.layers import Picture, Surface, View
from ftpvm.training.synthetic.motion import Camera, Path, Sway

STILL = Path(Sway(0), Sway(0), Sway(0), Sway(0))


@pytest.fixture(scope="module")
def clips() -> ClipGenerator:
    return ClipGenerator(SpriteBank.draw(3, sprites=12, backgrounds=4, size=64))


@pytest.fixture(scope="module")
def many(clips: ClipGenerator) -> Clip:
    """Enough small clips to meet everything that happens now and then."""
    return clips(13, ClipSpec(clips=150, frames=3, memories=1, height=48, width=64, far=20, absent=0))


def test_a_bank_depends_on_its_seed_alone() -> None:
    first, again, other = (SpriteBank.draw(seed, sprites=3, backgrounds=2, size=48) for seed in (1, 1, 2))
    assert torch.equal(first.sprites, again.sprites) and torch.equal(first.backgrounds, again.backgrounds)
    assert not torch.equal(first.sprites, other.sprites)


def test_things_stand_about_on_a_share_of_the_backgrounds() -> None:
    bank = SpriteBank.draw(1, sprites=6, backgrounds=4, size=48)
    first, again, other = (bank.cluttered(seed, 0.5) for seed in (1, 1, 2))
    assert torch.equal(first.backgrounds, again.backgrounds) and not torch.equal(first.backgrounds, other.backgrounds)
    assert torch.equal(first.backgrounds[2:], bank.backgrounds[2:]) and torch.equal(first.sprites, bank.sprites)
    covered = (first.backgrounds[:2] != bank.backgrounds[:2]).any(1).float().mean((1, 2))
    assert covered.min() > 0.02 and covered.max() < 0.98


def test_clips_depend_on_their_seed_alone(clips: ClipGenerator) -> None:
    spec = ClipSpec(clips=6, frames=3, memories=2, height=48, width=80)
    first, again, other = clips(7, spec), clips(7, spec), clips(8, spec)
    assert torch.equal(first.images, again.images) and torch.equal(first.trimaps, again.trimaps)
    assert not torch.equal(first.images, other.images)


def test_a_clip_is_the_same_in_a_smaller_batch(clips: ClipGenerator) -> None:
    three, one = (clips(9, ClipSpec(count, 2, 1, 48, 48)) for count in (3, 1))
    assert torch.equal(three.images[:1], one.images) and torch.equal(three.alphas[:1], one.alphas)


def test_clips_have_the_shapes_and_ranges_they_promise(clips: ClipGenerator) -> None:
    clip = clips(1, ClipSpec(clips=3, frames=4, memories=2, height=44, width=76))
    images, alphas, trimaps = clip.query()
    assert images.shape == (3, 4, 3, 44, 76) and alphas.shape == trimaps.shape == (3, 4, 1, 44, 76)
    assert clip.memory()[0].shape == (3, 2, 3, 44, 76)


def test_values_stay_in_range_whatever_happens(many: Clip) -> None:
    for values in (many.images, many.alphas):
        assert values.min() >= 0 and values.max() <= 1 and values.isfinite().all()
    assert set(many.trimaps.unique().tolist()) == {0.0, 0.5, 1.0}


def test_trimaps_asked_of_the_network_never_contradict_alpha(many: Clip) -> None:
    _, alphas, trimaps = many.query()
    assert alphas[trimaps == 1].min() > 0.995
    assert alphas[trimaps == 0].max() < 0.005


def test_keyframes_are_now_and_then_drawn_carelessly_but_never_upside_down(many: Clip) -> None:
    alphas, trimaps = many.alphas[:, :1], many.memory()[1]
    wrong = ((alphas - trimaps).abs() * (trimaps != 0.5)).mean((1, 2, 3, 4))
    careless = (wrong > 1e-3).float().mean()
    assert 0.02 < careless < 0.5
    assert wrong.max() < 0.1


def test_objects_are_small_and_large_slow_and_fast(many: Clip) -> None:
    _, alphas, _ = many.query()
    area = alphas.mean((2, 3, 4))
    shown = area.amin(1) > 0.004
    moved = ((alphas[:, 1] - alphas[:, 0]).abs().mean((1, 2, 3)) / area[:, 0])[shown]
    assert area[shown].min() < 0.03 and area[shown].max() > 0.25
    assert moved.min() < 0.1 and moved.max() > 0.8


def test_objects_leave_and_return(clips: ClipGenerator) -> None:
    long = clips(12, ClipSpec(clips=12, frames=24, memories=1, height=32, width=32, far=4, absent=0))
    shown = long.query()[1].amax((2, 3, 4)) > 0.5
    leaves = (shown[:, :-1] & ~shown[:, 1:]).any(1)
    comes = (~shown[:, :-1] & shown[:, 1:]).any(1)
    assert leaves.any() and comes.any() and shown.all(1).any()


def test_what_the_memory_never_shows_is_not_asked_for(many: Clip) -> None:
    unseen = many.alphas[:, 0].amax((1, 2, 3)) == 0
    assert 0 < unseen.sum() < 0.25 * len(unseen)
    assert many.alphas[unseen].max() == 0


def test_far_zero_makes_the_memory_the_first_query_frame(clips: ClipGenerator) -> None:
    clip = clips(4, ClipSpec(clips=8, frames=2, memories=1, height=48, width=48, far=0))
    assert torch.allclose(clip.alphas[:, 0], clip.alphas[:, 1], atol=1e-6)
    # Only grain, drawn anew for each frame, tells the two pictures apart.
    assert (clip.images[:, 0] - clip.images[:, 1]).abs().mean() < 0.05


def test_a_shot_from_its_keyframe_begins_where_the_first_memory_is(clips: ClipGenerator) -> None:
    clip = clips(4, ClipSpec(clips=8, frames=2, memories=2, height=48, width=48, far=20, absent=0, at_keyframe=1))
    near, far = ((clip.alphas[:, i] - clip.alphas[:, 2]).abs().amax((1, 2, 3)) for i in (0, 1))
    assert near.max() < 1e-5 and far.max() > 0.5


def test_its_second_memory_lies_past_its_end(clips: ClipGenerator) -> None:
    """So it resembles the last frame more than the first."""
    spec = ClipSpec(clips=16, frames=8, memories=2, height=48, width=48, far=0, absent=0, at_keyframe=1)
    alphas = clips(6, spec).alphas
    first, last = ((alphas[:, 1] - alphas[:, i]).abs().mean() for i in (2, -1))
    assert 0 < last < 0.8 * first


def test_what_is_half_transparent_is_brighter_the_steeper_the_tone_curve() -> None:
    """White on black: the mean of display values, of their squares, of their cubes."""
    veil = torch.tensor([255, 255, 255, 128], dtype=torch.uint8).view(4, 1, 1).expand(4, 32, 32)
    for contrast, expected in ((1, 0.5), (2, 0.5 ** (1 / 2)), (3, 0.5 ** (1 / 3))):
        view = replace(a_view(torch.zeros(1)), contrast=contrast)
        _, drawn = Picture(veil, STILL).draw(view)
        assert view.display(drawn[0, :3, 16, 16]).tolist() == pytest.approx([expected] * 3, abs=0.01)
        assert float(drawn[0, 3, 16, 16]) == pytest.approx(0.5, abs=0.01)


def a_view(times: torch.Tensor) -> View:
    camera = Camera((Sway(0), Sway(0)), (Sway(0), Sway(0)), Sway(0), Sway(0), None)
    return View(camera, times, 32, 32, torch.device("cpu"))


def test_a_surface_moves_in_the_colour_alone() -> None:
    """White on the left, black on the right, moved by one half extent from time 0 to 1."""
    sprite = torch.full((4, 32, 32), 128, dtype=torch.uint8)
    pattern = torch.zeros(3, 32, 32, dtype=torch.uint8)
    pattern[..., :16] = 255
    quarter, view = math.pi / 2, a_view(torch.tensor([0.0, 1.0]))
    _, drawn = Picture(sprite, STILL, surface=Surface(pattern, Sway(0, 1, quarter))).draw(view)
    assert torch.equal(drawn[0, 3], drawn[1, 3])
    red = drawn[:, 0, 16]
    assert red[0, 4] > 2 * red[0, 28]  # light on the left, dark on the right
    assert float(red[1, 4]) == pytest.approx(float(red[0, 20]), abs=0.01)  # what was in the middle is at the left edge


def test_an_absent_object_leaves_empty_trimaps_and_alphas(clips: ClipGenerator) -> None:
    clip = clips(5, ClipSpec(clips=8, frames=2, memories=1, height=48, width=48, absent=1))
    assert clip.alphas.max() == 0 and clip.trimaps.max() == 0
    assert clip.images.std() > 0.01


def test_moving_alpha_is_the_mean_over_the_open_shutter(many: Clip) -> None:
    """A blurred edge is soft in alpha too: some clips have many partly covered pixels, some hardly any."""
    alphas = many.query()[1]
    soft = ((alphas > 0.05) & (alphas < 0.95)).float().mean((1, 2, 3, 4)) / alphas.mean((1, 2, 3, 4)).clamp(min=0.01)
    assert soft.max() > 0.5 and (soft < 0.15).any()
