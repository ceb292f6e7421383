# SPDX-License-Identifier: GPL-3.0-or-later
"""The network on its device: keyframes to memory, frames and recurrent memory to mattes."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ftpvm.errors import DeviceError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.merging import merge_softly

from .device import Device, OutOfMemoryError, memory_errors

Recurrent = list[list[Tensor | None]]


@dataclass(frozen=True)
class Memory:
    """Encoded keyframes: key (1, m, c, h/16, w/16) and value (1, c, m, h/16, w/16)."""

    key: Tensor
    value: Tensor

    @classmethod
    def joined(cls, memories: "list[Memory]") -> "Memory":
        """Several keyframes as one memory. OutOfMemoryError where that doesn't fit."""
        with memory_errors():
            return cls(torch.cat([m.key for m in memories], dim=1), torch.cat([m.value for m in memories], dim=2))


@dataclass(frozen=True)
class NetworkMattes:
    """full and boundary: (t, h, w) float32 in [0, 1], at the working size, on the CPU.

    full is merged softly; as published it would be the trimap, with the boundary matte where that is 0.5.
    trimap: each pixel's likeliest class, (t, h, w) float32 of 0, 0.5 and 1.
    """

    full: np.ndarray
    boundary: np.ndarray
    trimap: np.ndarray

    @classmethod
    def joined(cls, first: "NetworkMattes", second: "NetworkMattes") -> "NetworkMattes":
        """One after the other."""
        pairs = ((getattr(first, field.name), getattr(second, field.name)) for field in fields(cls))
        return cls(*(np.concatenate(pair) for pair in pairs))


class NetworkRunner:
    """A network in eval mode on a device.

    chunk: frames to hand to `run` at a time; it is halved where they don't fit into the device's memory.

    Raises:
        DeviceError: the network itself doesn't fit.
    """

    def __init__(self, network: FTPVM, device: Device) -> None:
        self.device = device
        self.chunk = device.chunk
        try:
            with memory_errors():
                self.network = network.eval().to(device.torch).to(memory_format=torch.channels_last)
        except OutOfMemoryError as error:
            raise DeviceError(
                f"{device.name} has too little memory for the network; close other programs, or choose another device."
            ) from error

    @cached_property
    def fingerprint(self) -> str:
        """Changes with every weight."""
        digest = hashlib.sha256()
        for key, tensor in self.network.state_dict().items():
            digest.update(key.encode() + tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    def encode(self, image: np.ndarray, trimap: np.ndarray) -> Memory:
        """One keyframe: (h, w, 3) in [0, 1] and (h, w) -> its memory. OutOfMemoryError where it doesn't fit."""
        with self._computing():
            key, value = self.network.encode_imgs_to_value(self._upload([image]), self._upload([trimap[..., None]]))
        return Memory(key, value)

    def run(self, images: list[np.ndarray], memory: Memory, recurrent: Recurrent) -> tuple[NetworkMattes, Recurrent]:
        """Frames (h, w, 3) in [0, 1] that follow each other, with the recurrent memory of those before.

        Raises:
            OutOfMemoryError: not even one frame fits.
        """
        try:
            with self._computing():
                logits, boundary, _, after = self.network.forward_with_memory(
                    self._upload(images), memory.key, memory.value, *recurrent
                )
                full, trimap = merge_softly(logits, boundary), logits.argmax(2, keepdim=True) / 2
                return NetworkMattes(*(x[0, :, 0].float().cpu().numpy() for x in (full, boundary, trimap))), after
        except OutOfMemoryError:
            if len(images) == 1:
                raise
        self.chunk = half = len(images) // 2
        first, recurrent = self.run(images[:half], memory, recurrent)
        second, recurrent = self.run(images[half:], memory, recurrent)
        return NetworkMattes.joined(first, second), recurrent

    def reset_chunk(self) -> None:
        """Try the device's own chunk again: memory may have become free."""
        self.chunk = self.device.chunk

    def start(self) -> Recurrent:
        """The recurrent memory before the first frame."""
        return [[None, None], [None, None]]

    def _upload(self, images: list[np.ndarray]) -> Tensor:
        clip = torch.from_numpy(np.stack(images)).to(self.device.torch)
        return clip.permute(0, 3, 1, 2)[None]

    @contextmanager
    def _computing(self) -> Iterator[None]:
        half = self.device.half
        # Not an autocast that is off: before torch 2.5 MPS had none to turn off.
        rounding = torch.autocast(self.device.torch.type, half) if half else nullcontext()
        with memory_errors(), torch.inference_mode(), rounding:
            yield
