# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop: clips in, checkpoints out, exact resume."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ftpvm.atomic import atomic_path
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM

from .ema import EMA
from .losses import focal_loss, matting_loss
from .recipe import Recipe
from .synthetic import Clip, ClipGenerator

CLASS_WEIGHT = torch.tensor([1.0, 3.0, 1.0])


@dataclass
class TrainingState:
    """All that a run needs to go on exactly: what is here and the step number, since clips depend on the step alone."""

    network: FTPVM
    ema: EMA
    optimizer: torch.optim.Optimizer
    step: int = 0

    @classmethod
    def fresh(cls, network: FTPVM, lr: float) -> "TrainingState":
        trained = [p for p in network.parameters() if p.requires_grad]
        return cls(network, EMA(network), torch.optim.AdamW(trained, lr, weight_decay=1e-4))

    def save(self, path: Path) -> None:
        """A killed run never leaves half a checkpoint."""
        content = {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step,
        }  # fmt: skip
        with atomic_path(path) as temporary:
            torch.save(content, temporary)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint that `save` wrote."""
        content = torch.load(path, map_location=next(self.network.parameters()).device, weights_only=True)
        self.network.load_state_dict(content["network"])
        self.ema.network.load_state_dict(content["ema"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step = content["step"]


def train(
    state: TrainingState,
    recipe: Recipe,
    clips: ClipGenerator,
    validate: Callable[[FTPVM], dict[str, float]],
    out: Path,
    *,
    seed: int = 0,
    bf16: bool = True,
    report_every: int = 50,
    save_every: int = 250,
    validate_every: int = 1000,
    say: Callable[[str], None] = print,
) -> None:
    """Train until `recipe.steps`; writes `last.pth`, and `log.jsonl` with a line a report and a validation.

    validate: from the averaged network to numbers by name. bf16: run the network under bfloat16 autocast.
    """
    out.mkdir(parents=True, exist_ok=True)
    losses: dict[str, list[float]] = {}
    began, clip_seconds = time.monotonic(), 0.0
    while state.step < recipe.steps:
        before = time.monotonic()
        clip = clips(seed * 1_000_003 + state.step, recipe.clips(state.step))
        clip_seconds += time.monotonic() - before
        for name, loss in training_step(state, recipe, clip, bf16).items():
            losses.setdefault(name, []).append(loss)
        state.step += 1
        if state.step % report_every == 0:
            means = {name: round(sum(v) / len(v), 4) for name, v in losses.items()}
            spent = time.monotonic() - began
            timing = {"s_per_step": round(spent / report_every, 3), "clip_share": round(clip_seconds / spent, 3)}
            _log(out, say, {"step": state.step, **means, **timing})
            losses, began, clip_seconds = {}, time.monotonic(), 0.0
        if state.step % save_every == 0 or state.step == recipe.steps:
            state.save(out / "last.pth")
        if state.step % validate_every == 0 or state.step == recipe.steps:
            _log(out, say, {"step": state.step, "validation": validate(state.ema.network)})
            began, clip_seconds = time.monotonic(), 0.0


def training_step(state: TrainingState, recipe: Recipe, clip: Clip, bf16: bool) -> dict[str, float]:
    """One optimiser step; returns the losses by name."""
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.learning_rate(state.step)
    state.network.train()
    only_segmentation = recipe.is_segmentation_pass(state.step)
    query, alpha, trimap = clip.query()
    with torch.autocast(query.device.type, torch.bfloat16, enabled=bf16):
        outputs = state.network(query, *clip.memory(), segmentation_pass=only_segmentation)
    losses = compute_losses(outputs, alpha, trimap, only_segmentation)
    total: Tensor = torch.stack(list(losses.values())).sum()
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    state.ema.update(state.network, state.step)
    return {name: loss.item() for name, loss in losses.items()}


def compute_losses(outputs: list[Tensor], alpha: Tensor, trimap: Tensor, only_segmentation: bool) -> dict[str, Tensor]:
    """The losses of one pass by name."""
    losses = {"trimap": focal_loss(outputs[0], trimap, gamma=1, weight=CLASS_WEIGHT)}
    if not only_segmentation:
        losses["matte"] = matting_loss(outputs[1].float(), outputs[2].float(), alpha, trimap)
    return losses


def _log(out: Path, say: Callable[[str], None], entry: dict[str, object]) -> None:
    line = json.dumps(entry)
    with (out / "log.jsonl").open("a") as log:
        log.write(line + "\n")
    say(line)
