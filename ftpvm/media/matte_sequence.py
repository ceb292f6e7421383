# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes as numbered stills: linear data, one channel, each file written whole or not at all."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import SettingsError
from ftpvm.media.clamped import clamped
from ftpvm.media.numbered import NumberedStills
from ftpvm.media.stills import StillFormat, read_still, write_still


class MatteSequence(NumberedStills):
    """Numbered matte stills `folder/name.0000.png` (or .exr), read and written in any order from any thread.

    `format` is a StillFormat or its word: png16 (default), png8, exr (half floats). `channel` is the name of an EXR's
    only channel: "A" (Nuke puts it into alpha) or "Y" (read as a grey picture everywhere). `compression` is one of
    EXR_COMPRESSIONS; dwaa and dwab are lossy for "Y". Raises SettingsError for a word it doesn't know.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        format: StillFormat | str = StillFormat.PNG16,
        *,
        channel: str = "A",
        compression: str = "zip",
    ) -> None:
        super().__init__(folder, name, format, compression=compression)
        if channel not in ("A", "Y"):
            raise SettingsError(f"'{channel}' is not a matte channel that ftpvm writes: use A or Y.")
        self.channel = channel

    def identity(self) -> str:
        """What the files are, apart from their pixels: name, format, channel and compression."""
        return f"{self.path(0).name} {self.format.value} {self.channel} {self.compression}"

    def write(self, frame: int, matte: NDArray[np.floating]) -> None:
        """Write a matte (h, w). Values outside [0, 1] are clamped, NaN becomes 0. DiskFullError or OutputError."""
        channel = self.channel if self.format is StillFormat.EXR else "Y"
        write_still(
            self.path(frame),
            clamped(matte)[..., None],
            self.format,
            channels=(channel,),
            colorspace="data",  # a gAMA or sRGB chunk would make hosts bend the matte
            compression=self.compression,
        )

    def read(self, frame: int) -> NDArray[np.float32]:
        """The matte float32 (h, w) in [0, 1]. SourceError if the file is missing or broken."""
        return np.clip(read_still(self.path(frame))[..., 0], 0, 1)
