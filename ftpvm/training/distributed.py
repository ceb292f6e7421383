# SPDX-License-Identifier: GPL-3.0-or-later
"""Training in several processes (torchrun), on one machine or more, as if it were one.

Each process runs its share of the batch. Losses divide by the whole batch's weights (`losses/mean.py`), BatchNorm uses
the whole batch's statistics, and gradients are averaged: the weights go the same way as in one process, up to rounding.
In the default recipe each process has a batch of its own, with statistics of its own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ftpvm.model.replacing import replace_modules


@dataclass(frozen=True)
class Processes:
    """rank: of this process, among `count`; local_rank: among those on this machine, which is its GPU's number."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> "Processes":
        """As torchrun says; one process without it."""
        return cls(*(int(os.environ.get(k, v)) for k, v in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))))

    @property
    def is_first(self) -> bool:
        """The one that writes and speaks."""
        return self.rank == 0

    @contextmanager
    def joined(self, device: torch.device) -> Iterator[None]:
        """Connect the processes for the time of the block."""
        if self.count == 1:
            yield
            return
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield
        finally:
            dist.destroy_process_group()


def are_several() -> bool:
    return dist.is_available() and dist.is_initialized()


@torch.no_grad()
def mean_over_processes(x: Tensor) -> Tensor:
    """The mean of every process's `x`, which has no gradient; `x` itself in a single process."""
    if not are_several():
        return x
    x = x.detach().clone()
    dist.all_reduce(x)
    return x / dist.get_world_size()


def average_gradients(network: nn.Module) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if not are_several():
        return
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    means = mean_over_processes(torch.cat([g.flatten() for g in gradients]))
    for gradient, mean in zip(gradients, means.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def share_batch_norm(network: nn.Module) -> None:
    """Replace every BatchNorm by one with the statistics of all processes; parameters and their names stay."""
    replace_modules(network, lambda module: SharedBatchNorm(module) if isinstance(module, nn.BatchNorm2d) else None)


class SharedBatchNorm(nn.BatchNorm2d):
    """BatchNorm over the batches of all processes (of one shape), on any device: torch's own needs a GPU."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, alone: nn.BatchNorm2d) -> None:
        super().__init__(alone.num_features, alone.eps)
        self.weight, self.bias, self.rate = alone.weight, alone.bias, alone.momentum or 0.1
        for name, buffer in alone.named_buffers():
            setattr(self, name, buffer)
        # timm's norms hold their activation.
        self.drop, self.act = getattr(alone, "drop", nn.Identity()), getattr(alone, "act", nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same."""
        return self.act(self.drop(self._in_training(x) if self.training else super().forward(x)))

    def _in_training(self, x: Tensor) -> Tensor:
        wide = x.float()
        mean = _Mean.apply(wide.mean((0, 2, 3)))
        centred = wide - mean[:, None, None]
        variance = _Mean.apply((centred**2).mean((0, 2, 3)))
        self._track(mean.detach(), variance.detach(), x.numel() // x.shape[1] * dist.get_world_size())
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor, count: int) -> None:
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.rate)
        self.running_var.lerp_(variance * count / (count - 1), self.rate)


class _Mean(torch.autograd.Function):
    """The mean over processes, with its gradient: every process's loss hangs on every process's input."""

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return mean_over_processes(x)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        return mean_over_processes(gradients[0])
