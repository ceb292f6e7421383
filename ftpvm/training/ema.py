# SPDX-License-Identifier: GPL-3.0-or-later
"""Exponential moving average of a network's weights and BatchNorm statistics."""

import copy

import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM


class EMA:
    """`network` is the averaged copy, in eval mode, to validate and ship."""

    def __init__(self, network: FTPVM, decay: float = 0.998) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: FTPVM, step: int) -> None:
        """Move towards `network`; early steps count for more, so that the random start is forgotten."""
        decay = min(self.decay, (step + 1) / (step + 10))
        averaged, current = self.network.state_dict(), network.state_dict()
        floats = [k for k, v in averaged.items() if v.is_floating_point()]
        torch._foreach_lerp_([averaged[k] for k in floats], [current[k].detach() for k in floats], 1 - decay)
        for key in averaged.keys() - set(floats):
            averaged[key].copy_(current[key])
