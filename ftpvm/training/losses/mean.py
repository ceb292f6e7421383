# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way losses are averaged where not every pixel counts."""

from torch import Tensor

from ..distributed import mean_over_processes


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """sum(w x) / sum(w); 0 where nothing counts. `weights` >= 0 has the shape of `values` and no gradient.

    The sum of weights is that of the whole batch over the number of processes: only then is the mean of the
    processes' losses the loss of the whole batch.
    """
    weights = weights.to(values)
    return (weights * values).sum() / mean_over_processes(weights.sum()).clamp(min=1e-6)
