# SPDX-License-Identifier: GPL-3.0-or-later
"""Segmentation consistency: neighbouring pixels of one class should get one answer. By the names of `--tvloss_type`."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .classes import trimap_classes
from .mean import weighted_mean

TIME, SPACE, SPACE_TIME = (1,), (3, 4), (1, 3, 4)  # axes of (b, t, 3, h, w)
# Weights of the true class and of each other one.
TRUE_ONLY, ALL, MEAN, TRUE_TWICE = (1.0, 0.0), (1.0, 1.0), (1 / 3, 1 / 3), (0.5, 0.25)
CLEARANCE = 2  # px between a pixel that counts and one whose class changes


def total_variation(p: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Anisotropic total variation (Rudin, Osher & Fatemi 1992): sum over axes of the mean |p_i - p_i+1|."""
    steps = [p.diff(dim=axis).abs() for axis in axes if p.shape[axis] > 1]
    return torch.stack([p.new_zeros(()), *(step.mean() for step in steps)]).sum()


def segmentation_consistency(
    p: Tensor, classes: Tensor, axes: tuple[int, ...], weights: tuple[float, float], power: int = 1
) -> Tensor:
    """Huang & Lee, CVPR 2023 (FTP-VM): differences of the class probabilities between neighbours along some axes.

    For each axis, the mean over the pairs that count of sum_c w_c |p_c,i - p_c,i+1|^power. A pair counts where the
    most probable class is right in either pixel, and its own class doesn't change within 2 dilations by a 3x3 cross.

    Args:
        p: (b, t, 3, h, w) class probabilities in [0, 1]: sigmoids as published, softmax in the default recipe.
        classes: (b, t, 1, h, w) long, the true class.
        axes: of 1 time, 3 height, 4 width.
        weights: w_c of the true class, and of each other class.
    """
    right = p.argmax(2, keepdim=True) == classes
    every = torch.arange(3, device=p.device)[:, None, None]
    total = p.new_zeros(())
    for axis in axes:
        (before, after), (label, next_label), (here, there) = (_neighbours(x, axis) for x in (p, classes, right))
        counts = (here | there) & ~_widen(label != next_label)
        w = torch.where(every == label, *weights)
        total = total + weighted_mean((w * (before - after).abs() ** power).sum(2, keepdim=True), counts)
    return total


def _neighbours(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    n = x.shape[axis] - 1
    return x.narrow(axis, 0, n), x.narrow(axis, 1, n)


def _widen(mask: Tensor) -> Tensor:
    """Dilate (b, t, 1, h, w) by a 3x3 cross, CLEARANCE times."""
    cross = torch.tensor([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]], device=mask.device)[None, None]
    flat = mask.flatten(0, 1).float()
    for _ in range(CLEARANCE):
        flat = (F.conv2d(flat, cross, padding=1) > 0).float()
    return flat.view(mask.shape) > 0


def _along(axes: tuple[int, ...], weights: tuple[float, float], power: int = 1) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda p, classes: segmentation_consistency(p, classes, axes, weights, power)


def _true_share(share: float) -> tuple[float, float]:
    return share, (1 - share) / 2


TVLOSS_TYPES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "disabled": lambda p, _: p.new_zeros(()),
    "2dtv": lambda p, _: total_variation(p, SPACE),
    "3dtv": lambda p, _: total_variation(p, SPACE_TIME),
    "2dtv+temp_seg": lambda p, classes: total_variation(p, SPACE) + _along(TIME, TRUE_ONLY)(p, classes),
    "temp_seg": _along(TIME, TRUE_ONLY),
    "temp_seg_allclass": _along(TIME, ALL),
    "temp_seg_allclass_mean": _along(TIME, MEAN),
    "temp_seg_allclass_weight": _along(TIME, TRUE_TWICE),
    "temp_seg_allclass_weight_0.33": _along(TIME, _true_share(0.33)),
    "temp_seg_allclass_weight_0.8": _along(TIME, _true_share(0.8)),
    "temp_seg_allclass_weight_l2": _along(TIME, TRUE_TWICE, power=2),
    "3d_seg": _along(SPACE_TIME, TRUE_ONLY),
    "3d_seg_allclass": _along(SPACE_TIME, ALL),
    "3d_seg_allclass_mean": _along(SPACE_TIME, MEAN),
    "3d_seg_allclass_weight": _along(SPACE_TIME, TRUE_TWICE),
}


def consistency_loss(logits: Tensor, trimap: Tensor, tvloss_type: str = "temp_seg_allclass_weight") -> Tensor:
    """The loss of that name on sigmoid probabilities; KeyError for others."""
    return TVLOSS_TYPES[tvloss_type](torch.sigmoid(logits.float()), trimap_classes(trimap))
