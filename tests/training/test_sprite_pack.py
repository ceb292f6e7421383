# SPDX-License-Identifier: GPL-3.0-or-later
"""A pack of rendered sprites in a bank: its share, what is held out, other sizes, and files that are none."""

import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ftpvm.errors import DatasetError
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank


def disc(red: int, size: int) -> bytes:
    """A WebP of a disc exactly as opaque as 8 bits say."""
    bgra = np.zeros((size, size, 4), np.uint8)
    bgra[..., 2] = red
    cv2.circle(bgra, (size // 2, size // 2), size // 3, (0, 0, red, 255), -1)
    return cv2.imencode(".webp", bgra)[1].tobytes()


def write_pack(path: Path, count: int, size: int = 32) -> Path:
    """Discs that are red in proportion to their index."""
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            archive.writestr(f"{index:04d}-disc.webp", disc(10 * index, size))
    return path


def write_acts(path: Path, count: int, frames: int) -> Path:
    """Discs that grow redder from frame to frame, in no order."""
    with zipfile.ZipFile(path, "w") as archive:
        for frame in reversed(range(frames)):
            for index in range(count):
                archive.writestr(f"{index:04d}-disc-{frame:02d}.webp", disc(10 * index + 50 * frame, 32))
    return path


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
    bank = drawn.with_packs([write_acts(tmp_path / "acts.zip", 9, 3)])
    assert torch.equal(bank.sprites, drawn.sprites) and len(bank.acts) == 7
    assert [round(frame[0, 16, 16].item() / 10) for frame in bank.acts[1]] == [2, 7, 12]
    held_out = drawn.with_packs([tmp_path / "acts.zip"], held_out=True)
    assert [round(act[0, 0, 16, 16].item() / 10) for act in held_out.acts] == [0, 8]


def test_packs_of_both_kinds_go_together(pack: Path, tmp_path: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_packs([pack, write_acts(tmp_path / "acts.zip", 9, 2)], 0.4)
    assert reds(bank)[12:] == [1, 2, 3, 4, 5, 6, 7, 9] and len(bank.acts) == 7


def test_clips_show_an_act_from_end_to_end(tmp_path: Path, drawn: SpriteBank) -> None:
    """Nearly all of the wanted objects are discs here: over a clip some get redder, and all shapes stay."""
    bank = replace(drawn.with_packs([write_acts(tmp_path / "acts.zip", 9, 3)]), sprites=drawn.sprites[:1])
    spec = ClipSpec(clips=16, frames=8, memories=1, height=48, width=48, far=30, absent=0)
    clips = ClipGenerator(bank)(0, spec)
    still = ClipGenerator(replace(bank, acts=tuple(act[:1] for act in bank.acts)))(0, spec)
    assert torch.equal(clips.alphas, still.alphas) and not torch.equal(clips.images, still.images)
