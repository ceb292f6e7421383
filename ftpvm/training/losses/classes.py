# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses on the three trimap classes, by the names that `--celoss_type` takes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .mean import weighted_mean

ALIKE, UNKNOWN_THRICE = (1.0, 1.0, 1.0), (1.0, 3.0, 1.0)

CELOSS_TYPES: dict[str, tuple[float, tuple[float, ...]]] = {  # gamma, and the weights of the classes
    "focal": (2, ALIKE),
    "focal_weight": (2, UNKNOWN_THRICE),
    "focal_gamma0.5": (0.5, ALIKE),
    "focal_gamma1": (1, ALIKE),
    "focal_gamma5": (5, ALIKE),
    "normal": (0, ALIKE),
    "normal_weight": (0, UNKNOWN_THRICE),
}


def trimap_classes(trimap: Tensor) -> Tensor:
    """0, 0.5, 1 -> class 0, 1, 2: (b, t, 1, h, w) -> the same shape, long."""
    return (trimap * 2).round().long()


def class_loss(logits: Tensor, trimap: Tensor, celoss_type: str = "focal") -> Tensor:
    """The loss of that name; KeyError for others."""
    gamma, weights = CELOSS_TYPES[celoss_type]
    return focal_loss(logits, trimap, gamma, weights)


def focal_loss(logits: Tensor, trimap: Tensor, gamma: float = 2, weights: tuple[float, ...] = ALIKE) -> Tensor:
    """Focal loss of Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, eq. 4 and 5.

    The mean of -(1 - p)^gamma log p, weighted by w_c: p is the softmax probability of a pixel's true class c.
    gamma 0 is cross-entropy.
    """
    classes = trimap_classes(trimap)
    log_p = F.log_softmax(logits.float(), dim=2).gather(2, classes)
    # At p = 1 a gamma below 1 would have an infinite slope.
    missing = (1 - log_p.exp()).clamp(min=1e-6)
    return weighted_mean(-(missing**gamma) * log_p, torch.tensor(weights, device=logits.device)[classes])
