# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that others printed, to place ours beside.

Sources: Huang & Lee, "End-to-End Video Matting With Trimap Propagation", CVPR 2023, the ablation on its poster; Yang et
al., "MatAnyone: Stable Video Matting with Consistent Memory Propagation", CVPR 2025, table 1, which ran both networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What a method reached, whole frame; set and size (width, height) as `ftpvm evaluate` names them."""

    method: str
    source: str
    set: str
    size: tuple[int, int]
    values: dict[str, float]


_POSTER, _MATANYONE = "CVPR 2023 poster", "MatAnyone, table 1"

PUBLISHED: Sequence[Figures] = (
    Figures("FTP-VM", _POSTER, "vm108", (1024, 576),
            {"mad": 20.74, "mse": 5.19, "grad": 3.92, "conn": 12.13, "dtssd": 2.46}),
    Figures("a second encoder in place of trimap fusion", _POSTER, "vm108", (1024, 576),
            {"mad": 30.75, "mse": 11.34, "grad": 5.72, "conn": 17.81, "dtssd": 2.82}),
    Figures("FTP-VM", _MATANYONE, "vm240k", (512, 288), {"mad": 6.13, "mse": 1.31, "grad": 1.14, "dtssd": 1.60}),
    Figures("FTP-VM", _MATANYONE, "vm240k", (1920, 1080), {"mad": 8.00}),
    Figures("RVM", _MATANYONE, "vm240k", (1920, 1080), {"mad": 6.57}),
)  # fmt: skip
