# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ftpvm.training.export RUN/last.pth OUT.safetensors`: the averaged weights of a run, half size, CC0."""

import argparse
import json
from pathlib import Path

import torch

from ftpvm.model.checkpoint import load_checkpoint, save_safetensors
from ftpvm.model.network import DEFAULT_BACKBONE


def export(checkpoint: Path, out: Path, resolution: int) -> dict[str, str]:
    """Write the weights with what is known of the run; returns that metadata.

    resolution: long side in px of the frames they do best on.
    """
    step = torch.load(checkpoint, map_location="cpu", weights_only=True)["step"]
    metadata = {
        "backbone_arch": DEFAULT_BACKBONE, "licence": "CC0-1.0",
        "data": "procedural clips of ftpvm.training.synthetic", "steps": str(step), "resolution": str(resolution),
        "validation": json.dumps(last_validation(checkpoint.with_name("log.jsonl"))),
    }  # fmt: skip
    save_safetensors(load_checkpoint(checkpoint), out, metadata)
    return metadata


def last_validation(log: Path) -> dict[str, float]:
    """The newest validation in a run's log; empty where there is none."""
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    found: list[dict[str, float]] = [entry["validation"] for entry in entries if "validation" in entry]
    return found[-1] if found else {}


def main() -> None:
    """Export and show."""
    parser = argparse.ArgumentParser(prog="python -m ftpvm.training.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--resolution", type=int, required=True, help="long side in px of the frames they do best on")
    args = parser.parse_args()
    for name, value in export(args.checkpoint, args.out, args.resolution).items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
