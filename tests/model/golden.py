# SPDX-License-Identifier: GPL-3.0-or-later
"""The published rules that draw weights and inputs for the golden outputs."""

import zlib

import numpy as np
import torch
from numpy.random import PCG64, Generator
from torch import Tensor, nn

SEED = 330075


def golden_weights(network: nn.Module, seed: int = SEED) -> dict[str, Tensor]:
    """A full state dict, each array drawn from its own key."""
    return {key: torch.from_numpy(_draw(key, tensor, seed)) for key, tensor in network.state_dict().items()}


def _draw(key: str, tensor: Tensor, seed: int) -> np.ndarray:
    rng = Generator(PCG64(zlib.crc32(key.encode()) + seed))
    shape = tuple(tensor.shape)
    if key.endswith("num_batches_tracked"):
        values = np.zeros(shape)
    elif key.endswith("running_var"):
        values = 1 + 0.2 * rng.random(shape)
    elif key.endswith(("running_mean", "bias")):
        values = 0.1 * rng.standard_normal(shape)
    elif len(shape) == 1:
        values = 1 + 0.1 * rng.standard_normal(shape)
    else:
        values = rng.standard_normal(shape) * np.sqrt(2 / max(1, np.prod(shape[1:])))
    return np.asarray(values, dtype=tensor.numpy().dtype)


def golden_inputs(seed: int, t: int, m: int, h: int = 64, w: int = 96) -> tuple[Tensor, Tensor, Tensor]:
    """Query (1, t, 3, h, w), memory (1, m, 3, h, w), memory trimaps (1, m, 1, h, w)."""
    rng = Generator(PCG64(seed))
    coarse = h // 16 + 2, w // 16 + 2
    images = _enlarge(rng.random((t + m, 3, *coarse)), h, w)
    soft = _enlarge(rng.random((m, 1, *coarse)), h, w)
    trimaps = torch.where(soft > 0.6, 1.0, torch.where(soft > 0.4, 0.5, 0.0))
    return images[None, :t], images[None, t:], trimaps[None]


def _enlarge(values: np.ndarray, h: int, w: int) -> Tensor:
    """Bilinear, each channel as an image of its own: torch rounds several channels at once differently."""
    channels = torch.from_numpy(values.astype(np.float32)).flatten(0, 1)[:, None]
    large = nn.functional.interpolate(channels, (h, w), mode="bilinear", align_corners=False)
    return large.unflatten(0, values.shape[:2]).squeeze(2)
