# SPDX-License-Identifier: GPL-3.0-or-later
"""The renderer of training sprites, as its own command in a real Blender: stills, acts, and a run that was stopped."""

import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

RENDERER = Path(__file__).parents[2] / "ftpvm" / "training" / "synthetic" / "blender"


def render(pack: Path, *options: str) -> str:
    command = [sys.executable, str(RENDERER), "--out", str(pack), "--size", "40", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def pictures(pack: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(pack) as archive:
        files = {name: np.frombuffer(archive.read(name), np.uint8) for name in archive.namelist()}
    return {name: cv2.imdecode(content, cv2.IMREAD_UNCHANGED) for name, content in files.items()}


def test_an_act_is_one_object_in_several_poses(tmp_path: Path) -> None:
    pack = tmp_path / "acts.zip"
    render(pack, "--count", "1", "--frames", "3", "--kind", "person")
    found = pictures(pack)
    assert sorted(found) == [f"0000-person-{frame:02d}.webp" for frame in range(3)]
    alphas = [frame[..., 3].astype(int) for frame in found.values()]
    assert all(alpha.shape == (40, 40) and alpha.max() == 255 and alpha.min() == 0 for alpha in alphas)
    assert all(np.abs(one - other).max() > 100 for one, other in pairwise(alphas))
    colours = [frame[frame[..., 3] > 250][:, :3].mean(0) for frame in found.values()]
    assert np.ptp(colours, axis=0).max() < 60  # the same clothes


def test_what_is_there_is_not_rendered_again(tmp_path: Path) -> None:
    pack = tmp_path / "stills.zip"
    render(pack, "--count", "1", "--kind", "wire")
    first = pictures(pack)
    told = render(pack, "--count", "2", "--kind", "wire")
    assert "1 wire: " in told and "0 wire: " not in told
    both = pictures(pack)
    assert sorted(both) == ["0000-wire.webp", "0001-wire.webp"]
    assert np.array_equal(both["0000-wire.webp"], first["0000-wire.webp"])
