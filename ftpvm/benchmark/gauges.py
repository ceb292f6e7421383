# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory, as the device counts them."""

import sys
import time
from types import TracebackType

import torch

from ftpvm.propagation.device import has_bfloat16


class Stopwatch:
    """`seconds` that the device took for what happens inside `with`: by CUDA's own events on a GPU of it."""

    seconds = 0.0

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __enter__(self) -> "Stopwatch":
        if self._device.type == "cuda":
            self._stream = torch.cuda.current_stream(self._device)
            self._events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
            self._events[0].record(self._stream)
        else:
            wait_for(self._device)
            self._began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._device.type == "cuda":
            began, ended = self._events
            ended.record(self._stream)
            ended.synchronize()
            self.seconds = began.elapsed_time(ended) / 1000
        else:
            wait_for(self._device)
            self.seconds = time.perf_counter() - self._began


def wait_for(device: torch.device) -> None:
    """Until the device has done all that it was asked to."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def peak_ram() -> float | None:
    """MiB that this process has held at most; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def peak_vram(device: torch.device) -> float | None:
    """MiB that torch has allocated at most in this process; Apple GPUs only tell what is held now, the CPU nothing."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return torch.mps.driver_allocated_memory() / 2**20 if device.type == "mps" else None


def has_precision(device: torch.device, precision: str) -> bool:
    """Whether the device computes in it rather than pretending to."""
    if precision == "fp32":
        return True
    if precision == "fp16":
        return device.type in ("cuda", "mps")
    return has_bfloat16(device)
