# SPDX-License-Identifier: GPL-3.0-or-later
"""Distinctions646 (Qiao et al. 2020): still foregrounds, each with its matte."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ftpvm.datasets.layout import PICTURES, Layout

from .footage import Footage


@dataclass(frozen=True)
class Distinctions646:
    """Foreground pictures, and the mattes of the same numbers."""

    layout: Layout
    pictures: tuple[Path, ...]
    mattes: tuple[Path, ...]

    @classmethod
    def open(cls, root: Path) -> "Distinctions646":
        """Distinctions646/Train/{FG,GT}/NAME_k.png under `root`; DatasetError where it isn't so."""
        layout = Layout(root, "Distinctions646", "Distinctions646/Train/{FG,GT}/NAME_k.png")
        train = ("Distinctions646", "Train")
        pictures = layout.names(*train, "FG", suffixes=PICTURES)
        mattes = {Path(name).stem: name for name in layout.names(*train, "GT", suffixes=PICTURES)}
        for name in pictures:
            if Path(name).stem not in mattes:
                raise layout.error(f"FG/{name} has no matte in GT")
        folder = root.joinpath(*train)
        return cls(
            layout,
            tuple(folder / "FG" / name for name in pictures),
            tuple(folder / "GT" / mattes[Path(name).stem] for name in pictures),
        )

    def lengths(self) -> list[int]:
        """Frames of each foreground."""
        return [1] * len(self.pictures)

    def foreground(self, item: int, numbers: list[int]) -> Footage:
        """The picture with its matte as alpha, once."""
        picture, matte = self.layout.rgb(self.pictures[item]), self.layout.grey(self.mattes[item])
        self.layout.require_one_size(f"{self.pictures[item]} and its matte", (picture, matte))
        return Footage([np.dstack([picture, matte])])

    def paired(self, item: int, numbers: list[int]) -> list[Path]:
        """There is no background."""
        return []
