# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that others printed, to place ours beside.

Sources: Huang & Lee, "End-to-End Video Matting With Trimap Propagation", CVPR 2023, the ablation on its poster; Yang et
al., "MatAnyone: Stable Video Matting with Consistent Memory Propagation", CVPR 2025, table 1, which ran both networks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .sizes import NATIVE, evaluation_size


@dataclass(frozen=True)
class Figures:
    """What a method reached, whole frame; set and size (width, height) as `ftpvm evaluate` names them.

    clips: how many clips of the set the figures are over; None where it isn't published what the set was made of.
    """

    method: str
    source: str
    set: str
    size: tuple[int, int]
    values: dict[str, float]
    clips: int | None = None

    def are_like(self, settings: Mapping[str, Any], clips: int) -> bool:
        """Whether results of these settings, over so many clips, may be held against them."""
        measured = evaluation_size(str(settings.get("size", NATIVE))), clips
        kept = {key: settings.get(key, value) for key, value in _AS_PUBLISHED.items()}
        return settings.get("set") == self.set and measured == (self.size, self.clips) and kept == _AS_PUBLISHED


_AS_PUBLISHED = {"trimap_width": 25, "memory_freq": 0, "downsample_ratio": 1}
_POSTER, _MATANYONE = "CVPR 2023 poster", "MatAnyone, table 1"

PUBLISHED: Sequence[Figures] = (
    Figures("FTP-VM", _POSTER, "vm108", (1024, 576),
            {"mad": 20.74, "mse": 5.19, "grad": 3.92, "conn": 12.13, "dtssd": 2.46}, clips=28),
    Figures("a second encoder in place of trimap fusion", _POSTER, "vm108", (1024, 576),
            {"mad": 30.75, "mse": 11.34, "grad": 5.72, "conn": 17.81, "dtssd": 2.82}, clips=28),
    Figures("FTP-VM", _MATANYONE, "vm240k", (512, 288), {"mad": 6.13, "mse": 1.31, "grad": 1.14, "dtssd": 1.60}),
    Figures("FTP-VM", _MATANYONE, "vm240k", (1920, 1080), {"mad": 8.00}),
    Figures("RVM", _MATANYONE, "vm240k", (1920, 1080), {"mad": 6.57}),
)  # fmt: skip
