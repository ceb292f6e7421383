# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames before a query: through them the network's memory comes to be what it is in the middle of a shot."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .clip import Clip

REMEMBER_EVERY = 8  # frames


def after_burn_in(run: Callable[..., Any], clip: Clip) -> list[Any]:
    """What the network takes beside a clip's query: memory images and trimaps, then the recurrent memory, if any.

    As in the engine the last of every `REMEMBER_EVERY` frames, with the trimap predicted for it, joins the keyframes
    in place of the one before. Without a gradient.
    """
    memory: tuple[Tensor, ...] = clip.memory()
    recurrent: list[Any] = []
    for images in clip.burn_in_images().split(REMEMBER_EVERY, dim=1) if clip.burn_in else ():
        with torch.no_grad():
            outputs = run(images, *memory, *recurrent)
        recurrent = outputs[-1] if torch.is_tensor(outputs[1]) else [outputs[1]]
        if images.shape[1] == REMEMBER_EVERY:
            predicted = outputs[0][:, -1:].argmax(2, keepdim=True).to(images.dtype) / 2
            remembered = images[:, -1:], predicted
            memory = tuple(torch.cat(pair, dim=1) for pair in zip(clip.memory(), remembered, strict=True))
    return [*memory, *recurrent]
