# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a copy of the network on a span's keyframes for a few steps, before it runs the frames between them.

Online adaptation (Voigtlaender and Leibe, "Online Adaptation of Convolutional Neural Networks for Video Object
Segmentation", BMVC 2017) on keyframes that are warped as in Khoreva et al., "Lucid Data Dreaming for Video Object
Segmentation", IJCV 2019: it learns to find on the warped keyframe what the artist marked on it and on the others.
"""

import copy
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.depthwise import quicken_depthwise
from ftpvm.model.merging import merge_softly

from .device import Device, give_back_memory, has_bfloat16, memory_errors
from .memories import Picture
from .passes import Stopped
from .runner import NetworkRunner
from .warping import warped_clip

STEPS = 40
LEARNING_RATE = 3e-4
WARMUP = 5  # steps
MATTING_EVERY = 3  # steps: the others leave out the matting decoder, which is most of the work
FULL_WEIGHT = 3.0  # of the full matte's loss, beside 1 for the classes and for the boundary matte


@dataclass(frozen=True)
class Lessons:
    """What is learnt from, m keyframes on the CPU: images (m, 3, h, w), trimaps and mattes (m, 1, h, w)."""

    images: Tensor
    trimaps: Tensor
    mattes: Tensor


def adapted(
    runner: NetworkRunner,
    pictures: Sequence[Picture],
    *,
    on_step: Callable[[int], None] = lambda steps: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> NetworkRunner:
    """A runner of its own, with weights adapted to the keyframes; the given one stays as it is.

    The same keyframes give the same weights on the CPU.

    Args:
        pictures: one or more, of one size.
        on_step: called after each of the `STEPS` with how many are done.
        should_stop: asked before each.

    Raises:
        Stopped: it was asked to stop.
        OutOfMemoryError: a step doesn't fit into the device's memory.
    """
    with memory_errors():
        network = _trained(runner, pictures, on_step, should_stop)
    give_back_memory()  # training took more than running will
    return NetworkRunner(network, runner.device)


def _trained(
    runner: NetworkRunner, pictures: Sequence[Picture], on_step: Callable[[int], None], should_stop: Callable[[], bool]
) -> FTPVM:
    lessons = _lessons(runner, pictures)
    network = copy.deepcopy(runner.network)
    quicken_depthwise(network)
    # Always in eval mode: a single clip's statistics would harm BatchNorm.
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=0.0)
    chance = torch.Generator().manual_seed(0)
    for step in range(STEPS):
        if should_stop():
            raise Stopped
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / WARMUP) * (1 - step / STEPS)
        with torch.enable_grad():
            loss = _loss(network, lessons, chance, runner.device, with_matte=step % MATTING_EVERY == 0)
            optimizer.zero_grad()
            loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        on_step(step + 1)
    optimizer.zero_grad()  # the gradients would be as large as the weights for as long as the network is kept
    return network


def _lessons(runner: NetworkRunner, pictures: Sequence[Picture]) -> Lessons:
    """Where a trimap is unknown, the matte is what the network makes of it before it is adapted."""
    trimaps, mattes = [], []
    for picture in pictures:
        boundary = runner.run([picture.image], runner.encode(picture.image, picture.trimap), runner.start())[0].boundary
        sure = np.abs(picture.trimap - 0.5) > 0.49  # shrinking leaves 1 not quite 1
        trimaps.append(np.where(sure, picture.trimap.round(), 0.5).astype(np.float32))
        mattes.append(np.where(sure, trimaps[-1], boundary[0]))
    images = torch.from_numpy(np.stack([picture.image for picture in pictures])).permute(0, 3, 1, 2)
    return Lessons(images, *(torch.from_numpy(np.stack(maps))[:, None] for maps in (trimaps, mattes)))


def _loss(network: FTPVM, lessons: Lessons, chance: torch.Generator, device: Device, *, with_matte: bool) -> Tensor:
    """Of one keyframe, warped, by the memory of one or of all of them."""
    count = len(lessons.images)
    asked, known = torch.randint(count, (2,), generator=chance).tolist()
    memory = slice(None) if torch.rand((), generator=chance) < 0.5 else slice(known, known + 1)
    warped = warped_clip(lessons.images[asked], lessons.trimaps[asked], lessons.mattes[asked], chance)
    images, trimaps, mattes = (x.to(device.torch) for x in warped)
    given = (x[None, memory].to(device.torch) for x in (lessons.images, lessons.trimaps))
    # In float16 gradients would have to be scaled.
    with torch.autocast(device.torch.type, torch.bfloat16) if has_bfloat16(device.torch) else nullcontext():
        outputs = network(images[None], *given, segmentation_pass=not with_matte)
    logits = outputs[0].float()
    loss = F.cross_entropy(logits[0], (2 * trimaps[:, 0]).long())
    if with_matte:
        # Else mattes of what is half transparent would suffer from what the classes learn.
        boundary, unknown = outputs[1].float(), trimaps == 0.5
        full = merge_softly(logits, boundary)[0]
        loss = loss + FULL_WEIGHT * (full - mattes).abs().mean()
        loss = loss + ((boundary[0] - mattes).abs() * unknown).sum() / unknown.sum().clamp(min=1)
    return loss
