# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a run needs to go on exactly, and its checkpoint file."""

import io
from dataclasses import dataclass
from pathlib import Path

import torch

from ftpvm.atomic import atomic_path
from ftpvm.errors import CheckpointError, FtpvmError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM

from .ema import EMA
from .plan import Plan


@dataclass
class TrainingState:
    """step: how many are done. Seed and options aren't kept: clips and rate follow from them and the step's number."""

    network: FTPVM
    ema: EMA
    optimizer: torch.optim.Optimizer
    recipe: str
    step: int = 0

    @classmethod
    def fresh(cls, network: FTPVM, plan: Plan) -> "TrainingState":
        """Before the first step."""
        return cls(network, EMA(network), plan.optimizer(network), plan.name)

    def save(self, path: Path) -> None:
        """Whole or not at all, also where the run is killed. FtpvmError if the weights are no numbers any more."""
        if not all(bool(p.isfinite().all()) for p in self.network.parameters()):
            raise FtpvmError(
                f"Training blew up before step {self.step}; {path} still holds the weights from before: "
                "add --resume with a lower --lr, or with --clip_grad 1."
            )
        content = {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "recipe": self.recipe,
        }  # fmt: skip
        buffer = io.BytesIO()  # torch wouldn't say that the disk is full
        torch.save(content, buffer)
        with atomic_path(path) as temporary:
            temporary.write_bytes(buffer.getbuffer())

    def load(self, path: Path) -> None:
        """Go on from a checkpoint that `save` wrote. CheckpointError where the file is none, or of another recipe."""
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)  # Adam counts its steps there
            recipe = content.get("recipe", self.recipe)
            if recipe == self.recipe:
                self.network.load_state_dict(content["network"])
                self.ema.network.load_state_dict(content["ema"])
                self.optimizer.load_state_dict(content["optimizer"])
                self.step = content["step"]
        except Exception as error:  # a missing, damaged or foreign file fails in a dozen ways
            raise CheckpointError(
                f"No run can go on from {path}: it is not a whole checkpoint of `ftpvm train`; "
                "weights alone start a new run with --load_network."
            ) from error
        if recipe != self.recipe:
            raise CheckpointError(f"{path} is of a run with --recipe {recipe}, so it can't go on with {self.recipe}.")
