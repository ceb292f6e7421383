# SPDX-License-Identifier: GPL-3.0-or-later
"""Small shots from real files, networks with random weights, and what the engine should give, computed plainly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from clips import write_still
from golden import golden_weights
from torch import Tensor

from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.source import Source, open_source
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.merging import merge_softly
from ftpvm.propagation import (
    Device,
    Keyframe,
    NetworkRunner,
    Progress,
    Propagator,
    Report,
    Settings,
    Shot,
)

SIZE = (64, 48)  # width, height
STEP = 1 / 65535
FLOAT32 = Device("cpu", half=None, chunk=2)  # on every machine, so that results can be compared to the last bit


def a_network(kind: type[FTPVM] = FTPVM, seed: int = 1) -> FTPVM:
    """Random weights that give lively mattes."""
    network = kind()
    network.load_state_dict(golden_weights(network, seed))
    return network.eval()


def a_propagator(network: FTPVM, **options: int) -> Propagator:
    return Propagator(NetworkRunner(network, FLOAT32), **options)


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """uint8 (h, w, 3): soft colours that drift with the frame number."""
    coarse = np.random.default_rng(5).random((9, 12, 3), np.float32)
    smooth = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return (np.roll(smooth, number, axis=1) * 255).astype(np.uint8)


def a_clip(folder: Path, frames: range, size: tuple[int, int] = SIZE) -> Source:
    """A PNG sequence on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in frames:
        write_still(folder / f"plate.{number:04d}.png", picture(number, size))
    return open_source(folder / "plate.%04d.png")


def a_trimap(size: tuple[int, int] = SIZE, shift: int = 0) -> np.ndarray:
    """A box of foreground with an unknown band around it."""
    w, h = size
    trimap = np.zeros((h, w), np.float32)
    trimap[h // 5 : 4 * h // 5, w // 5 + shift : 4 * w // 5 + shift] = 0.5
    trimap[2 * h // 5 : 3 * h // 5, 2 * w // 5 + shift : 3 * w // 5 + shift] = 1
    return trimap


def a_shot(folder: Path, frames: range, keyframes: list[int], *, size: tuple[int, int] = SIZE, **settings: Any) -> Shot:
    """A shot over all frames of its own clip; its mattes go to `folder`/out."""
    source = a_clip(folder / "plate", frames, size)
    trimaps = [Keyframe(number, a_trimap(size)) for number in keyframes]
    return Shot(source, trimaps, frames, MatteSequence(folder / "out", "m"), Settings(**settings))


def followed_run(propagator: Propagator, shot: Shot, *, stop_after: int | None = None) -> Report:
    """Run, asking to stop once `stop_after` network frames are through, and check what it says meanwhile."""
    seen: list[Progress] = []

    def follow(progress: Progress) -> None:
        assert progress.done <= progress.total
        assert progress.frame in {*progress.span.frames, *progress.span.keyframes}
        assert not seen or (progress.done == seen[-1].done + 1 or progress.span != seen[-1].span)
        seen.append(progress)

    report = propagator.run(
        shot, on_progress=follow, should_stop=lambda: stop_after is not None and len(seen) >= stop_after
    )
    assert report.frames_run == len(seen)
    if seen and not report.stopped:
        assert seen[-1].done == seen[-1].total
    return report


def mattes_of(shot: Shot) -> dict[int, np.ndarray]:
    """Every matte of the shot, read from disk."""
    return {number: shot.mattes.read(number) for number in shot.frames}  # type: ignore[attr-defined]


def left_behind(shot: Shot) -> list[str]:
    """What lies beside the mattes when a run is over, apart from the manifest."""
    mattes = {shot.mattes.path(number).name for number in shot.frames}  # type: ignore[attr-defined]
    return sorted({path.name for path in shot.mattes.folder.iterdir()} - mattes - {"m.ftpvm.json"})


def assert_same(one: dict[int, np.ndarray], other: dict[int, np.ndarray]) -> None:
    """Within two steps of 16 bit."""
    assert one.keys() == other.keys()
    for number, matte in one.items():
        np.testing.assert_allclose(matte, other[number], rtol=0, atol=2 * STEP, err_msg=f"frame {number}")


def by_hand(network: FTPVM, shot: Shot, order: range, *keyframes: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Call the network frame by frame: number, full matte, boundary matte."""
    given = [k for k in shot.keyframes if k.frame in keyframes]
    images = dict(shot.source.read(shot.source.frames))
    recurrent: Any = [None, None]
    with torch.inference_mode():
        memory = network.encode_imgs_to_value(
            _clip(*(images[k.frame] if k.image is None else k.image for k in given)),
            _clip(*(k.trimap[..., None] for k in given)),
        )
        for number in order:
            logits, boundary, _, recurrent = network.forward_with_memory(_clip(images[number]), *memory, *recurrent)
            yield number, merge_softly(logits, boundary)[0, 0, 0].numpy(), boundary[0, 0, 0].numpy()


def _clip(*images: np.ndarray) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)[None]
