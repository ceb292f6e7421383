# SPDX-License-Identifier: GPL-3.0-or-later
"""Articulated figures: in one piece, in front of the right limbs, moving at the joints."""

import math
from random import Random

import pytest
import torch

from ftpvm.training.synthetic.layers import View
from ftpvm.training.synthetic.motion import Camera, Path, Sway
from ftpvm.training.synthetic.puppets import Cloth, Limb, Puppet, draw_puppet

STILL = Path(Sway(0), Sway(0), Sway(0), Sway(0))
CAMERA = Camera((Sway(0), Sway(0)), (Sway(0), Sway(0)), Sway(0), Sway(0), None)
WHITE = torch.full((3, 16, 16), 255, dtype=torch.uint8)


def view(times: list[float], size: int = 64) -> View:
    return View(CAMERA, torch.tensor(times), size, size, torch.device("cpu"))


def frame(puppet: Puppet, at: View) -> torch.Tensor:
    """(n, 4, h, w) over the whole frame."""
    window, drawn = puppet.draw(at)
    whole = torch.zeros(len(drawn), 4, at.height, at.width)
    window.of(whole).copy_(drawn)
    return whole


@pytest.mark.parametrize("seed", range(6))
def test_a_figure_is_solid_and_swings_its_limbs(seed: int) -> None:
    alpha = frame(draw_puppet(Random(seed), WHITE, STILL), view([0, 7, 19]))[:, 3]
    assert 0.05 < alpha.mean() < 0.6 and alpha.max() == 1
    assert (alpha.amax(0) - alpha.amin(0)).max() > 0.5
    # The trunk stays where it is while the limbs move.
    assert alpha.amin(0).max() == 1


def test_a_limb_ends_where_its_radius_says() -> None:
    bar = Limb(-1, 0, Sway(0), 0.5, (0.25, 0.25), 0, 0)
    alpha = frame(Puppet((bar,), (Cloth((1, 1, 1), 0, 0),), (0, 0), WHITE, STILL), view([0]))[0, 3]
    rows, columns = (alpha[:, 32] > 0.5).nonzero()[:, 0], (alpha[40] > 0.5).nonzero()[:, 0]
    # 32 px are one unit: from -0.25 to 0.75 downwards, from -0.25 to 0.25 across.
    assert (rows[0].item(), rows[-1].item()) == (24, 55)
    assert (columns[0].item(), columns[-1].item()) == (24, 39)


def test_a_figure_seen_from_the_side_is_as_narrow_as_its_limbs() -> None:
    bar = Limb(-1, 0, Sway(math.pi / 2), 0.5, (0.2, 0.2), 0, 0)
    # Straight on at time 0, a quarter turn later.
    turn = Sway(0, math.pi / 2, math.pi / 2)
    alpha = frame(Puppet((bar,), (Cloth((1, 1, 1), 0, 0),), (0, 0), WHITE, STILL, turn=turn), view([0, 1]))[:, 3]
    assert (alpha[:, 32] > 0.5).sum(1).tolist() == [28, 12]  # 0.5 + 2 * 0.2 and 2 * 0.2 units of 32 px


@pytest.mark.parametrize("depths", [(0, 1), (1, 0)])
def test_what_is_deeper_is_hidden_and_seen_from_behind(depths: tuple[int, int]) -> None:
    limbs = tuple(Limb(-1, 0, Sway(0.1 * i), 0.5, (0.2, 0.2), i, depth) for i, depth in enumerate(depths))
    red, blue = Cloth((1, 0, 0), 0, 0), Cloth((0, 0, 1), 0, 0)
    turn = Sway(0, math.pi, math.pi / 2)  # by half a circle from time 0 to 1
    colours = frame(Puppet(limbs, (red, blue), (0, 0), WHITE, STILL, turn=turn), view([0, 1]))[:, :3, 36, 32]
    from_front, from_behind = (colour.argmax().item() == 0 for colour in colours)
    assert from_front == (depths[0] > depths[1]) and from_behind != from_front


def test_what_lies_flat_has_another_pattern_on_its_other_side() -> None:
    trunk = Limb(-1, 0, Sway(math.pi / 2), 0.5, (0.25, 0.25), 0, 0)
    pattern = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(1)).mul(255).to(torch.uint8)
    turn = Sway(0, math.pi, math.pi / 2)
    front, behind = frame(Puppet((trunk,), (Cloth((1, 1, 1), 1, 0),), (0, 0), pattern, STILL, turn=turn), view([0, 1]))
    mirrored = behind.flip(-1)
    assert (front[3] - mirrored[3]).abs().max() < 0.05
    assert (front[:3] - mirrored[:3]).abs().mean() > 0.02


def test_a_figure_out_of_the_frame_draws_nothing() -> None:
    away = Path(Sway(9), Sway(0), Sway(-2), Sway(0), reach=(8, 8))
    window, _ = draw_puppet(Random(1), WHITE, away).draw(view([0, 1]))
    assert window.is_empty()
