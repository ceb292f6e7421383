# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation on clips whose sprites, textures and seeds training never saw."""

import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.merging import merge_softly

from .loop import carried
from .losses import trimap_classes
from .synthetic import ClipGenerator, ClipSpec

HELD_OUT_BANK = 999  # seed of the sprites and backgrounds that only validation sees
HELD_OUT_SPRITES = 40
HELD_OUT_SEED = 990_001  # of the first batch; training's are seed * SEED_STRIDE + number


@torch.no_grad()
def validate(network: FTPVM, clips: ClipGenerator, batches: int = 8) -> dict[str, float]:
    """Run clips of two sizes with 1 or 2 memories in eval mode, every other batch after a burn-in.

    Returns:
        mad: mean absolute matte difference x 1e3; foreground and background: IoU of the predicted trimap classes.
    """
    overlap, union = torch.zeros(3), torch.zeros(3)
    error, frames = 0.0, 0
    for batch in range(batches):
        count, height, width = (2, 192, 336) if batch % 2 else (1, 288, 512)
        # After a burn-in as in the engine, from a keyframe on; else the object has to be found by its looks.
        memories, late = 1 + batch // 2 % 2, batch % 2
        spec = ClipSpec(count, 6, memories, height, width, far=20, absent=0, at_keyframe=late, burn_in=24 * late)
        clip = clips(HELD_OUT_SEED + batch, spec)
        query, alpha, trimap = clip.query()
        logits, boundary, _, _ = network(query, *clip.memory(), *carried(network, clip))
        error += (merge_softly(logits, boundary) - alpha).abs().mean((2, 3, 4)).sum().item()
        frames += alpha.shape[0] * alpha.shape[1]
        for index in range(3):
            predicted, true = logits.argmax(2, keepdim=True) == index, trimap_classes(trimap) == index
            overlap[index] += (predicted & true).sum().cpu()
            union[index] += (predicted | true).sum().cpu()
    iou = (overlap / union.clamp(min=1)).tolist()
    return {"mad": round(1e3 * error / frames, 2), "background": round(iou[0], 4), "foreground": round(iou[2], 4)}
