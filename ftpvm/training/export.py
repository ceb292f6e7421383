# SPDX-License-Identifier: GPL-3.0-or-later
"""From a run's checkpoint to weights to share: the averaged network, half size, with what is known of the run."""

import json
from pathlib import Path
from typing import Any

import torch

from ftpvm.errors import CheckpointError
from ftpvm.model.checkpoint import load_checkpoint, save_safetensors
from ftpvm.model.network import DEFAULT_BACKBONE

from .log import LOG

DATA = {"default": "licence-free clips of ftpvm.training.synthetic"}


def export(checkpoint: Path, out: Path, resolution: int, licence: str | None = None) -> dict[str, str]:
    """Write the weights with what is known of the run; returns that metadata.

    resolution: long side in px of the frames they do best on. CheckpointError if the file is of no run.
    """
    state, run = load_checkpoint(checkpoint), _run_of(checkpoint)
    recipe = run.get("recipe", "default")
    metadata = {
        "backbone_arch": DEFAULT_BACKBONE, "recipe": recipe, "steps": str(run["step"]), "resolution": str(resolution),
        "validation": json.dumps(last_validation(checkpoint.with_name(LOG))),
    }  # fmt: skip
    metadata |= {"data": DATA[recipe]} if recipe in DATA else {}
    metadata |= {"licence": licence} if licence else {}
    save_safetensors(state, out, metadata)
    return metadata


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
