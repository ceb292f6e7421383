# SPDX-License-Identifier: GPL-3.0-or-later
"""The published recipe (Huang & Lee, CVPR 2023): which pass a step runs on which data, its losses and learning rate."""

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import Module

from .clip import Clip
from .losses import class_loss, consistency_loss, matte_loss

LOWEST_RATE = 1e-7


class Pass(StrEnum):
    """What a step trains; the values name the data set in `datasets`."""

    SEGMENTATION = "segmentation"
    IMAGE_MATTING = "image_matting"
    VIDEO_MATTING = "video_matting"


@dataclass(frozen=True)
class Published:
    """The names are those of the published flags; numbers of steps count from 0.

    Segmentation passes start at `seg_start`, last `seg_iter`, rest for `seg_cd`, and so on, and end at `seg_stop` (-1:
    there are none). Matting passes use images before `iter_switch_dataset`, videos from there on.
    full_matte: the matting decoder learns the matte of the whole frame, not only of its unknown zone.
    """

    steps: int = 120_000
    lr: float = 1e-4
    seg_start: int = 0
    seg_iter: int = 10_000
    seg_cd: int = 20_000
    seg_stop: int = 100_000
    iter_switch_dataset: int = 30_000
    celoss_type: str = "focal"
    tvloss_type: str = "temp_seg_allclass_weight"
    lambda_segtv: float = 10
    start_segtv: int = 0
    lambda_tc: float = 5
    full_matte: bool = False
    clip_grad: float | None = None
    freeze_bn: bool = False
    warmup: int = 5000
    name: str = "published"

    def pass_at(self, step: int) -> Pass:
        """Which pass a step runs."""
        since = step - self.seg_start
        if since >= 0 and step < self.seg_stop and since % (self.seg_iter + self.seg_cd) < self.seg_iter:
            return Pass.SEGMENTATION
        return Pass.IMAGE_MATTING if step < self.iter_switch_dataset else Pass.VIDEO_MATTING

    def passes(self) -> set[Pass]:
        """Those that the run has, so that no other data is needed."""
        return {self.pass_at(step) for step in range(self.steps)}

    def is_segmentation_pass(self, step: int) -> bool:
        return self.pass_at(step) is Pass.SEGMENTATION

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then a cosine down to 1e-7."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        progress = (step - self.warmup) / (self.steps - self.warmup)
        return LOWEST_RATE + (self.lr - LOWEST_RATE) * 0.5 * (1 + math.cos(math.pi * progress))

    def optimizer(self, network: Module) -> torch.optim.Adam:
        trained = [p for p in network.parameters() if p.requires_grad]
        return torch.optim.Adam(trained, self.lr, weight_decay=1e-7)

    def losses(self, outputs: list[Tensor], clip: Clip, step: int) -> dict[str, Tensor]:
        """trimap, consistency where it is on, and in matting passes boundary and full."""
        _, alpha, trimap = clip.query()
        losses = {"trimap": class_loss(outputs[0], trimap, self.celoss_type)}
        if step >= self.start_segtv and self.tvloss_type != "disabled":
            losses["consistency"] = self.lambda_segtv * consistency_loss(outputs[0], trimap, self.tvloss_type)
        if not self.is_segmentation_pass(step):
            zone = None if self.full_matte else trimap == 0.5
            losses["boundary"] = matte_loss(outputs[1], alpha, zone, lambda_tc=self.lambda_tc)
        if not (self.is_segmentation_pass(step) or self.full_matte):
            losses["full"] = matte_loss(outputs[2], alpha, lambda_tc=self.lambda_tc)
        return losses
