# SPDX-License-Identifier: GPL-3.0-or-later
"""What every training clip of a run has in common, and the last step towards one."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator

from ftpvm.errors import SettingsError

from ..clip import Clip
from .sampling import SPEEDS, FrameSampler
from .trimaps import FIXED_KERNEL, random_kernel, trimaps_from_alphas


@dataclass(frozen=True)
class ClipSettings:
    """The switches of all data sets; SettingsError where a clip couldn't be made.

    size: height and width in px. frames: frames read for a clip, the first one is the memory. same_mem_que: the memory
    is also the query's first frame, and near. nb_frame_only: the memory is a near frame, not a far one.
    random_memtrimap: the memory's trimap has a kernel of its own, the query's always a 17 px ellipse.
    """

    size: int
    frames: int
    seed: int = 0
    same_mem_que: bool = False
    nb_frame_only: bool = False
    random_memtrimap: bool = False

    def __post_init__(self) -> None:
        if self.frames < 2 or self.size < 16 or self.seed < 0:
            raise SettingsError(
                f"No clip has {self.frames} frames of {self.size} px with seed {self.seed}: "
                "give 2 frames or more, 16 px or more and a seed of 0 or more."
            )

    def sampler(self, speeds: tuple[float, ...] = SPEEDS) -> FrameSampler:
        """How these clips choose their frames."""
        return FrameSampler(self.frames, not (self.nb_frame_only or self.same_mem_que), speeds)

    def clip(self, rng: Generator, images: np.ndarray, alphas: np.ndarray) -> Clip:
        """Images (n, h, w, 3) and alphas (n, h, w), float32, the memory first -> a clip with its trimaps."""
        images, alphas = np.clip(images, 0, 1), np.clip(alphas, 0, 1)
        kernel = random_kernel(rng)
        trimaps = trimaps_from_alphas(alphas, FIXED_KERNEL if self.random_memtrimap else kernel)
        memory = trimaps_from_alphas(alphas[:1], kernel)
        query = slice(0 if self.same_mem_que else 1, None)
        return Clip(
            torch.from_numpy(np.concatenate([images[:1], images[query]])).permute(0, 3, 1, 2).contiguous(),
            torch.from_numpy(np.concatenate([alphas[:1], alphas[query]]))[:, None],
            torch.from_numpy(np.concatenate([memory, trimaps[query]]))[:, None],
            memories=1,
        )
