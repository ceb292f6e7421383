# SPDX-License-Identifier: GPL-3.0-or-later
"""From the number of the next step to a stream of batches on the device."""

import signal
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from ftpvm.errors import FtpvmError

from .clip import Clip, collate
from .default_recipe import DefaultRecipe
from .distributed import Processes
from .published import Pass, Published
from .synthetic import ClipGenerator

Key = tuple[Pass, int]

SEED_STRIDE = 1_000_003  # between the clips of two seeds: more than a run has steps


def drawn_clips(
    generator: ClipGenerator, recipe: DefaultRecipe, seed: int, first: int, processes: Processes, device: torch.device,
    workers: int,
) -> Iterator[Clip]:  # fmt: skip
    """The default recipe's clips from step `first` on, of which each process has its own.

    workers: processes that draw ahead, for which the generator must be on the CPU; 0: drawn when they are needed.
    """
    loader = DataLoader(
        _Drawn(generator, recipe, seed, processes), batch_size=None, sampler=range(first, recipe.steps),
        num_workers=workers, pin_memory=workers > 0 and device.type == "cuda", worker_init_fn=_quiet_worker,
    )  # fmt: skip
    for clip in loader:
        yield clip.to(device)


def read_clips(
    datasets: Mapping[Pass, Dataset[Clip]],
    plan: Published,
    batch: Mapping[Pass, int],
    first: int,
    processes: Processes,
    device: torch.device,
    workers: int,
) -> Iterator[Clip]:
    """The published recipe's clips from step `first` on, read ahead by `workers` processes (0: none).

    batch: clips a step, of which each process gets its share; a step's clips depend on its number alone.
    """
    loader = DataLoader(
        _Mixed(datasets), batch_sampler=_Shares(plan, batch, first, processes), collate_fn=collate, num_workers=workers,
        pin_memory=device.type == "cuda", worker_init_fn=_quiet_worker,
    )  # fmt: skip
    try:
        for clip in loader:
            yield clip.to(device)
    except FtpvmError as error:
        raise type(error)(_sentence(error)) from error


def _sentence(error: FtpvmError) -> str:
    """What it said before a worker's traceback was put around it, if there was a worker."""
    *traceback, last = str(error).strip().splitlines()
    return last.partition(": ")[2] if traceback else last


class _Drawn(Dataset[Clip]):
    """A batch for each step's number."""

    def __init__(self, generator: ClipGenerator, recipe: DefaultRecipe, seed: int, processes: Processes) -> None:
        self.generator, self.recipe, self.seed, self.processes = generator, recipe, seed, processes

    def __getitem__(self, step: int) -> Clip:
        number = step * self.processes.count + self.processes.rank
        return self.generator(self.seed * SEED_STRIDE + number, self.recipe.clips(step))


class _Shares:
    """For each step, the keys of this process's clips."""

    def __init__(self, plan: Published, batch: Mapping[Pass, int], first: int, processes: Processes) -> None:
        self.plan, self.batch, self.first, self.processes = plan, batch, first, processes

    def __iter__(self) -> Iterator[list[Key]]:
        for step in range(self.first, self.plan.steps):
            kind = self.plan.pass_at(step)
            share = self.batch[kind] // self.processes.count
            start = step * self.batch[kind] + self.processes.rank * share
            yield [(kind, index) for index in range(start, start + share)]


class _Mixed(Dataset[Clip]):
    """Several data sets behind one loader, so that no worker rests while the kind of pass changes."""

    def __init__(self, datasets: Mapping[Pass, Dataset[Clip]]) -> None:
        self.datasets = datasets

    def __getitem__(self, key: Key) -> Clip:
        kind, index = key
        return self.datasets[kind][index]


def _quiet_worker(_: Any) -> None:
    """Ctrl-C is for the main process, which ends its workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
