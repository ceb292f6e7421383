# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run writes down how it goes: log.jsonl always, TensorBoard where it is installed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ftpvm.atomic import atomic_path, output_error

LOG = "log.jsonl"


class RunLog:
    """Appends to OUT/log.jsonl, and to TensorBoard's files in OUT/tensorboard.

    A run that goes on at `step` forgets what a killed one wrote after its last checkpoint. Close it at the end.
    OutputError and DiskFullError where it can't be written.
    """

    def __init__(self, out: Path, step: int = 0, say: Callable[[str], None] = print) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._path, self._say = out / LOG, say
        _forget_after(self._path, step)
        self._board = _board(out / "tensorboard", step)
        if self._board is None:
            say('TensorBoard is not installed, so there are no curves and pictures: pip install "ftpvm[training]"')

    def report(self, step: int, numbers: dict[str, Any]) -> None:
        """One line; numbers may be grouped in dicts."""
        line = json.dumps({"step": step, **numbers})
        try:
            with self._path.open("a") as file:
                file.write(line + "\n")
        except OSError as error:
            raise output_error(self._path, error) from error
        self._say(line)
        for name, value in _flat(numbers).items():
            if self._board:
                self._board.add_scalar(name, value, step)

    def picture(self, step: int, name: str, draw: Callable[[], torch.Tensor]) -> None:
        """draw: gives (3, h, w) in [0, 1]; only called where someone can see it."""
        if self._board:
            self._board.add_image(name, draw(), step)

    def close(self) -> None:
        """Write out what TensorBoard still holds."""
        if self._board:
            self._board.close()


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=step)


def _forget_after(path: Path, step: int) -> None:
    lines = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
    if len(kept) < len(lines):
        with atomic_path(path) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in kept))


def _flat(numbers: dict[str, Any], prefix: str = "") -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in numbers.items():
        flat |= _flat(value, f"{prefix}{name}/") if isinstance(value, dict) else {prefix + name: value}
    return flat
