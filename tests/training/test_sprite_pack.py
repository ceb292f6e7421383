# SPDX-License-Identifier: GPL-3.0-or-later
"""A pack of rendered sprites in a bank: its share, what is held out, other sizes, and files that are none."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ftpvm.errors import DatasetError
from ftpvm.training.synthetic import SpriteBank


def write_pack(path: Path, count: int, size: int = 32) -> Path:
    """Discs that are red in proportion to their index, each exactly as opaque as 8 bits say."""
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            bgra = np.zeros((size, size, 4), np.uint8)
            bgra[..., 2] = 10 * index
            cv2.circle(bgra, (size // 2, size // 2), size // 3, (0, 0, 10 * index, 255), -1)
            archive.writestr(f"{index:04d}-disc.webp", cv2.imencode(".webp", bgra)[1].tobytes())
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
    bank = drawn.with_pack(pack, 0.4)
    assert torch.equal(bank.sprites[:12], drawn.sprites[:12])
    assert reds(bank)[12:] == [1, 2, 3, 4, 5, 6, 7, 9]
    assert torch.equal(bank.backgrounds, drawn.backgrounds)


def test_held_out_sprites_are_the_other_ones(pack: Path, drawn: SpriteBank) -> None:
    training, held_out = drawn.with_pack(pack, 0.5), drawn.with_pack(pack, 0.15, held_out=True)
    assert set(reds(held_out)[17:]) == {0, 8, 16} and not {0, 8, 16} & set(reds(training)[10:])


def test_a_small_pack_comes_again_in_another_light(pack: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_pack(pack, 1.0)
    first, again = bank.sprites[2], bank.sprites[2 + 14]
    assert torch.equal(first[3], again[3].flip(-1)) and not torch.equal(first[:3], again[:3].flip(-1))


def test_sprites_take_the_banks_size_without_bleeding(tmp_path: Path, drawn: SpriteBank) -> None:
    bank = drawn.with_pack(write_pack(tmp_path / "large.zip", 12, 96), 0.3)
    disc = bank.sprites[-1]
    assert disc.shape == (4, 32, 32) and set(disc[3].unique().tolist()) >= {0, 255}
    edge = disc[0][(disc[3] > 60) & (disc[3] < 200)]
    assert len(edge) and (edge.int() - disc[0, 16, 16].int()).abs().max() <= 6


def test_no_share_leaves_the_bank_alone(pack: Path, drawn: SpriteBank) -> None:
    assert torch.equal(drawn.with_pack(pack, 0).sprites, drawn.sprites)


def test_what_is_no_pack_is_named(tmp_path: Path, drawn: SpriteBank) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    (tmp_path / "text.zip").write_text("no zip file")
    with zipfile.ZipFile(tmp_path / "broken.zip", "w") as archive:
        archive.writestr("0001-disc.webp", b"no image")
    for name in ("missing.zip", "other.zip", "text.zip", "broken.zip"):
        with pytest.raises(DatasetError, match=name):
            drawn.with_pack(tmp_path / name, 0.5)
    with pytest.raises(DatasetError, match="too few"):
        drawn.with_pack(write_pack(tmp_path / "one.zip", 1), 0.5)
