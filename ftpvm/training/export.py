# SPDX-License-Identifier: GPL-3.0-or-later
"""From a run's checkpoint to weights to share: the averaged network, half size, with what is known of the run."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftpvm.errors import CheckpointError
from ftpvm.model.checkpoint import load_checkpoint, load_network, save_safetensors
from ftpvm.model.network import DEFAULT_BACKBONE
from ftpvm.model.weights_library import find_weights

from .log import LOG

DATA = {"default": "licence-free clips of ftpvm.training.synthetic"}


def export(
    checkpoint: Path, out: Path, resolution: int, licence: str | None = None, average_with: str | None = None
) -> dict[str, str]:
    """Write the weights with what is known of the run; returns that metadata.

    resolution: long side in px of the frames they do best on. average_with: name or path of the weights that the run
    went on from; the mean of both is written (WiSE-FT: Wortsman et al., CVPR 2022). CheckpointError if the file is of
    no run, or the other weights are of another network.
    """
    state, run = load_checkpoint(checkpoint), _run_of(checkpoint)
    recipe = run.get("recipe", "default")
    metadata = {
        "backbone_arch": DEFAULT_BACKBONE, "recipe": recipe, "steps": str(run["step"]), "resolution": str(resolution),
        "validation": json.dumps(last_validation(checkpoint.with_name(LOG))),
    }  # fmt: skip
    if average_with is not None:
        state = _mean(state, load_network(path := find_weights(average_with)).state_dict(), path)
        metadata["averaged_with"] = hashlib.sha256(path.read_bytes()).hexdigest()
        metadata.pop("validation")  # is the run's
    metadata |= {"data": DATA[recipe]} if recipe in DATA else {}
    metadata |= {"licence": licence} if licence else {}
    save_safetensors(state, out, metadata)
    return metadata


def _mean(state: dict[str, Tensor], other: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The mean of both networks' numbers; counters stay the run's. CheckpointError where the shapes differ."""
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in other.items()}:
        raise CheckpointError(f"{path} is of another network than the run's; average weights of the same backbone.")
    return {k: (v + other[k]) / 2 if v.is_floating_point() else v for k, v in state.items()}


def _run_of(checkpoint: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception:  # safetensors, say
        content = {}
    if "step" not in content:
        raise CheckpointError(f"{checkpoint} holds weights but no run of `ftpvm train`; it needs no export.")
    return content


def last_validation(log: Path) -> dict[str, float]:
    """The newest validation in a run's log; empty where there is none."""
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    found: list[dict[str, float]] = [entry["validation"] for entry in entries if "validation" in entry]
    return found[-1] if found else {}
