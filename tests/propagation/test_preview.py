# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame at once: what the network gives for it from the keyframes beside it."""

from pathlib import Path

import numpy as np
import pytest
from tiny_shots import a_propagator, a_shot, a_trimap, by_hand

from ftpvm.errors import SettingsError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM


def test_it_is_the_networks_matte_and_nothing_is_written(tmp_path: Path, network: FTPVM) -> None:
    shot, propagator = a_shot(tmp_path, range(8), [2, 6]), a_propagator(network)
    for frame, keyframes in ((0, [2]), (4, [2, 6]), (7, [6])):
        ((_, full, _),) = by_hand(network, shot, range(frame, frame + 1), *keyframes)
        assert np.abs(propagator.preview(shot, frame) - full).max() < 1e-4
    assert not shot.mattes.folder.exists()


def test_on_a_keyframe_the_trimap_decides(tmp_path: Path, network: FTPVM) -> None:
    matte = a_propagator(network).preview(a_shot(tmp_path, range(3), [1]), 1)
    trimap = a_trimap()
    assert np.array_equal(matte[trimap != 0.5], trimap[trimap != 0.5])
    assert matte[trimap == 0.5].std() > 0


def test_at_a_lower_resolution_it_has_the_shots_size(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(2), [0], size=(160, 96), resolution=64)
    assert a_propagator(network).preview(shot, 1).shape == (96, 160)


def test_a_frame_without_a_matte(tmp_path: Path, network: FTPVM) -> None:
    shot = a_shot(tmp_path, range(8), [2, 6], direction="forward")
    with pytest.raises(SettingsError, match=r"Frame 1 gets no matte.*2 to 7"):
        a_propagator(network).preview(shot, 1)
