# SPDX-License-Identifier: GPL-3.0-or-later
"""The builds of torch that a worker can have, and where each comes from. The one place that names an index."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import NamedTuple


class TorchBuild(NamedTuple):
    """url: an index for pip ("": pip's own). systems: values of `sys.platform` that it exists for."""

    label: str
    description: str
    url: str
    systems: tuple[str, ...]


_WHEELS = "https://download.pytorch.org/whl"  # PyTorch's own, public
TORCH_BUILDS = {
    "cpu": TorchBuild("CPU", "Every machine; seconds a frame", f"{_WHEELS}/cpu", ("linux", "win32")),
    "cuda": TorchBuild("NVIDIA (CUDA 12.8)", "GeForce RTX and newer", f"{_WHEELS}/cu128", ("linux", "win32")),
    "cuda_older": TorchBuild(
        "NVIDIA (CUDA 12.6)", "GeForce GTX 900 and 1000, older drivers", f"{_WHEELS}/cu126", ("linux", "win32")
    ),
    "rocm": TorchBuild("AMD (ROCm 7.2)", "Radeon and Instinct, on Linux", f"{_WHEELS}/rocm7.2", ("linux",)),
    "apple": TorchBuild("Apple", "Apple's GPUs, on macOS", "", ("darwin",)),
}


def builds_here() -> dict[str, TorchBuild]:
    """The builds that exist for this system."""
    return {name: build for name, build in TORCH_BUILDS.items() if sys.platform in build.systems}


def likely_build() -> str:
    """The build for the GPU whose driver is on this machine."""
    if sys.platform == "darwin":
        return "apple"
    if shutil.which("nvidia-smi"):
        return "cuda"
    return "rocm" if sys.platform == "linux" and Path("/dev/kfd").exists() else "cpu"
