# SPDX-License-Identifier: GPL-3.0-or-later
"""The example clip through the default weights: what the README's first command does."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", EXAMPLES / "demo.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def out(demo: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["demo.py", "--out", str(folder)])
        demo.main()
    return folder


def test_the_default_weights_find_the_creature_between_keyframes(out: Path) -> None:
    mattes, overlaps = MatteSequence(out, "clip_matte"), []
    for number, truth in open_source(EXAMPLES / "clip" / "alpha", colorspace="srgb").read(range(48)):
        found, true = mattes.read(number) > 0.5, truth[..., 0] > 0.5
        overlaps.append((found & true).sum() / (found | true).sum())
    # Doing nothing scores 0; the trimap of the nearest keyframe, left where it is, 0.52 on average.
    assert np.mean(overlaps) > 0.65


def test_the_measured_error_is_that_of_the_mattes(demo: ModuleType, out: Path) -> None:
    before = demo.measure(out)
    mattes = MatteSequence(out, "clip_matte")
    wrong = 1 - mattes.read(10)
    mattes.write(10, wrong)
    assert demo.measure(out)["everywhere"] > before["everywhere"] + 5


def test_the_preview_is_a_picture_of_all_three_keyframes(out: Path) -> None:
    with open_source(out / "preview.png") as sheet:
        ((_, picture),) = sheet.read(sheet.frames)
    assert picture.shape[1] <= 1600 and picture.shape[0] > 600 and picture.std() > 0.1
