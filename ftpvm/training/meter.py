# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says: mean losses, and where the time went."""

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor

from ftpvm.errors import FtpvmError

from .clip import Clip
from .distributed import mean_over_processes


class Meter:
    """Gathers since the last report; losses stay on the device until then, so that no step waits for it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._losses: dict[str, list[Tensor]] = {}
        self._began, self._waited, self._steps = time.monotonic(), 0.0, 0

    def next_of(self, clips: Iterator[Clip]) -> Clip:
        """The next clip; the wait for it counts."""
        before = time.monotonic()
        clip = next(clips)
        self._waited += time.monotonic() - before
        return clip

    def add(self, losses: dict[str, Tensor]) -> None:
        """One step's losses."""
        self._steps += 1
        for name, loss in losses.items():
            self._losses.setdefault(name, []).append(loss.detach())

    def report(self, step: int) -> dict[str, float]:
        """Mean losses by name (of all processes), seconds a step, and the share of them spent waiting for clips.

        FtpvmError where a loss isn't a number any more.
        """
        means = {n: mean_over_processes(torch.stack(v).mean()).item() for n, v in self._losses.items()}
        if not all(map(math.isfinite, means.values())):
            raise FtpvmError(
                f"The loss is not a number any more at step {step}: go on from the last checkpoint with --resume "
                "and a lower --lr, or with --clip_grad 1."
            )
        spent = time.monotonic() - self._began
        timing = {"s_per_step": round(spent / self._steps, 4), "wait_share": round(self._waited / spent, 3)}
        self._start()
        return {name: float(f"{mean:.6g}") for name, mean in means.items()} | timing
