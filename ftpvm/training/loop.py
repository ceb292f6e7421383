# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop: clips in, checkpoints out. The same for every recipe, device and number of processes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.network import is_matting

from .clip import Clip
from .distributed import average_gradients
from .log import RunLog
from .meter import Meter
from .pictures import sample_picture
from .plan import Plan
from .state import TrainingState

CHECKPOINT = "last.pth"


@dataclass(frozen=True)
class Intervals:
    """Steps between two reports, sample pictures, checkpoints and validations."""

    report: int = 50
    picture: int = 1000
    save: int = 250
    validate: int = 1000


def train(
    state: TrainingState,
    plan: Plan,
    clips: Iterator[Clip],
    out: Path,
    log: RunLog | None,
    *,
    forward: Callable[..., Any] | None = None,
    validate: Callable[[FTPVM], dict[str, float]] | None = None,
    every: Intervals = Intervals(),
    bf16: bool = True,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Train until `plan.steps`, or until `should_stop`; `out / "last.pth"` then holds the newest state.

    Args:
        clips: those of the steps from `state.step` on, each on the network's device.
        log: None in all processes but the first, which alone writes, also checkpoints.
        forward: the network, where it is compiled.
        validate: from the averaged network to numbers by name.
        bf16: run the network under bfloat16 autocast.
    """
    meter = Meter()
    while state.step < plan.steps and not should_stop():
        clip = meter.next_of(clips)
        losses, outputs = training_step(state, plan, clip, bf16, forward)
        meter.add(losses)
        state.step += 1
        at = _due(state.step, plan.steps)
        if at(every.report):
            numbers = meter.report(state.step)
            if log:
                log.report(state.step, numbers | {"lr": float(f"{plan.learning_rate(state.step - 1):.4g}")})
        if log and at(every.save):
            state.save(out / CHECKPOINT)
        if log and at(every.picture):
            log.picture(state.step, _kind(outputs), partial(sample_picture, clip, outputs))
        if log and validate and at(every.validate):
            log.report(state.step, {"validation": validate(state.ema.network)})
    if log and state.step < plan.steps:
        state.save(out / CHECKPOINT)


def carried(run: Callable[..., Any], clip: Clip) -> list[Any]:
    """The network's arguments after the memory: [rec_seg, rec_mat] as they are after the clip's burn-in.

    [rec_seg] in a segmentation pass, [] without a burn-in.
    """
    if not clip.burn_in:
        return []
    with torch.no_grad():
        outputs = run(clip.burn_in_images(), *clip.memory())
    return outputs[-1] if is_matting(outputs) else [outputs[1]]


def rest_batch_norm(network: nn.Module) -> None:
    """Normalise by the running statistics and leave them as they are; scales and shifts still learn."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def _due(step: int, last: int) -> Callable[[int], bool]:
    return lambda interval: step % interval == 0 or step == last


def _kind(outputs: list[Tensor]) -> str:
    return "matting" if is_matting(outputs) else "segmentation"


def training_step(
    state: TrainingState, plan: Plan, clip: Clip, bf16: bool, forward: Callable[..., Any] | None = None
) -> tuple[dict[str, Tensor], list[Tensor]]:
    """One optimiser step; returns the losses by name and what the network gave."""
    for group in state.optimizer.param_groups:
        group["lr"] = plan.learning_rate(state.step)
    state.network.train()
    if plan.freeze_bn:
        rest_batch_norm(state.network)
    query, _, _ = clip.query()
    network, kind = state.network if forward is None else forward, plan.is_segmentation_pass(state.step)

    def run(*given: Any) -> Any:
        # An autocast each: older torch would keep the weights that the burn-in cast, which have no gradient.
        with torch.autocast(query.device.type, torch.bfloat16, enabled=bf16):
            return network(*given, segmentation_pass=kind)

    outputs = run(query, *clip.memory(), *carried(run, clip))
    losses = plan.losses(outputs, clip, state.step)
    state.optimizer.zero_grad(set_to_none=True)
    torch.stack(list(losses.values())).sum().backward()
    average_gradients(state.network)
    if plan.clip_grad:
        nn.utils.clip_grad_norm_(state.network.parameters(), plan.clip_grad)
    state.optimizer.step()
    state.ema.update(state.network, state.step)
    return losses, outputs
