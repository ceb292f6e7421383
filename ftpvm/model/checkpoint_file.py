# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoint files: from any format a network was ever saved in to a plain state dict, and back to safetensors."""

import re
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ..atomic import atomic_path
from ..errors import CheckpointError


def load_checkpoint(path: str | Path) -> dict[str, Tensor]:
    """Read a network's weights.

    Takes the published plain state dict, a training checkpoint (its averaged weights "ema" if it has them, else
    "network") and safetensors. Old names are brought up to date, floating-point tensors come out as float32.
    Nothing in the file is ever run: files that hold more than tensors are refused.

    Args:
        path: .pth, .pt or .safetensors; the content decides, not the name.

    Returns:
        Tensors by key, on the CPU.

    Raises:
        CheckpointError: the file is missing, corrupt, unsafe, empty or no checkpoint.
    """
    path = Path(path)
    content = _read_safetensors(path) if _is_safetensors(path) else _read_torch(path)
    for part in ("ema", "network"):
        if isinstance(content, Mapping) and isinstance(content.get(part), Mapping):
            content = content[part]
    if not isinstance(content, Mapping) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise CheckpointError(f"{path} is not a checkpoint of a network: it doesn't hold named tensors.")
    state = {_current_name(key): tensor for key, tensor in content.items() if not _is_dropped(key)}
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in state.items()}


def save_safetensors(
    state_dict: Mapping[str, Tensor], path: str | Path, metadata: Mapping[str, str] | None = None, half: bool = True
) -> None:
    """Write weights; the file appears whole or not at all.

    Args:
        metadata: kept beside the weights, such as backbone_arch, licence, training_size.
        half: store convolution and matrix weights as float16. Vectors (norms, biases) are small and stay float32.

    Raises:
        OutputError, DiskFullError: the file can't be written.
    """
    tensors = {key: _compact(tensor, half).cpu().contiguous().clone() for key, tensor in state_dict.items()}
    content = safetensors.torch.save(tensors, metadata=dict(metadata or {}))
    with atomic_path(Path(path)) as temporary:
        temporary.write_bytes(content)


def read_metadata(path: str | Path) -> dict[str, str]:
    """What `save_safetensors` was given as metadata; empty for files of other formats.

    Raises:
        CheckpointError: the file is missing or corrupt.
    """
    path = Path(path)
    if not _is_safetensors(path):
        return {}
    try:
        with safetensors.safe_open(path, "pt") as file:
            return dict(file.metadata() or {})
    except (safetensors.SafetensorError, OSError) as error:
        raise _corrupt(path) from error


def _compact(tensor: Tensor, half: bool) -> Tensor:
    if not half or tensor.ndim < 2 or not tensor.is_floating_point():
        return tensor
    small = tensor.half()
    return small if bool(small.isfinite().all()) else tensor


def _is_safetensors(path: Path) -> bool:
    """The header's length in 8 bytes, then the header's opening brace."""
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CheckpointError(f"The weights file {path} can't be read: {error.strerror or error}.") from error
    return start[8:] == b"{"


def _read_safetensors(path: Path) -> Any:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, KeyError, ValueError) as error:
        raise _corrupt(path) from error


def _read_torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise CheckpointError(
            f"{path} is no checkpoint, or holds more than tensors; it was not loaded, since it could run foreign code."
        ) from error
    except Exception as error:  # damaged archives make torch fail in a dozen ways
        raise _corrupt(path) from error


def _corrupt(path: Path) -> CheckpointError:
    return CheckpointError(f"{path} is damaged, cut short or no checkpoint at all; get the file again.")


def _current_name(key: str) -> str:
    """Without the prefix that DataParallel adds, and with the attention's projection under its later name."""
    return re.sub(r"\.attn\.proj_out\.0\.", ".attn.proj_out.", key.removeprefix("module."))


def _is_dropped(key: str) -> bool:
    """Old files hold a learned refiner that the guided filter replaced."""
    return key.removeprefix("module.").startswith("refiner.")
