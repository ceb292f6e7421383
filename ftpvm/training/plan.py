# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loop asks of a training recipe: plain functions of the step's number, so that a run can go on anywhere."""

from typing import Protocol

from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer

from .clip import Clip


class Plan(Protocol):
    """`published.Published` and `default_recipe.DefaultRecipe` are the two there are."""

    @property
    def name(self) -> str:
        """Kept in checkpoints."""

    @property
    def steps(self) -> int:
        """Of the whole run."""

    @property
    def clip_grad(self) -> float | None:
        """The largest L2 norm that a step's gradient may have."""

    @property
    def freeze_bn(self) -> bool:
        """Whether BatchNorm keeps the statistics it starts with and uses them, as in inference."""

    def learning_rate(self, step: int) -> float:
        """Of this step."""

    def is_segmentation_pass(self, step: int) -> bool:
        """Whether the matting decoder rests."""

    def optimizer(self, network: Module) -> Optimizer:
        """A fresh one for the network's trainable parameters."""

    def losses(self, outputs: list[Tensor], clip: Clip, step: int) -> dict[str, Tensor]:
        """By name, weighted: their sum is minimised. outputs: what the network returned for the clip's query."""
