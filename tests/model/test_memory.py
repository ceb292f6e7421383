# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory read is softmax attention over all positions of all keyframes, computed without the whole matrix."""

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.memory import read_memory

SHAPES = [(1, 1, 1, 4, 6), (1, 3, 1, 5, 7), (2, 2, 3, 4, 4), (1, 1, 8, 3, 9)]  # b, t, m, h, w


def draw(b: int, t: int, m: int, h: int, w: int) -> tuple[Tensor, Tensor, Tensor]:
    """Query key, memory key, and memory value as the network hands it over: channels before frames, transposed."""
    torch.manual_seed(b + t + m + h + w)
    return torch.randn(b, t, 32, h, w), torch.randn(b, m, 32, h, w), torch.randn(b, 112, m, h, w).transpose(1, 2)


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_explicit_formula(shape: tuple[int, ...]) -> None:
    query, key, value = draw(*shape)
    affinity = torch.einsum("btcij,bmckl->btijmkl", query, key) / 32**0.5
    weights = affinity.flatten(4).softmax(-1).unflatten(4, affinity.shape[4:])
    expected = torch.einsum("btijmkl,bmckl->btcij", weights, value)
    torch.testing.assert_close(read_memory(query, key, value), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_never_builds_the_whole_matrix(shape: tuple[int, ...]) -> None:
    query, key, value = draw(*shape)
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):  # raises where torch would have to fall back to the matrix
        assert read_memory(query, key, value).shape == (*shape[:2], 112, *shape[3:])


def test_works_under_bf16_autocast() -> None:
    torch.manual_seed(0)
    network = FTPVM().eval()
    query, memory = torch.rand(1, 2, 3, 48, 64), torch.rand(1, 3, 3, 48, 64)
    trimaps = torch.randint(0, 3, (1, 3, 1, 48, 64)) / 2
    with torch.inference_mode():
        exact = network(query, memory, trimaps)
        with torch.autocast("cpu", torch.bfloat16):
            rough = network(query, memory, trimaps)
    torch.testing.assert_close(rough[1].float(), exact[1], rtol=0, atol=0.05)
