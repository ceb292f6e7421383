# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist may choose about a propagation."""

from dataclasses import dataclass
from typing import Literal, get_args

from ftpvm.errors import SettingsError

Direction = Literal["both", "forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True)
class Settings:
    """direction: see `plan_spans`. resolution: long side in px at which the network works; larger frames are shrunk.

    adapt: train the network on each span's keyframes first, see `adaptation.adapted`.

    Raises:
        SettingsError: the direction is unknown or the resolution under 64 px.
    """

    direction: Direction = "both"
    resolution: int = 1024
    adapt: bool = False

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise SettingsError(f"There is no direction {self.direction!r}; choose {', '.join(DIRECTIONS)}.")
        if self.resolution < 64:
            raise SettingsError(f"A resolution of {self.resolution} px is too small; choose 64 or more.")


def working_size(size: tuple[int, int], resolution: int) -> tuple[int, int]:
    """(width, height) of the frames the network sees; never larger than `size`."""
    scale = min(1.0, resolution / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
