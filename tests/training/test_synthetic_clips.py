# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural training clips: deterministic, consistent between colour, alpha and trimap, as their spec says."""

import pytest
import torch

from ftpvm.training.synthetic import Clip, ClipGenerator, ClipSpec, SpriteBank


@pytest.fixture(scope="module")
def clips() -> ClipGenerator:
    return ClipGenerator(SpriteBank.draw(3, sprites=12, backgrounds=4, size=64))


def test_a_bank_depends_on_its_seed_alone() -> None:
    first, again, other = (SpriteBank.draw(seed, sprites=3, backgrounds=2, size=48) for seed in (1, 1, 2))
    assert torch.equal(first.sprites, again.sprites) and torch.equal(first.backgrounds, again.backgrounds)
    assert not torch.equal(first.sprites, other.sprites)


def test_clips_depend_on_their_seed_alone(clips: ClipGenerator) -> None:
    spec = ClipSpec(clips=2, frames=3, memories=2, height=48, width=80)
    first, again, other = clips(7, spec), clips(7, spec), clips(8, spec)
    assert torch.equal(first.images, again.images) and torch.equal(first.trimaps, again.trimaps)
    assert not torch.equal(first.images, other.images)


def test_a_clip_has_the_shapes_and_ranges_it_promises(clips: ClipGenerator) -> None:
    clip = clips(1, ClipSpec(clips=3, frames=4, memories=2, height=48, width=80))
    images, alphas, trimaps = clip.query()
    assert images.shape == (3, 4, 3, 48, 80) and alphas.shape == trimaps.shape == (3, 4, 1, 48, 80)
    assert clip.memory()[0].shape == (3, 2, 3, 48, 80)
    for values in (clip.images, clip.alphas):
        assert values.min() >= 0 and values.max() <= 1 and values.isfinite().all()
    assert set(clip.trimaps.unique().tolist()) <= {0.0, 0.5, 1.0}


def test_trimaps_asked_of_the_network_never_contradict_alpha(clips: ClipGenerator) -> None:
    _, alphas, trimaps = clips(2, ClipSpec(clips=8, frames=3, memories=1, height=64, width=64, absent=0)).query()
    assert (trimaps == 1).any() and (trimaps == 0.5).any()
    assert alphas[trimaps == 1].min() > 0.995
    assert alphas[trimaps == 0].max() < 0.005


def test_far_zero_makes_the_memory_the_first_query_frame(clips: ClipGenerator) -> None:
    clip = clips(4, ClipSpec(clips=4, frames=2, memories=1, height=48, width=48, far=0))
    assert torch.allclose(clip.alphas[:, 0], clip.alphas[:, 1], atol=1e-6)
    # Only grain, drawn anew for each frame, tells the two pictures apart.
    assert (clip.images[:, 0] - clip.images[:, 1]).abs().mean() < 0.05


def test_an_absent_object_leaves_empty_trimaps_and_alphas(clips: ClipGenerator) -> None:
    clip: Clip = clips(5, ClipSpec(clips=4, frames=2, memories=1, height=48, width=48, absent=1))
    assert clip.alphas.max() == 0 and clip.trimaps.max() == 0
    assert clip.images.std() > 0.01
