# SPDX-License-Identifier: GPL-3.0-or-later
"""The published losses: focal on trimap classes; L1, Laplacian pyramid and temporal coherence on mattes.

Logits are (b, t, 3, h, w), mattes, masks and trimaps (b, t, 1, h, w). Every loss is a scalar.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def trimap_classes(trimap: Tensor) -> Tensor:
    """0, 0.5, 1 -> class 0, 1, 2: (b, t, 1, h, w) -> (b, t, h, w) long."""
    return (trimap[:, :, 0] * 2).round().long()


def focal_loss(logits: Tensor, trimap: Tensor, gamma: float = 2, weight: Tensor | None = None) -> Tensor:
    """Mean of -w_c (1 - p_c)^gamma log p_c over pixels, c the true class (Lin et al. 2017, eq. 4); gamma 0 is CE."""
    classes = trimap_classes(trimap).flatten(0, 1)
    log_p = F.log_softmax(logits.flatten(0, 1).float(), dim=1).gather(1, classes[:, None])[:, 0]
    loss = -((1 - log_p.exp()) ** gamma) * log_p
    if weight is None:
        return loss.mean()
    w = weight.to(loss)[classes]
    return (w * loss).sum() / w.sum()


def l1_loss(predicted: Tensor, true: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean absolute difference, over the masked pixels where a mask is given."""
    difference = (predicted - true).abs()
    return difference.mean() if mask is None else (difference * mask).sum() / mask.sum().clamp(min=1)


def laplacian_loss(predicted: Tensor, true: Tensor, levels: int = 5) -> Tensor:
    """Sum over levels of 2^level times the L1 of Laplacian pyramids (Hou & Liu 2019)."""
    a, b = predicted.flatten(0, 1), true.flatten(0, 1)
    total = predicted.new_zeros(())
    for level in range(levels):
        if min(a.shape[-2:]) < 4:
            break
        (detail_a, a), (detail_b, b) = _split(a), _split(b)
        total = total + 2**level * (detail_a - detail_b).abs().mean()
    return total / levels


def _split(x: Tensor) -> tuple[Tensor, Tensor]:
    """An image (n, 1, h, w) -> its detail and its half-size blur."""
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=x.device, dtype=x.dtype) / 16
    blurred = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), (taps[:, None] * taps)[None, None], stride=2)
    return x - F.interpolate(blurred, x.shape[-2:], mode="bilinear", align_corners=False), blurred


def coherence_loss(predicted: Tensor, true: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean squared error of the differences between neighbouring frames (Lin et al. 2021, RVM)."""
    if predicted.shape[1] < 2:
        return predicted.new_zeros(())
    error = (predicted.diff(dim=1) - true.diff(dim=1)) ** 2
    return error.mean() if mask is None else (error * mask[:, 1:]).sum() / mask[:, 1:].sum().clamp(min=1)


def matting_loss(boundary: Tensor, full: Tensor, alpha: Tensor, trimap: Tensor) -> Tensor:
    """Boundary matte inside the unknown zone plus full matte everywhere, each L1 + Laplacian + 5 x coherence."""
    unknown = (trimap == 0.5).to(boundary)

    def terms(predicted: Tensor, true: Tensor, mask: Tensor | None) -> Tensor:
        lap = laplacian_loss(predicted, true) if mask is None else laplacian_loss(predicted * mask, true * mask)
        return l1_loss(predicted, true, mask) + lap + 5 * coherence_loss(predicted, true, mask)

    return terms(boundary, alpha, unknown) + terms(full, alpha, None)
