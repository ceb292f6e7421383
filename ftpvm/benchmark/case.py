# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, and what came of it."""

from dataclasses import dataclass
from pathlib import Path

from ftpvm.propagation.settings import working_size

PRECISIONS = ("fp32", "fp16", "bf16")


@dataclass(frozen=True)
class Case:
    """One row of the table.

    size: (width, height) of the clip. frames: how many of it. keyframes: spread evenly over it. resolution: the long
    side in px beyond which frames are shrunk for the network. repeats: the best of so many runs counts.
    """

    device: str
    precision: str
    size: tuple[int, int]
    keyframes: int
    frames: int
    resolution: int
    weights: str
    repeats: int

    @property
    def work_size(self) -> tuple[int, int]:
        """(width, height) of the frames the network sees."""
        return working_size(self.size, self.resolution)

    @property
    def keyframe_numbers(self) -> list[int]:
        """The first frame is one, the last one too if there are several."""
        last = max(1, self.keyframes - 1)
        return sorted({round(i * (self.frames - 1) / last) for i in range(self.keyframes)})


@dataclass(frozen=True)
class Measured:
    """Frames a second, seconds, and MiB; None where this system doesn't tell.

    eager: the plain network, fp32, a frame a call: the 1.0. network: as ftpvm runs it. Both on frames decoded already,
    against all keyframes at once. end_to_end: finished mattes, decoding and 16-bit PNG included; between keyframes the
    network runs twice for each. first_frame: from the start of the first job, the network being loaded, to the first
    frame that the network has run. ram: peak of the process while only that job has run. vram: peak that torch
    allocated on the device by then.
    """

    eager: float
    network: float
    end_to_end: float
    first_frame: float
    ram: float | None
    vram: float | None


@dataclass(frozen=True)
class Row:
    """A case with what was measured, or with the sentence that says why nothing was."""

    case: Case
    measured: Measured | None
    error: str = ""


@dataclass(frozen=True)
class Job:
    """A case with the movie it is measured on."""

    case: Case
    movie: Path
