# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weights that give lively mattes, and `ftpvm matte` in this process."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch
from command_shots import Matte, Result, arguments, movie, trimap
from evaluation_sets import WIDTH, Evaluate
from golden import golden_weights

from ftpvm.cli import main
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import save_safetensors


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "zufällige Gewichte 乱.safetensors"
    save_safetensors(golden_weights(FTPVM()), path)
    return path


@pytest.fixture
def model(weights: Path) -> str:
    """What results of these weights are called."""
    return weights.stem


@pytest.fixture
def matte(weights: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Matte]:
    """matte(source, keyframes, out, *options) runs the command and returns what it left."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # pictures this small

    def run(source: object, keyframes: dict[int, Path], out: Path, *options: object) -> Result:
        capsys.readouterr()
        code = main(arguments(source, keyframes, out, weights, *options))
        return Result(code, *capsys.readouterr())

    yield run
    torch.set_num_threads(threads)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A movie of six frames."""
    return movie(tmp_path / "clip.mp4")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A trimap for it."""
    return trimap(tmp_path / "key.png")


@pytest.fixture
def evaluate(weights: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Evaluate]:
    """evaluate(what, *words) runs the command, with the weights where a set is evaluated."""
    threads, opencv_threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    def run(what: str, *words: object) -> Result:
        capsys.readouterr()
        alone = ("score", "compose-vm240k")
        own = [] if what in alone else ["--weights", weights, "--device", "cpu", "--trimap-width", WIDTH]
        code = main(["evaluate", what, *map(str, (*words, *own))])
        return Result(code, *capsys.readouterr())

    yield run
    torch.set_num_threads(threads)
    cv2.setNumThreads(opencv_threads)
