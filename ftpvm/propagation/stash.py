# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a span's work in progress waits on disk: first-pass mattes as 16 bit, and the recurrent memory.

Both are kept under the span's fingerprint, so nothing of an older version is ever picked up.
"""

import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ftpvm.atomic import atomic_path

from .device import Device, memory_errors
from .runner import Recurrent


@dataclass(frozen=True)
class Snapshot:
    """The recurrent memory after `position` frames of pass number `pass_index`."""

    pass_index: int
    position: int
    recurrent: Recurrent


class Stash:
    """The working files of one span at one working size (width, height)."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.size = size
        self._folder = folder
        self._snapshot = folder / "recurrent.safetensors"

    def write(self, frame: int, matte: np.ndarray) -> None:
        """Keep a matte (h, w) in [0, 1] as 16 bit."""
        values = (matte.clip(0, 1) * 65535).round().astype(np.uint16)
        with atomic_path(self._path(frame)) as temporary:
            temporary.write_bytes(values.tobytes())

    def read(self, frame: int) -> np.ndarray:
        """The matte kept for a frame, (h, w) float32."""
        return np.fromfile(self._path(frame), np.uint16).reshape(self.size[::-1]).astype(np.float32) / 65535

    def holds(self, frame: int) -> bool:
        """Whether a whole matte is kept for a frame."""
        path = self._path(frame)
        return path.is_file() and path.stat().st_size == 2 * self.size[0] * self.size[1]

    def save(self, snapshot: Snapshot) -> None:
        """Keep the recurrent memory, so that an interrupted span goes on exactly where it was."""
        tensors = {
            f"{i}.{j}": state.cpu().contiguous()
            for i, states in enumerate(snapshot.recurrent) for j, state in enumerate(states) if state is not None
        }  # fmt: skip
        place = {"pass_index": str(snapshot.pass_index), "position": str(snapshot.position)}
        with atomic_path(self._snapshot) as temporary:
            temporary.write_bytes(save(tensors, place))

    def load(self, device: Device) -> Snapshot | None:
        """The snapshot kept last, if there is a whole one, whatever device it was made on. OutOfMemoryError."""
        try:
            with safe_open(self._snapshot, "pt") as file:
                place = file.metadata()
                states = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError):
            return None
        # Another device's halves fit into float32 only. Copied: what is still mapped can't be replaced on Windows.
        with memory_errors():
            states = {
                key: x.to(device.torch, device.half if x.dtype == device.half else torch.float32, copy=True)
                for key, x in states.items()
            }
        recurrent: Recurrent = [[states.get(f"{i}.{j}") for j in range(2)] for i in range(2)]
        return Snapshot(int(place["pass_index"]), int(place["position"]), recurrent)

    def clear(self) -> None:
        """Remove everything."""
        _remove(self._folder)

    def _path(self, frame: int) -> Path:
        return self._folder / f"{frame:07d}.u16"


class Stashes:
    """The stashes of the mattes called `name`, each in `folder`/NAME.FINGERPRINT-SIZE."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def of(self, fingerprint: str, size: tuple[int, int]) -> Stash:
        """The stash of a span at a working size (width, height); nothing is created yet."""
        return Stash(self._folder / f"{self._name}.{fingerprint}-{size[0]}x{size[1]}", size)

    def keep_only(self, fingerprints: Collection[str]) -> None:
        """Remove the stashes of all other spans: the mattes they were made with are about to be replaced."""
        for folder in self._folder.glob("*"):
            name, _, rest = folder.name.rpartition(".")
            if name == self._name and rest.partition("-")[0] not in fingerprints:
                _remove(folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()  # only if it is empty now
