# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick depthwise convolutions are the same layers with the same gradients."""

from copy import deepcopy

import pytest
import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.depthwise import QuickDepthwise, quicken_depthwise
from ftpvm.training.muon import Muon


@pytest.mark.parametrize(("bf16", "tolerance"), [(False, 1e-5), (True, 2e-2)])
def test_outputs_and_gradients_stay(bf16: bool, tolerance: float) -> None:
    """Of the whole encoder, up to rounding; in bfloat16 of a single layer, where rounding doesn't add up."""
    torch.manual_seed(0)
    slow = FTPVM().backbone.backbone.blocks[1][0].conv_dw if bf16 else FTPVM().backbone
    quick = deepcopy(torch.nn.Sequential(slow))
    quicken_depthwise(quick)
    assert any(isinstance(module, QuickDepthwise) for module in quick.modules())
    seen = []
    for network in (torch.nn.Sequential(slow), quick):
        x = torch.rand(2, 64 if bf16 else 3, 48, 64, generator=torch.Generator().manual_seed(1)).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            out = network(x)
        last = out if bf16 else out[-1]
        last.float().square().mean().backward()
        seen.append([last, x.grad, *(p.grad for p in network.parameters() if p.grad is not None)])
    assert len(seen[0]) == len(seen[1]) > 2
    for expected, got in zip(*seen, strict=True):
        assert (got - expected).norm() <= tolerance * expected.norm()


def test_names_and_weights_stay() -> None:
    """A checkpoint of either goes on as the other, the optimiser's too."""
    network = FTPVM()
    before, groups = deepcopy(network.state_dict()), Muon(network, 1e-3).param_groups
    quicken_depthwise(network)
    after = network.state_dict()
    assert list(after) == list(before) and all(torch.equal(after[name], before[name]) for name in before)
    for old, new in zip(groups, Muon(network, 1e-3).param_groups, strict=True):
        assert [p.shape for p in old["params"]] == [p.shape for p in new["params"]]


def test_only_the_cpu_needs_them() -> None:
    with torch.device("meta"):
        network = FTPVM()
    quicken_depthwise(network)
    assert not any(isinstance(module, QuickDepthwise) for module in network.modules())
