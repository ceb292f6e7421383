# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a span's work in progress waits on disk: first-pass mattes as 16 bit, and the recurrent memory.

Both are kept under the span's fingerprint, so nothing of an older version is ever picked up.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ftpvm.atomic import atomic_path

from .runner import Recurrent


@dataclass(frozen=True)
class Snapshot:
    """The recurrent memory after `position` frames of pass number `pass_index`."""

    pass_index: int
    position: int
    recurrent: Recurrent


class Stash:
    """The working files of one span in `folder`/FINGERPRINT."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder / fingerprint
        self._snapshot = self._folder / "recurrent.safetensors"

    def write(self, frame: int, matte: np.ndarray) -> None:
        """Keep a matte (h, w) in [0, 1] as 16 bit."""
        values = (matte.clip(0, 1) * 65535).round().astype(np.uint16)
        with atomic_path(self._path(frame)) as temporary:
            temporary.write_bytes(values.tobytes())

    def read(self, frame: int, shape: tuple[int, ...]) -> np.ndarray:
        """The matte kept for a frame, (h, w) float32."""
        return np.fromfile(self._path(frame), np.uint16).reshape(shape).astype(np.float32) / 65535

    def holds(self, frame: int) -> bool:
        """Whether a matte is kept for a frame."""
        return self._path(frame).is_file()

    def save(self, snapshot: Snapshot) -> None:
        """Keep the recurrent memory, so that an interrupted span goes on exactly where it was."""
        tensors = {
            f"{i}.{j}": state.cpu().contiguous()
            for i, states in enumerate(snapshot.recurrent) for j, state in enumerate(states) if state is not None
        }  # fmt: skip
        place = {"pass_index": str(snapshot.pass_index), "position": str(snapshot.position)}
        with atomic_path(self._snapshot) as temporary:
            temporary.write_bytes(save(tensors, place))

    def load(self, device: torch.device) -> Snapshot | None:
        """The snapshot kept last, if there is a whole one."""
        try:
            with safe_open(self._snapshot, "pt") as file:
                place = file.metadata()
                states = [[file.get_tensor(f"{i}.{j}").to(device) for j in range(2)] for i in range(2)]
        except (OSError, SafetensorError):
            return None
        return Snapshot(int(place["pass_index"]), int(place["position"]), states)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, frame: int) -> Path:
        return self._folder / f"{frame:07d}.u16"
