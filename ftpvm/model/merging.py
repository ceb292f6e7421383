# SPDX-License-Identifier: GPL-3.0-or-later
"""From the trimap classes and the boundary matte to the full matte: as published, and without its leaps."""

import torch
from torch import Tensor

BACKGROUND, UNKNOWN, FOREGROUND = 0, 1, 2
DECISIVENESS = 5.0  # on the four rendered clips 3 has 1 % more error and 1 % less flicker, 8 the other way round
SURE = 0.01  # within which of 0 or 1 a decision counts as made: background must be exactly 0 to a compositor


def merge_mattes(logits: Tensor, boundary: Tensor, given_trimaps: Tensor | None = None) -> Tensor:
    """As published: 1 in the foreground, the boundary matte where unknown, 0 in the background.

    Args:
        logits: (b, t, 3, h, w).
        boundary: (b, t, 1, h, w) in [0, 1].
        given_trimaps: (b, m, 1, h, w) for the first m <= t frames, in place of the predicted ones.
    """
    classes = logits.argmax(dim=2, keepdim=True)
    if given_trimaps is not None:
        # Interpolated trimaps are not exactly 0, 0.5 and 1, hence the published thresholds.
        given = (given_trimaps > 0.01).long() + (given_trimaps > 0.99).long()
        classes = torch.cat([given, classes[:, given.shape[1] :]], dim=1)
    return (classes == FOREGROUND) + (classes == UNKNOWN) * boundary


def merge_softly(logits: Tensor, boundary: Tensor, decisiveness: float = DECISIVENESS) -> Tensor:
    """The same where the classes are sure; elsewhere in between, so that nothing blinks where they hesitate.

    Two decisions with p the softmax of the logits and s the logistic function of k = `decisiveness` times the log odds:
    matte = s(p_unknown + p_foreground : p_background) * (f + (1 - f) * boundary), f = s(p_foreground : p_unknown).
    k = 1 gives about the expected matte. The larger k, the nearer to the likelier side of each decision, which is not
    always the likeliest of the three classes: two that together outweigh the background keep the object.

    Args:
        logits: (b, t, 3, h, w).
        boundary: (b, t, 1, h, w) in [0, 1].

    Returns:
        (b, t, 1, h, w) float32 in [0, 1]; it has a slope in the logits, other than the published one.
    """
    background, unknown, foreground = logits.float().split(1, dim=2)
    solid = _decided(decisiveness * (foreground - unknown))
    there = _decided(decisiveness * (torch.logaddexp(unknown, foreground) - background))
    return there * torch.lerp(boundary.float(), torch.ones_like(solid), solid)


def _decided(log_odds: Tensor) -> Tensor:
    """The logistic function, stretched until its tails are exactly 0 and 1."""
    return ((torch.sigmoid(log_odds) - SURE) / (1 - 2 * SURE)).clamp(0, 1)
