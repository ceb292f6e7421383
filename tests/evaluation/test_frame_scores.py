# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of clips, by region, and the overlap of trimap classes."""

import math

import numpy as np
import pytest

from ftpvm.evaluation import REGIONS, mean_scores, scores_by_frame, trimap_iou

TRIMAP = np.array([[0, 0.5, 0.5, 1]], np.float32)
TRUTH = np.array([[0, 0.4, 0.6, 1]])


def test_a_clip_is_scored_by_region() -> None:
    mattes = [TRUTH, TRUTH + np.array([[0.1, 0.2, 0.4, 0]])]
    first, second = scores_by_frame((matte, TRUTH, TRIMAP) for matte in mattes)
    assert tuple(first) == REGIONS and first["whole"]["mad"] == 0
    wrong = {name: second[name]["mad"] for name in REGIONS}
    assert wrong == pytest.approx({"whole": 175, "foreground": 0, "unknown": 300, "background": 100})


def test_flicker_begins_with_the_second_frame() -> None:
    first, second = scores_by_frame((matte, TRUTH, TRIMAP) for matte in (TRUTH, TRUTH * 0))
    assert "dtssd" not in first["whole"]
    assert second["foreground"]["dtssd"] == pytest.approx(100)
    assert mean_scores([first, second])["foreground"] == second["foreground"] | {
        metric: value / 2 for metric, value in second["foreground"].items() if metric != "dtssd"
    }


def test_a_mean_leaves_out_frames_without_the_region() -> None:
    empty = np.zeros_like(TRIMAP)
    frames = list(scores_by_frame([(TRUTH * 0, TRUTH, TRIMAP), (empty, empty, empty)]))
    means = mean_scores(frames)
    assert means["foreground"]["mad"] == pytest.approx(1000) and means["foreground"]["sad"] == pytest.approx(1e-3)
    assert means["background"]["mad"] == 0
    assert math.isnan(mean_scores(frames[1:])["unknown"]["mad"])


def test_overlap_counts_the_pixels_of_all_frames() -> None:
    first = np.array([[0, 0, 0.5, 1]]), np.array([[0, 0.5, 0.5, 1]])
    second = np.array([[1, 1, 1, 0.5]]), np.array([[1, 1, 1, 1]])
    assert trimap_iou([first, second]) == pytest.approx({"background": 1 / 2, "unknown": 1 / 3, "foreground": 4 / 5})


def test_a_class_that_nobody_saw_has_no_overlap() -> None:
    nothing = np.zeros((2, 2))
    found = trimap_iou([(nothing, nothing)])
    assert found["background"] == 1 and math.isnan(found["foreground"])
