# SPDX-License-Identifier: GPL-3.0-or-later
"""The renderer of training sprites, as its own command in a real Blender: stills, acts, and a run that was stopped."""

import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

RENDERER = Path(__file__).parents[2] / "ftpvm" / "training" / "synthetic" / "blender"


def render(pack: Path, *options: str) -> str:
    command = [sys.executable, str(RENDERER), "--out", str(pack), "--size", "40", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def pictures(pack: Path) -> dict[str, np.ndarray]:
    """By name, (40, 40, 4) in [0, 1]."""
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(pack.with_suffix(""))
        return {name: read(pack.with_suffix("") / name) for name in archive.namelist()}


def read(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    pixels = np.empty((*image.size, 4), np.float32)
    image.pixels.foreach_get(pixels.ravel())
    bpy.data.images.remove(image)
    return pixels


@pytest.mark.parametrize("kind", ["person", "wig"])
def test_an_act_is_one_object_in_several_poses(tmp_path: Path, kind: str) -> None:
    pack = tmp_path / "acts.zip"
    render(pack, "--count", "1", "--frames", "3", "--kind", kind)
    found = pictures(pack)
    assert sorted(found) == [f"0000-{kind}-{frame:03d}.webp" for frame in range(3)]
    alphas = [frame[..., 3] for frame in found.values()]
    assert all(alpha.shape == (40, 40) and alpha.max() == 1 and alpha.min() == 0 for alpha in alphas)
    assert all(np.abs(one - other).max() > 0.4 for one, other in pairwise(alphas))
    colours = [frame[frame[..., 3] > 0.98][:, :3].mean(0) for frame in found.values()]
    assert np.ptp(colours, axis=0).max() < 0.25  # the same clothes


def test_an_act_that_was_stopped_is_rendered_whole(tmp_path: Path) -> None:
    pack, options = tmp_path / "acts.zip", ("--count", "1", "--frames", "2", "--kind", "cloth")
    render(pack, *options)
    whole = pictures(pack)
    (folder,) = tmp_path.glob("*.sprites")
    (folder / "0000-cloth-001.webp").unlink()
    assert "0 cloth: " in render(pack, *options)
    again = pictures(pack)
    assert sorted(again) == ["0000-cloth-000.webp", "0000-cloth-001.webp"]
    assert all(np.array_equal(whole[name], again[name]) for name in whole)


def test_what_is_there_is_not_rendered_again(tmp_path: Path) -> None:
    pack = tmp_path / "stills.zip"
    render(pack, "--count", "1", "--kind", "wire")
    first = pictures(pack)
    told = render(pack, "--count", "2", "--kind", "wire")
    assert "1 wire: " in told and "0 wire: " not in told
    both = pictures(pack)
    assert sorted(both) == ["0000-wire.webp", "0001-wire.webp"]
    assert np.array_equal(both["0000-wire.webp"], first["0000-wire.webp"])
