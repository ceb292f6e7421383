# SPDX-License-Identifier: GPL-3.0-or-later
"""The FTP-VM network, its layers and its checkpoints. Of ours it imports only errors and atomic."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import load_checkpoint, load_network
    from .network import FastTrimapPropagationVideoMatting
    from .registry import MODELS, build_model

__all__ = ["MODELS", "FastTrimapPropagationVideoMatting", "build_model", "load_checkpoint", "load_network"]

_HOMES = {
    "MODELS": "registry",
    "FastTrimapPropagationVideoMatting": "network",
    "build_model": "registry",
    "load_checkpoint": "checkpoint",
    "load_network": "checkpoint",
}


def __getattr__(name: str) -> Any:
    # Lazily: asking where weights lie must not wait for torch.
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
