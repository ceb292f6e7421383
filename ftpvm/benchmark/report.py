# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as a Markdown table and as JSON, with the machine they are of."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ftpvm import __version__
from ftpvm.atomic import atomic_path

from .case import Row

COLUMNS = (
    "device", "precision", "size", "network at", "keyframes", "eager fp32", "network", "end to end", "first frame",
    "peak RAM", "peak VRAM",
)  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def line(row: Row) -> str:
    """One row of the table: frames/s, in brackets how many times the eager run."""
    case, found = row.case, row.measured
    cells = [
        case.device, case.precision, "x".join(map(str, case.size)), "x".join(map(str, case.work_size)),
        str(case.keyframes),
    ]  # fmt: skip
    if found is None:
        cells += [row.error, *[""] * (len(COLUMNS) - len(cells) - 1)]
    else:
        cells += [
            f"{found.eager:.2f}", *(f"{r:.2f} ({r / found.eager:.2f})" for r in (found.network, found.end_to_end)),
            f"{found.first_frame:.2f} s", _mib(found.ram), _mib(found.vram),
        ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def machine(command: str) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "command": command, "ftpvm": __version__, "torch": torch.__version__, "python": platform.python_version(),
        "system": platform.platform(), "cpu": _cpu(), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
        "gpus": gpus, "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }  # fmt: skip


def write_json(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """All that was measured, in the units of `Measured`. OutputError, DiskFullError."""
    content = {"machine": about, "rows": [asdict(row) for row in rows]}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _mib(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} MiB"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (words.partition(":")[2].strip() for words in lines if words.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
