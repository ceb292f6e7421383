# SPDX-License-Identifier: GPL-3.0-or-later
"""Run lengths of masks against masks drawn by hand."""

import numpy as np
import pytest
import tiny_datasets

from ftpvm.training.datasets.rle import decode


def decoded(counts: list[int], height: int, width: int) -> list[list[int]]:
    return (decode(np.array(counts, np.int32), height, width) // 255).tolist()


def test_runs_go_down_the_columns_and_begin_with_zeros() -> None:
    assert decoded([1, 2, 3], 2, 3) == [[0, 1, 0], [1, 0, 0]]
    assert decoded([0, 3, 2, 1], 3, 2) == [[1, 0], [1, 0], [1, 1]]
    assert decoded([4], 2, 2) == [[0, 0], [0, 0]]


@pytest.mark.parametrize("counts", [[3, 2], [1, 9], [8, -2], []])
def test_runs_that_do_not_fill_the_mask_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="a mask of 6 px"):
        decode(np.array(counts, np.int32), 2, 3)


def test_the_tiny_sets_write_runs_as_published() -> None:
    mask = np.array([[1, 0, 0], [1, 1, 0]], bool)
    assert tiny_datasets.run_lengths(mask) == {"size": [2, 3], "counts": [0, 2, 1, 1, 2]}
    assert tiny_datasets.run_lengths(~mask)["counts"] == [2, 1, 1, 2]
