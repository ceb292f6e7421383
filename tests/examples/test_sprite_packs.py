# SPDX-License-Identifier: GPL-3.0-or-later
"""The packs in examples/sprites hold what their README says."""

from pathlib import Path

import pytest

from ftpvm.training.synthetic.sprite_pack import load_pack

SPRITES = Path(__file__).parents[2] / "examples" / "sprites"


@pytest.mark.parametrize(
    ("name", "count", "frames", "size"),
    [
        ("still", 210, 1, 320),
        ("moving-1", 23, 12, 256),
        ("moving-2", 24, 12, 256),
        ("moving-3", 24, 12, 256),
        ("moving-4", 24, 12, 256),
        ("moving-5", 24, 12, 256),
        ("moving-6", 24, 12, 256),
        ("moving-7", 10, 36, 256),
        ("moving-8", 6, 36, 256),
        ("cloth", 13, 12, 256),
        ("animals", 10, 12, 256),
    ],
)
def test_every_sprite_is_there_and_shows_something(name: str, count: int, frames: int, size: int) -> None:
    kept, held_out = (load_pack(SPRITES / f"{name}.zip", which) for which in (False, True))
    assert len(kept) + len(held_out) == count and len(held_out) == -(-count // 8)
    for sprite in (*kept, *held_out):
        assert [frame.shape for frame in sprite.frames] == [(size, size, 4)] * frames
        assert all(0.002 < (frame[..., 3] / 255).mean() < 0.95 for frame in sprite.frames)
