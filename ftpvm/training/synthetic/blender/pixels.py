# SPDX-License-Identifier: GPL-3.0-or-later
"""From two renders, the picture and the matte, to a sprite with straight colour. Knows no Blender."""

import numpy as np


def straight_sprites(pictures: np.ndarray, alphas: np.ndarray, level: float) -> np.ndarray:
    """Sprites of one object (n, h, w, 4) uint8: straight sRGB and linear alpha, all in the same light.

    pictures: (n, h, w, 4) linear, premultiplied, denoised; their own alpha is grainy and goes unused.
    alphas: (n, h, w) in [0, 1], of many samples. level: the linear luminance that the object's bright parts get.
    """
    straight = np.stack([_straight(*one) for one in zip(pictures, alphas, strict=True)])
    luminance = straight @ np.array([0.2126, 0.7152, 0.0722])
    bright = np.percentile(luminance[alphas > 0.5], 92) if (alphas > 0.5).any() else 1.0
    rgb = srgb(_shoulder(straight * level / max(float(bright), 1e-4)))
    return np.asarray((np.concatenate([rgb, alphas[..., None].clip(0, 1)], -1) * 255).round(), np.uint8)


def _straight(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(h, w, 4) and (h, w) -> (h, w, 3), not premultiplied.

    Where alpha is small, dividing by it is noise: there the colour is the one around, weighted by coverage. What is
    solid keeps its own.
    """
    colour = np.maximum(picture[..., :3], 0)
    around = _blur(colour, 3.0) / (_blur(alpha[..., None], 3.0) + 1e-4)
    trust = 0.3 * (1 - alpha[..., None])
    return np.asarray((colour + trust * around) / (alpha[..., None] + trust))


def srgb(linear: np.ndarray) -> np.ndarray:
    """The sRGB curve; [0, 1] in and out."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _shoulder(linear: np.ndarray) -> np.ndarray:
    """Roll highlights off above 0.6 instead of clipping them."""
    over = np.maximum(linear - 0.6, 0)
    return np.minimum(linear, 0.6) + 0.4 * (1 - np.exp(-over / 0.4))


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur of (h, w, c), zero beyond the frame."""
    reach = int(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        image = np.apply_along_axis(lambda line: np.convolve(line, kernel)[reach:-reach], axis, image)
    return image
