# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreground colours with their matte as numbered RGBA stills, each format in its own convention."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.media.foreground import straight
from ftpvm.media.numbered import NumberedStills
from ftpvm.media.srgb import linear_from_srgb, srgb_from_linear
from ftpvm.media.stills import StillFormat, read_still, write_still


class RgbaSequence(NumberedStills):
    """Numbered RGBA stills; takes and gives straight display-referred sRGB, whatever is stored.

    Stored: PNG holds sRGB values, straight unless asked otherwise, as its specification demands; EXR holds linear
    light, premultiplied unless asked otherwise, as compositors expect. Multiplying happens on the values stored.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        format: StillFormat | str = StillFormat.PNG16,
        *,
        premultiply: bool | None = None,
        compression: str = "zip",
    ) -> None:
        super().__init__(folder, name, format, compression=compression)
        self._linear = self.format is StillFormat.EXR
        self.premultiply = self._linear if premultiply is None else premultiply

    def write(self, frame: int, foreground: NDArray[np.floating], matte: NDArray[np.floating]) -> None:
        """Write straight sRGB colours (h, w, 3) and their matte (h, w), both in [0, 1]; clamped, NaN becomes 0."""
        rgba = straight(foreground, matte)
        if self._linear:
            rgba[..., :3] = linear_from_srgb(rgba[..., :3])
        if self.premultiply:
            rgba[..., :3] *= rgba[..., 3:]
        write_still(
            self.path(frame),
            rgba,
            self.format,
            channels=("R", "G", "B", "A"),
            colorspace="lin_rec709" if self._linear else "sRGB",
            compression=self.compression,
        )

    def read(self, frame: int) -> NDArray[np.float32]:
        """Straight sRGB RGBA float32 (h, w, 4) in [0, 1]; SourceError."""
        rgba = np.clip(read_still(self.path(frame)), 0, 1)
        if self.premultiply:
            rgba[..., :3] = np.clip(rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-6), 0, 1)
        if self._linear:
            rgba[..., :3] = srgb_from_linear(rgba[..., :3])
        return rgba
