# SPDX-License-Identifier: GPL-3.0-or-later
"""The network that was used last, ready for the next shot."""

from ftpvm.kept import Kept, file_stamp
from ftpvm.model import checkpoint

from .device import Device
from .propagate import Propagator
from .runner import NetworkRunner


class WarmPropagator:
    """Keeps one propagator for as long as it is asked for the same weights on the same device."""

    def __init__(self) -> None:
        self._kept: Kept[Propagator] = Kept(1)

    def __call__(self, weights: str, device: Device) -> Propagator:
        """The kept one, or a new one. CheckpointError."""

        def load() -> Propagator:
            self.clear()  # before the next one takes its place in the device's memory
            runner = NetworkRunner(checkpoint.load_network(weights), device)
            _ = runner.fingerprint  # hashed now, not when the first shot is in a hurry
            return Propagator(runner)

        path = checkpoint.find_weights(weights)
        return self._kept(path, load, (file_stamp(path), device))

    def __bool__(self) -> bool:
        return bool(self._kept)

    def clear(self) -> None:
        """Let go of it."""
        self._kept.clear()
