# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered validation clips as they are committed: picture and alpha belong together and are small."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ftpvm.media import open_source

CLIPS = Path(__file__).parents[2] / "benchmarks" / "validation_clips"
NAMES = ("furry", "machine", "person", "veil")


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_has_its_alpha(name: str) -> None:
    picture, alpha = (open_source(CLIPS / name / file, colorspace="srgb") for file in ("clip.mp4", "alpha.mkv"))
    assert list(picture.frames) == list(alpha.frames) == list(range(40))
    mattes = [image[..., 0] for _, image in alpha.read(alpha.frames)]
    assert {matte.shape for matte in mattes} == {(288, 512)}
    assert next(image.shape for _, image in picture.read(range(1))) == (288, 512, 3)
    # Keyframes need something solid to hold on to, and every clip something soft to be judged by.
    assert (mattes[0] == 1).sum() > 1000 and ((mattes[0] > 0.02) & (mattes[0] < 0.98)).sum() > 500
    assert all(matte[0].max() == 0 for matte in mattes)
    moved = np.mean([np.abs(a - b).mean() for a, b in pairwise(mattes)])
    assert moved > 0.001


def test_the_gear_leaves_and_comes_back() -> None:
    alpha = open_source(CLIPS / "machine" / "alpha.mkv", colorspace="srgb")
    area = np.array([image.mean() for _, image in alpha.read(alpha.frames)])
    gone = np.flatnonzero(area == 0)
    assert len(gone) >= 3 and area[: gone[0]].max() > 0.05 and area[gone[-1] + 1 :].max() > 0.05


def test_all_of_them_stay_under_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in CLIPS.rglob("*") if path.is_file()) < 10e6
