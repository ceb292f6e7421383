# SPDX-License-Identifier: GPL-3.0-or-later
"""A pack of rendered sprites in a bank: its share, what is held out, other sizes, and files that are none."""

import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import torch
from packs import write_acts, write_pack

from ftpvm.errors import DatasetError
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank
from ftpvm.training.synthetic.layers import Picture, View
from ftpvm.training.synthetic.motion import Camera, Sway, to_and_fro
from ftpvm.training.synthetic.motion import Path as Path2d


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "sprites.zip", 17)


@pytest.fixture(scope="module")
def drawn() -> SpriteBank:
    return SpriteBank.draw(3, sprites=20, backgrounds=1, size=32)


def reds(bank: SpriteBank) -> list[int]:
    """The index of each sprite's disc, by its colour."""
    return [round(sprite[0, 16, 16].item() / 10) for sprite in bank.sprites]


def test_the_share_is_the_packs_and_the_rest_stays(pack: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([pack], 0.4)
    assert torch.equal(bank.sprites[:12], drawn.sprites[:12])
    assert reds(bank)[12:] == [1, 2, 3, 4, 5, 6, 7, 9]
    assert torch.equal(bank.backgrounds, drawn.backgrounds)


def test_held_out_sprites_are_the_other_ones(pack: Path, drawn: SpriteBank) -> None:
    training, held_out = drawn.with_packs([pack], 0.5), drawn.with_packs([pack], 0.15, held_out=True)
    assert set(reds(held_out)[17:]) == {0, 8, 16} and not {0, 8, 16} & set(reds(training)[10:])


def test_a_small_pack_comes_again_in_another_light(pack: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([pack], 1.0)
    first, again = bank.sprites[2], bank.sprites[2 + 14]
    assert torch.equal(first[3], again[3].flip(-1)) and not torch.equal(first[:3], again[:3].flip(-1))


def test_sprites_take_the_banks_size_without_bleeding(tmp_path: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([write_pack(tmp_path / "large.zip", 12, 96)], 0.3)
    disc = bank.sprites[-1]
    assert disc.shape == (4, 32, 32) and set(disc[3].unique().tolist()) >= {0, 255}
    edge = disc[0][(disc[3] > 60) & (disc[3] < 200)]
    assert len(edge) and (edge.int() - disc[0, 16, 16].int()).abs().max() <= 6


def test_no_share_leaves_the_bank_alone(pack: Path, drawn: SpriteBank) -> None:
    assert torch.equal(drawn.with_packs([pack], 0).sprites, drawn.sprites)


def test_what_is_no_pack_is_named(tmp_path: Path, drawn: SpriteBank) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    (tmp_path / "text.zip").write_text("no zip file")
    with zipfile.ZipFile(tmp_path / "broken.zip", "w") as archive:
        archive.writestr("0001-disc.webp", b"no image")
    for name in ("missing.zip", "other.zip", "text.zip", "broken.zip"):
        with pytest.raises(DatasetError, match=name):
            drawn.with_packs([tmp_path / name], 0.5)
    with pytest.raises(DatasetError, match="too few"):
        drawn.with_packs([write_pack(tmp_path / "one.zip", 1)], 0.5)


def test_what_moves_in_a_pack_is_added_frame_after_frame(tmp_path: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([write_acts(tmp_path / "acts.zip", 9, 11, size=48)])
    assert torch.equal(bank.sprites, drawn.sprites) and len(bank.acts) == 7
    assert bank.kinds == ("disc",) * 7
    assert bank.acts[1].shape == (11, 4, 48, 48)  # in the pack's own size
    assert [round(frame[0, 24, 24].item() / 10) for frame in bank.acts[1]] == list(range(2, 13))
    held_out = drawn.with_packs([tmp_path / "acts.zip"], held_out=True)
    assert [round(act[0, 0, 24, 24].item() / 10) for act in held_out.acts] == [0, 8]
    assert len(bank.with_packs([tmp_path / "acts.zip"]).acts) == 14


def test_packs_of_both_kinds_go_together(pack: Path, tmp_path: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([pack, write_acts(tmp_path / "acts.zip", 9, 2)], 0.4)
    assert reds(bank)[12:] == [1, 2, 3, 4, 5, 6, 7, 9] and len(bank.acts) == 7


def test_an_act_is_shown_to_and_fro_from_end_to_end(tmp_path: Path, drawn: SpriteBank) -> None:
    (act, *_) = drawn.with_packs([write_acts(tmp_path / "acts.zip", 9, 3)]).acts
    still = Path2d(Sway(0), Sway(0), Sway(0), Sway(0))
    camera = Camera((Sway(0), Sway(0)), (Sway(0), Sway(0)), Sway(0), Sway(0), None)
    view = View(camera, torch.arange(120.0), 32, 32, torch.device("cpu"))
    _, frames = Picture(act, still, shown=to_and_fro(Random(0), 2)).draw(view)
    levels = (frames[:, 0, 16, 16] * 25.5).round().int().tolist()
    assert set(levels) == {1, 6, 11}
    assert all(abs(after - before) <= 5 for before, after in pairwise(levels))  # no jump from end to end


@pytest.fixture
def moving(tmp_path: Path, drawn: SpriteBank) -> SpriteBank:
    return drawn.with_packs([write_acts(tmp_path / "moving.zip", 9, 3)])


SPEC = ClipSpec(clips=8, frames=4, memories=1, height=48, width=48, far=30, absent=0)


def test_the_same_seed_gives_the_same_clips_with_acts_and_other_ones_without(moving: SpriteBank) -> None:
    clip, again = (ClipGenerator(moving)(0, SPEC) for _ in range(2))
    assert torch.equal(clip.images, again.images) and torch.equal(clip.trimaps, again.trimaps)
    assert not torch.equal(clip.images, ClipGenerator(replace(moving, acts=()))(0, SPEC).images)


def test_acts_move_in_clips(moving: SpriteBank) -> None:
    """With the acts frozen on their first frames, shapes (discs all) stay and colours don't."""
    frozen = replace(moving, acts=tuple(act[:1].expand_as(act) for act in moving.acts))
    clip, still = (ClipGenerator(bank)(0, SPEC) for bank in (moving, frozen))
    assert torch.equal(clip.alphas, still.alphas)
    differ = (clip.images - still.images).abs().amax((2, 3, 4))  # of each frame of each clip
    assert (differ.amax(1) - differ.amin(1) > 0.1).any()


def test_what_is_wanted_may_be_chosen_among_what_is_half_transparent(moving: SpriteBank) -> None:
    veil = torch.full((3, 4, 32, 32), 128, dtype=torch.uint8)
    bank = replace(moving, acts=(veil, *moving.acts), kinds=("cloth", *moving.kinds))
    densest = [ClipGenerator(bank)(0, replace(SPEC, sheer=share)).alphas.amax((1, 2, 3, 4)) for share in (0, 1)]
    assert densest[0].max() > 0.9 and densest[1].max() < 0.72


def test_what_is_half_transparent_is_denser_or_thinner_in_each_clip_but_full_stays_full(moving: SpriteBank) -> None:
    veil = torch.full((3, 4, 32, 32), 128, dtype=torch.uint8)
    hemmed = veil.clone()
    hemmed[..., 28:, :] = 255
    bank, sheer = replace(moving, kinds=("cloth",)), replace(SPEC, sheer=1)
    made = (ClipGenerator(replace(bank, acts=(act,)))(0, sheer) for act in (veil, hemmed))
    thin, full = (clip.alphas.amax((1, 2, 3, 4)) for clip in made)
    assert 0.2 < thin.min() < thin.max() - 0.2
    assert full.max() > 0.98
