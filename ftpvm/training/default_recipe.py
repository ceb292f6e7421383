# SPDX-License-Identifier: GPL-3.0-or-later
"""The default recipe: clips, pass, losses and learning rate of a step, as plain functions of its number.

From scratch the hard thing is to find that memory and query correspond at all, so it goes from easy to hard: the
memory is first the query frame itself, then near, then far; cheap segmentation passes come before matting passes;
short clips before long ones, without which the recurrent memory does harm after some frames.
"""

import math
import random
from dataclasses import dataclass

from torch import Tensor
from torch.nn import Module

from ftpvm.model.merging import merge_softly

from .clip import Clip
from .losses import matte_loss, trimap_classes
from .losses.classes import ALIKE, UNKNOWN_THRICE, focal_loss
from .losses.consistency import TIME, TRUE_TWICE, segmentation_consistency
from .muon import Muon
from .synthetic import ClipSpec

CONSISTENCY = 2.0  # weight of the classes' change from frame to frame
# Of the matte: its gradient in what both decoders share was a dozen times that of the classes, which it drowned.
MATTE = 0.2
DECISIVENESS = 2.0  # of the merge that is taught: at the engine's own, what is surely of the wrong class has no slope
SHEER = 0.2  # of the clips of matting passes: only they learn densities, and the classes of other things stay theirs


@dataclass(frozen=True)
class DefaultRecipe:
    """pixels: work of a step in query pixels, a burn-in's counting a third; of longer and larger clips there are fewer.

    lengths: query frames and burn-in frames, short clips first; a length gets the shapes that `pixels` allows.
    shapes: heights and widths in px, small ones first. They are few because the CPU prepares kernels for each.
    cooldown: the last share of the steps, over which the learning rate falls to a hundredth.
    head_start: begin the curriculum this far in, for a run that goes on from trained weights.
    freeze_bn: BatchNorm keeps the statistics of the weights it starts from. Those of a single clip, which is all that a
        small step has, are no shot's: the loss is higher by them, and some clips' many times as high.
    """

    steps: int = 8000
    pixels: int = 15 * 160 * 160
    lengths: tuple[tuple[int, int], ...] = ((3, 0), (8, 0), (16, 0), (6, 24), (4, 12))
    shapes: tuple[tuple[int, int], ...] = (
        (128, 128), (160, 160), (160, 288), (256, 160), (256, 256), (352, 352), (288, 512), (384, 384),
    )  # fmt: skip
    lr: float = 5e-4
    warmup: int = 200
    cooldown: float = 0.85
    head_start: float = 0.0
    freeze_bn: bool = False
    clip_grad: float | None = 1.0
    name: str = "default"

    def progress(self, step: int) -> float:
        """Where the curriculum is, 0 to 1."""
        return self.head_start + (1 - self.head_start) * step / self.steps

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, plateau, cosine fall over the cooldown."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        left = (self.steps - step) / (self.steps * self.cooldown)
        return self.lr if left >= 1 else self.lr * (0.01 + 0.99 * 0.5 * (1 - math.cos(math.pi * left)))

    def is_segmentation_pass(self, step: int) -> bool:
        """Only segmentation for the first fifth, then two steps of three: they cost a third of a matting pass.

        None in the second half: most of the error is then that of mattes whose trimap is right.
        """
        return self.progress(step) < 0.2 or (self.progress(step) < 0.5 and step % 3 != 0)

    def optimizer(self, network: Module) -> Muon:
        return Muon(network, self.lr)

    def losses(self, outputs: list[Tensor], clip: Clip, step: int) -> dict[str, Tensor]:
        """trimap, consistency in the second half of the curriculum, and matte in matting passes.

        From scratch a milder focus and a milder pyramid are easier to learn than the published ones.
        """
        _, alpha, trimap = clip.query()
        # What finds the unknown zone early would call too much unknown in the end.
        weights = UNKNOWN_THRICE if self.progress(step) < 0.5 else ALIKE
        losses = {"trimap": focal_loss(outputs[0], trimap, gamma=1, weights=weights)}
        if self.progress(step) >= 0.5:
            # The published one is of sigmoids, which the network had only to saturate: in 300 steps all logits rose,
            # the loss fell to a fifth, and the classes flickered as before.
            p = outputs[0].float().softmax(2)
            losses["consistency"] = CONSISTENCY * segmentation_consistency(p, trimap_classes(trimap), TIME, TRUE_TWICE)
        if not self.is_segmentation_pass(step):
            boundary = matte_loss(outputs[1], alpha, trimap == 0.5, lambda_lap=0.2, lambda_tc=1)
            # Merged softly, so that it teaches the classes too: what an error there costs in the matte.
            full = matte_loss(merge_softly(outputs[0], outputs[1], DECISIVENESS), alpha, lambda_lap=0.2)
            losses["matte"] = MATTE * (boundary + full)
        return losses

    def clips(self, step: int) -> ClipSpec:
        """The clips of one step: the same for the same step, whatever ran before."""
        rng, progress = random.Random(step), self.progress(step)
        frames, burn_in = rng.choice(self.lengths if progress > 0.5 else self.lengths[:1])
        length = frames + burn_in / 3  # forward only
        # One clip of the largest shape may be half as much again.
        fitting = [(h, w) for h, w in self.shapes if length * h * w <= 1.5 * self.pixels] or self.shapes[:1]
        # Large ones in the end: the memory read is of as many places as in the engine.
        height, width = rng.choice(fitting[:3] if progress < 0.1 else fitting if progress < 0.5 else fitting[-3:])
        far = self._far(rng, progress)
        return ClipSpec(
            clips=max(1, round(self.pixels / (length * height * width))),
            frames=frames,
            memories=rng.choice((1, 2, 2)) if progress > 0.3 and far else 1,
            height=height,
            width=width,
            far=far,
            absent=0.05 if progress > 0.3 else 0,
            at_keyframe=self._at_keyframe(length, progress),
            burn_in=burn_in,
            sheer=0 if self.is_segmentation_pass(step) else SHEER,
        )

    def _at_keyframe(self, length: float, progress: float) -> float:
        """Passes begin at keyframes: long clips mostly do, so that what turns is followed by the recurrent memory.

        Short ones rarely: there the object has to be found again by its looks.
        """
        if progress <= 0.5:
            return 0
        return 0.9 if length > self.lengths[0][0] else 0.25

    @staticmethod
    def _far(rng: random.Random, progress: float) -> float:
        if progress < 0.08:
            return 0
        if progress < 0.25:
            return rng.choice((0, 1, 3))
        return rng.choice((0, 3, 10, 30, 30))
