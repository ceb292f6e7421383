# SPDX-License-Identifier: GPL-3.0-or-later
import copy

import torch
from torch import nn

from ftpvm.training.muon import Muon, orthogonal


def small_network() -> nn.Module:
    torch.manual_seed(0)
    # No bias in front of BatchNorm: its gradient is rounding noise, which Adam would blow up.
    first, depthwise = nn.Conv2d(16, 32, 3, bias=False), nn.Conv2d(32, 32, 5, groups=32, padding=1)
    return nn.Sequential(first, nn.BatchNorm2d(32), depthwise, nn.Conv2d(32, 3, 1))


def backward(network: nn.Module, seed: int) -> None:
    images = torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(seed))
    network.zero_grad()
    (network(images) - 1).square().mean().backward()


def test_orthogonal_update_keeps_the_directions_and_evens_out_their_sizes() -> None:
    u, _ = torch.linalg.qr(torch.randn(24, 24, generator=torch.Generator().manual_seed(1)))
    v, _ = torch.linalg.qr(torch.randn(60, 24, generator=torch.Generator().manual_seed(2)))
    sizes = torch.logspace(-2, 1, 24)
    for matrix in ((u * sizes) @ v.T, ((u * sizes) @ v.T).T):
        result = orthogonal(matrix)
        left, right = (u, v) if matrix.shape[0] == 24 else (v, u)
        along = left.T @ result @ right
        assert along.diag()[sizes > 0.1].sub(0.9).abs().max() < 0.35
        assert (along - along.diag().diag()).abs().max() < 0.1


def test_only_dense_convolutions_are_matrices() -> None:
    network = small_network()
    matrices, rest = Muon(network, 1e-3).param_groups
    assert [p.shape for p in matrices["params"]] == [(32, 16, 3, 3)]
    assert len(matrices["params"]) + len(rest["params"]) == len(list(network.parameters()))


def test_the_rest_moves_as_with_adamw() -> None:
    network = small_network()
    twin = copy.deepcopy(network)
    optimizer = Muon(network, 1e-2, weight_decay=0.1)
    adamw = torch.optim.AdamW(twin.parameters(), 1e-2, weight_decay=0.1)
    optimizer.param_groups[0]["params"].clear()  # leave Muon's share out of it
    twin[0].weight.requires_grad_(False)
    network[0].weight.requires_grad_(False)
    for seed in range(3):
        for module, step in ((network, optimizer.step), (twin, adamw.step)):
            backward(module, seed)
            step()
    for ours, theirs in zip(network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_it_learns_and_goes_on_exactly_from_its_state() -> None:
    network = small_network()
    optimizer = Muon(network, 1e-2)
    losses = []
    for seed in range(30):
        if seed == 20:  # a new process: only what the state dict holds goes on
            state, network = copy.deepcopy(optimizer.state_dict()), copy.deepcopy(network)
            restarted = copy.deepcopy(network)
            optimizer, other = Muon(network, 1e-2), Muon(restarted, 1e-2)
            optimizer.load_state_dict(state)
            other.load_state_dict(copy.deepcopy(state))
        backward(network, seed)
        optimizer.step()
        if seed >= 20:
            backward(restarted, seed)
            other.step()
        images = torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(99))
        losses.append((network(images) - 1).square().mean().item())
    assert losses[-1] < 0.5 * losses[0]
    for ours, theirs in zip(network.parameters(), restarted.parameters(), strict=True):
        assert torch.equal(ours, theirs)
