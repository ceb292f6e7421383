# SPDX-License-Identifier: GPL-3.0-or-later
"""Put other modules into a network that is there already."""

from collections.abc import Callable

from torch import nn


def replace_modules(network: nn.Module, other: Callable[[nn.Module], nn.Module | None]) -> None:
    """Replace every module for which `other` gives one."""
    for name, module in list(network.named_modules()):
        if (replacement := other(module)) is not None:
            parent, _, own = name.rpartition(".")
            setattr(network.get_submodule(parent), own, replacement)
