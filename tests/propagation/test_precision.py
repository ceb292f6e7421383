# SPDX-License-Identifier: GPL-3.0-or-later
"""In bfloat16, which some CPUs compute in, mattes are those of float32, as finely graded, and as exactly resumed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tiny_shots import FLOAT32, a_shot, assert_same, followed_run, mattes_of

from ftpvm.media import open_source
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import load_network
from ftpvm.propagation import Device, NetworkRunner, Propagator
from ftpvm.propagation.refine import shrink
from ftpvm.propagation.runner import NetworkMattes
from ftpvm.trimaps import load_trimap

EXAMPLE = Path(__file__).parents[2] / "examples" / "clip"
SIZE, FRAMES = (256, 144), range(0, 6)
BFLOAT16 = replace(FLOAT32, half=torch.bfloat16)


def mattes(device: Device) -> NetworkMattes:
    runner = NetworkRunner(load_network("default"), device)
    with open_source(EXAMPLE / "clip.mp4") as source:
        images = [shrink(image, SIZE) for _, image in source.read(FRAMES)]
        trimap = load_trimap(EXAMPLE / "trimap.0000.png", source.size)
    return runner.run(images, runner.encode(images[0], shrink(trimap, SIZE)), runner.start())[0]


def test_the_mattes_are_those_of_float32_and_no_coarser() -> None:
    exact, half = mattes(FLOAT32), mattes(BFLOAT16)
    for name in ("full", "boundary"):
        assert np.abs(getattr(half, name) - getattr(exact, name)).mean() < 1e-3
    # A bfloat16 has 128 levels between a half and one.
    assert np.unique(half.boundary[half.boundary > 0.5]).size > 1280


def test_a_stopped_span_goes_on_exactly(tmp_path: Path, network: FTPVM) -> None:
    whole, parts = (a_shot(tmp_path / name, range(0, 9), [0, 8]) for name in ("whole", "parts"))
    propagator = Propagator(NetworkRunner(network, BFLOAT16))
    followed_run(propagator, whole)
    for stop_after in (4, 8, None):
        report = followed_run(propagator, parts, stop_after=stop_after)
    assert report.frames_resumed > 0
    assert_same(mattes_of(parts), mattes_of(whole))
