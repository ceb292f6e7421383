# SPDX-License-Identifier: GPL-3.0-or-later
"""Light, colour, focus and grain. Layers are (n, h, w, 4) float32: RGB multiplied by alpha, then alpha."""

import cv2
import numpy as np
from numpy.random import Generator

from .easing import eased

LUMA = np.array([0.299, 0.587, 0.114])
_TO_YIQ = np.array([LUMA, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def over(front: np.ndarray, back: np.ndarray) -> np.ndarray:
    """`front` composed over `back`: F + (1 - alpha) B, alpha like colour."""
    return np.asarray(front + (1 - front[..., 3:]) * back)


def colour_jitter(rng: Generator, layer: np.ndarray) -> np.ndarray:
    """Brightness, contrast, saturation and hue that drift along an easing curve."""
    drawn = rng.normal(0, 0.1, (2, 4))
    drift = eased(rng, drawn[0], drawn[0] + rng.uniform(0, 0.2) * (drawn[1] - drawn[0]), len(layer))
    gains = np.maximum(1 + drift[:, :3], 0.1)
    matrices = [_colour_matrix(gain, turn) for gain, turn in zip(gains, 0.2 * np.pi * drift[:, 3], strict=True)]
    offsets = [(1 - gain[1]) * _mean_luma(frame) for gain, frame in zip(gains, layer, strict=True)]
    return recoloured(layer, np.stack(matrices), np.array(offsets))


def grey(layer: np.ndarray) -> np.ndarray:
    """Without colour."""
    return recoloured(layer, np.tile(LUMA, (len(layer), 3, 1)), np.zeros(len(layer)))


def recoloured(layer: np.ndarray, matrices: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Colour c of frame i becomes matrices[i] c + offsets[i], within [0, 1]; alpha stays."""
    alpha = layer[..., 3:]
    colour = np.einsum("nhwc,ndc->nhwd", layer[..., :3], matrices.astype(np.float32), optimize=True)
    colour += alpha * offsets[:, None, None, None].astype(np.float32)
    return np.concatenate([np.clip(colour, 0, alpha), alpha], axis=-1)


def blur(rng: Generator, layers: list[np.ndarray]) -> list[np.ndarray]:
    """The same defocus on all layers, its strength changing along an easing curve: up to 10 px sigma at 480 px."""
    largest = layers[0].shape[1] / 48
    start, end = rng.uniform(0, largest, (2, 1))
    sigmas = eased(rng, start, end, len(layers[0]))[:, 0]
    # Edges repeat, or what is whole would grow dark at the picture's border.
    return [np.stack([_blurred(frame, sigma) for frame, sigma in zip(layer, sigmas, strict=True)]) for layer in layers]


def sharpness(rng: Generator, images: np.ndarray) -> np.ndarray:
    """Images (n, h, w, 3), from slightly softened to strongly sharpened as a camera would."""
    amount = rng.uniform(0, 8)
    smooth = np.stack([_blurred(image, 0.6) for image in images])
    return np.asarray(np.clip(smooth + np.float32(amount) * (images - smooth), 0, 1))


def grain(rng: Generator, images: np.ndarray) -> np.ndarray:
    """Images (n, h, w, 3) with noise in grains of 1 to 4 px, in colour or without."""
    frames, height, width, _ = images.shape
    size, channels = rng.uniform(1, 4), 1 if rng.random() < 0.5 else 3
    strength = rng.uniform(0, 0.2) / size
    coarse = rng.standard_normal((frames, round(height / size), round(width / size), channels), np.float32)
    noise = np.stack([cv2.resize(each, (width, height)).reshape(height, width, channels) for each in coarse])
    return np.asarray(np.clip(images + np.float32(strength) * noise, 0, 1))


def _colour_matrix(gains: np.ndarray, turn: float) -> np.ndarray:
    """Gains of brightness, contrast and saturation, and the hue turned in YIQ's chrominance plane, in radians."""
    brightness, contrast, saturation = gains
    cos, sin = saturation * np.cos(turn), saturation * np.sin(turn)
    chroma = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return np.asarray(brightness * contrast * np.linalg.inv(_TO_YIQ) @ chroma @ _TO_YIQ)


def _mean_luma(frame: np.ndarray) -> float:
    """Of one layer's frame (h, w, 4), what is transparent left out."""
    return float(frame[..., :3].mean((0, 1)) @ LUMA / max(float(frame[..., 3].mean()), 1e-4))


def _blurred(frame: np.ndarray, sigma: float) -> np.ndarray:
    if sigma < 0.1:
        return frame
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), float(sigma), borderType=cv2.BORDER_REPLICATE))
