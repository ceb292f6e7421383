# SPDX-License-Identifier: GPL-3.0-or-later
"""A rendered sprite's pixels: straight colour and alpha from a premultiplied picture and a matte."""

import numpy as np

from ftpvm.training.synthetic.blender.pixels import srgb, straight_sprites


def straight_sprite(picture: np.ndarray, alpha: np.ndarray, level: float) -> np.ndarray:
    return straight_sprites(picture[None], alpha[None], level)[0]


def soft_disc(size: int = 48) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.clip((0.7 - np.hypot(x, y)) * 4, 0, 1).astype(np.float32)


def picture(colour: tuple[float, float, float], coverage: np.ndarray) -> np.ndarray:
    return np.dstack([coverage[..., None] * np.float32(colour), coverage])


def test_colour_is_straight_up_to_the_faintest_edge() -> None:
    alpha = soft_disc()
    sprite = straight_sprite(picture((0.2, 0.1, 0.05), alpha), alpha, level=0.4)
    seen = sprite[sprite[..., 3] > 12][:, :3].astype(int)
    assert np.ptp(seen, axis=0).max() <= 2
    assert np.array_equal(sprite[..., 3], (alpha * 255).round())


def test_the_bright_parts_get_the_asked_level_whatever_the_lamps_gave() -> None:
    alpha = np.ones((32, 32), np.float32)
    for lamps in (0.01, 1.0, 30.0):
        sprite = straight_sprite(picture((lamps,) * 3, alpha), alpha, level=0.5)
        assert abs(int(sprite[16, 16, 0]) - 255 * srgb(np.array(0.5))) <= 1


def test_a_grainy_picture_does_not_make_coloured_specks_in_faint_alpha() -> None:
    rng, alpha = np.random.default_rng(0), soft_disc() * 0.3 + 0.02
    grainy = rng.binomial(16, alpha) / 16
    sprite = straight_sprite(picture((0.3, 0.3, 0.3), grainy), alpha.astype(np.float32), level=0.3)
    assert (sprite[..., :3].max(-1).astype(int) - sprite[..., :3].min(-1)).max() <= 1
    assert sprite[..., 0].astype(int).std() < 0.25 * sprite[..., 0].mean()


def test_what_is_solid_stays_as_sharp_as_it_was_rendered() -> None:
    alpha, stripes = np.ones((32, 32), np.float32), np.zeros((32, 32, 4), np.float32)
    stripes[:, ::2, :3] = 0.5
    row = straight_sprite(stripes, alpha, level=0.5)[16, :, 0]
    assert row[::2].min() > 180 and row[1::2].max() == 0


def test_nothing_at_all_is_no_error() -> None:
    assert not straight_sprite(np.zeros((16, 16, 4)), np.zeros((16, 16)), 0.5)[..., 3].any()


def test_pictures_of_one_object_are_in_the_same_light() -> None:
    """The second is taken in the shade: it stays as much darker as it was, and the first gets the level."""
    alpha = np.ones((32, 32), np.float32)
    pictures = np.stack([picture((4.0,) * 3, alpha), picture((1.0,) * 3, alpha)])
    lit, shaded = straight_sprites(pictures, np.stack([alpha, alpha]), level=0.4)[:, 16, 16, 0].tolist()
    assert abs(lit - 255 * srgb(np.array(0.4))) <= 1 and abs(shaded - 255 * srgb(np.array(0.1))) <= 1
