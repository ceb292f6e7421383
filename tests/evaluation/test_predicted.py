# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicted trimaps are what the network says, frame after frame, at the source's size."""

from pathlib import Path

import numpy as np
import torch
from tiny_shots import FLOAT32, SIZE, a_clip, a_network, a_trimap

from ftpvm.evaluation import predicted_trimaps
from ftpvm.propagation import Keyframe, NetworkRunner


def test_trimaps_are_the_likeliest_classes_of_the_engine_s_passes(tmp_path: Path) -> None:
    """Backward to before the first keyframe, forward between the two with both in memory, and on with the second."""
    network, source = a_network(), a_clip(tmp_path, range(5))
    keyframes = [Keyframe(1, a_trimap()), Keyframe(3, a_trimap(shift=6))]
    predicted = dict(predicted_trimaps(NetworkRunner(network, FLOAT32), source, keyframes, range(5), max(SIZE)))

    images = torch.from_numpy(np.stack([image for _, image in source.read(source.frames)])).permute(0, 3, 1, 2)[None]
    given = torch.from_numpy(np.stack([k.trimap for k in keyframes]))[None, :, None]
    for frames, known in (([1, 0], [0]), ([1, 2], [0, 1]), ([3, 4], [1])):
        with torch.inference_mode():
            logits, *_ = network(images[:, frames], images[:, [1, 3]][:, known], given[:, known])
        classes = dict(zip(frames, logits[0].argmax(1).numpy(), strict=True))
        # That of a keyframe is the pass's that begins there.
        wanted = frames[1:] if frames == [1, 0] else frames
        assert all((predicted[number] * 2 == classes[number]).mean() > 0.999 for number in wanted)
    assert set(predicted) == set(range(5)) and np.std(predicted[2]) > 0


def test_a_smaller_working_size_still_gives_the_source_s(tmp_path: Path) -> None:
    source = a_clip(tmp_path, range(1))
    runner = NetworkRunner(a_network(), FLOAT32)
    ((_, trimap),) = predicted_trimaps(runner, source, [Keyframe(0, a_trimap())], range(1), SIZE[0] // 2)
    assert trimap.shape == SIZE[::-1]
