# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicted trimaps are what the network says, frame after frame, at the source's size."""

from pathlib import Path

import numpy as np
import torch
from tiny_shots import FLOAT32, SIZE, a_clip, a_network, a_trimap

from ftpvm.evaluation import predicted_trimaps
from ftpvm.propagation import Keyframe, NetworkRunner


def test_trimaps_are_the_likeliest_classes_of_one_forward_pass(tmp_path: Path) -> None:
    network, source, frames = a_network(), a_clip(tmp_path, range(4)), range(1, 4)
    keyframes = [Keyframe(0, a_trimap()), Keyframe(3, a_trimap(shift=6))]
    runner = NetworkRunner(network, FLOAT32)
    predicted = dict(predicted_trimaps(runner, source, keyframes, frames, max(SIZE)))

    images = torch.from_numpy(np.stack([image for _, image in source.read(source.frames)])).permute(0, 3, 1, 2)[None]
    given = torch.from_numpy(np.stack([k.trimap for k in keyframes]))[None, :, None]
    with torch.inference_mode():
        logits, *_ = network(images[:, 1:], images[:, [0, 3]], given)
    for number, classes in zip(frames, logits[0].argmax(1).numpy(), strict=True):
        assert (predicted[number] * 2 == classes).mean() > 0.999
    assert {0, 0.5, 1} >= set(np.unique(list(predicted.values()))) and np.std(predicted[2]) > 0


def test_a_smaller_working_size_still_gives_the_source_s(tmp_path: Path) -> None:
    source = a_clip(tmp_path, range(1))
    runner = NetworkRunner(a_network(), FLOAT32)
    ((_, trimap),) = predicted_trimaps(runner, source, [Keyframe(0, a_trimap())], range(1), SIZE[0] // 2)
    assert trimap.shape == SIZE[::-1]
