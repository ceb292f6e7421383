# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory read: what the keyframes know about each place of a query frame."""

import torch.nn.functional as F
from torch import Tensor


def read_memory(query_key: Tensor, memory_key: Tensor, memory_value: Tensor) -> Tensor:
    """Softmax attention of every query position over ALL memory positions.

    softmax(q k^T / sqrt(c_k)) v, computed by torch's fused attention so that the (query x memory) affinity never
    exists as one matrix.

    Args:
        query_key: (b, t, c_k, h, w).
        memory_key: (b, m, c_k, h, w).
        memory_value: (b, m, c_v, h, w), c_v >= c_k.

    Returns:
        (b, t, c_v, h, w).
    """
    t, c_k, h, w = query_key.shape[1:]
    c_v = memory_value.shape[2]
    # The fused kernels want keys as wide as values; zero channels add nothing to the dot products.
    q, k = (F.pad(_positions(x), (0, c_v - c_k)) for x in (query_key, memory_key))
    read = F.scaled_dot_product_attention(q, k, _positions(memory_value), scale=c_k**-0.5)
    return read.view(-1, t, h, w, c_v).movedim(-1, 2)


def _positions(x: Tensor) -> Tensor:
    """(b, n, c, h, w) -> (b, 1 head, n * h * w, c)."""
    # The fused kernels refuse, and torch silently falls back to the whole matrix, unless channels lie side by side.
    return x.movedim(2, -1).flatten(1, 3).unsqueeze(1).contiguous()
