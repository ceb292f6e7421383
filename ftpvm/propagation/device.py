# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the network runs, in which precision, and how many frames at a time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from ftpvm.errors import DeviceError

KINDS = ("auto", "cuda", "mps", "cpu")
_ARCH = re.compile(r"(sm|compute)_(\d+)(\d)")  # AMD's have other names


@dataclass(frozen=True)
class Device:
    """A torch device with what suits it.

    half: the type to run under autocast in, None for float32 alone. chunk: frames a call; on the CPU two, so that a
    cancel takes effect within two.
    """

    name: str
    half: torch.dtype | None
    chunk: int

    @property
    def torch(self) -> torch.device:
        return torch.device(self.name)


def choose_device(name: str = "auto") -> Device:
    """The best device here, or the one asked for ("cuda", "cuda:1", "mps", "cpu").

    Raises:
        DeviceError: the device isn't known, isn't here, or torch was built for others.
    """
    kind = name.split(":")[0]
    if kind not in KINDS:
        raise DeviceError(f"There is no device {name!r}; choose one of {', '.join(KINDS)}.")
    if kind == "auto":
        name = kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if kind == "cuda":
        _require_cuda(name)
        return Device(name, half=torch.float16, chunk=8)
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise DeviceError("This machine has no Apple GPU that torch can use; set the device to cpu.")
        return Device(name, half=None, chunk=4)
    return Device("cpu", half=torch.bfloat16 if has_bfloat16(torch.device("cpu")) else None, chunk=2)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in it; the others only imitate it, as slowly as float32 or more so."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    said: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # older torches don't tell
    return device.type == "cpu" and bool(said.get("avx512_bf16") or said.get("amx_bf16"))


def _require_cuda(name: str) -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = name.partition(":")[2] or "0"
    if not index.isdecimal() or int(index) >= count:
        found = f"{count or 'no'} CUDA device{'' if count == 1 else 's'}"
        raise DeviceError(
            f"Torch can't use {name} (it finds {found}); check the driver and torch's build, or set the device to cpu."
        )
    here = torch.cuda.get_device_capability(name)
    built = [(m[1], (int(m[2]), int(m[3]))) for m in map(_ARCH.match, torch.cuda.get_arch_list()) if m]
    if built and not any(_runs(kind, version, here) for kind, version in built):
        older = here < max(version for _, version in built)
        todo = 'set up the worker with "NVIDIA (CUDA 12.6)" or install that build' if older else "install a newer one"
        gpu = torch.cuda.get_device_name(name)
        raise DeviceError(f"This build of torch isn't for the {gpu}: {todo}, or set the device to cpu.")


def _runs(kind: str, built: tuple[int, int], here: tuple[int, int]) -> bool:
    """Machine code (sm) runs on later GPUs of its generation, what the driver compiles (compute) on all later ones."""
    return built <= here and (kind == "compute" or built[0] == here[0])


class OutOfMemoryError(Exception):
    """The device has too little memory; caught in this package to go on with less."""


def give_back_memory() -> None:
    """To other programs, what torch keeps of GPUs' memory and nothing uses. No GPU is woken up by it."""
    torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn every way torch has of saying so into OutOfMemoryError."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        raise OutOfMemoryError from error


def _is_out_of_memory(error: BaseException) -> bool:
    # The CPU, MPS and CUDA's libraries say so only in words.
    words = "out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED"
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or any(w in str(error) for w in words)
