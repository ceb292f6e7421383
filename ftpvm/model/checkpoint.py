# SPDX-License-Identifier: GPL-3.0-or-later
"""From a checkpoint to a network that is ready to run, by name or by path."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import CheckpointError, OutputError
from .checkpoint_file import load_checkpoint, read_metadata, save_safetensors
from .network import DEFAULT_BACKBONE, FastTrimapPropagationVideoMatting
from .weights_library import find_weights, list_weights, path_for_import

__all__ = [
    "best_resolution",
    "find_weights",
    "import_weights",
    "list_weights",
    "load_checkpoint",
    "load_network",
    "read_metadata",
    "save_safetensors",
]

NAMES_SHOWN = 3
USUAL_RESOLUTION = 1024


def load_network(
    name_or_path: str | Path = "default", *, device: str | torch.device = "cpu"
) -> FastTrimapPropagationVideoMatting:
    """Build the network that a checkpoint is of, in eval mode.

    Args:
        name_or_path: a name that `list_weights` knows, or a checkpoint file.

    Raises:
        CheckpointError: no such weights, an unusable file, or weights of another network.
        SettingsError: the file names a backbone that timm doesn't know.
    """
    path = find_weights(name_or_path)
    return _build(path, load_checkpoint(path), _backbone_of(path)).to(device)


def best_resolution(name_or_path: str | Path = "default") -> int:
    """Long side in px of the frames a checkpoint does best on: what its metadata says, else 1024.

    Raises:
        CheckpointError: no such weights.
    """
    said = read_metadata(find_weights(name_or_path)).get("resolution", "")
    return int(said) if said.isdecimal() else USUAL_RESOLUTION


def import_weights(
    path: str | Path,
    name: str,
    *,
    backbone_arch: str | None = None,
    metadata: Mapping[str, str] | None = None,
    force: bool = False,
) -> Path:
    """Verify a checkpoint, convert it to safetensors (float32, unrounded) and register it under a name.

    Args:
        backbone_arch: of the checkpoint, where the file doesn't say and it is not the default one.
        metadata: added to what the file holds already.
        force: replace weights of that name.

    Returns:
        The new file.

    Raises:
        CheckpointError: an unusable file or weights of another network.
        SettingsError: the name can't be used.
        OutputError: the name is taken, or the file can't be written.
    """
    target = path_for_import(name)
    if target.exists() and not force:
        raise OutputError(
            f"There are weights named {name!r} already; choose another name or replace them with --force."
        )
    state = load_checkpoint(path)
    backbone = backbone_arch or _backbone_of(path)
    _build(path, state, backbone)
    described = read_metadata(path) | dict(metadata or {})
    save_safetensors(state, target, described | {"backbone_arch": backbone, "source": Path(path).name}, half=False)
    return target


def _backbone_of(path: str | Path) -> str:
    return read_metadata(path).get("backbone_arch", DEFAULT_BACKBONE)


def _build(path: str | Path, state: Mapping[str, Tensor], backbone: str) -> FastTrimapPropagationVideoMatting:
    network = FastTrimapPropagationVideoMatting(backbone)
    if problems := _problems(state, network.state_dict()):
        raise CheckpointError(f"{path} holds weights of another network than FTP-VM with {backbone}: {problems}.")
    broken = [key for key, tensor in state.items() if not bool(tensor.isfinite().all())]
    if broken:
        raise CheckpointError(f"{path} holds values that are not numbers: {_shown(broken)}.")
    network.load_state_dict(dict(state))
    return network.eval()


def _problems(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    missing = [key for key in wanted if key not in found]
    extra = [key for key in found if key not in wanted]
    misshapen = [
        f"{key} {tuple(found[key].shape)} instead of {tuple(tensor.shape)}"
        for key, tensor in wanted.items()
        if key in found and found[key].shape != tensor.shape
    ]
    groups = {"missing": missing, "extra": extra, "misshapen": misshapen}
    return "; ".join(f"{len(keys)} {kind}: {_shown(keys)}" for kind, keys in groups.items() if keys)


def _shown(keys: list[str]) -> str:
    return ", ".join(keys[:NAMES_SHOWN]) + (", ..." if len(keys) > NAMES_SHOWN else "")
