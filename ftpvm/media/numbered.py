# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of numbered stills: `folder/name.0000.png`, the number at least four digits wide."""

from pathlib import Path

from ftpvm.errors import SettingsError
from ftpvm.media.stills import EXR_COMPRESSIONS, StillFormat, is_whole_still, still_format


class NumberedStills:
    """What every sequence that ftpvm writes has in common: where a frame lives and whether it is done."""

    def __init__(self, folder: Path, name: str, format: StillFormat | str, *, compression: str = "zip") -> None:
        if not name or Path(name).name != name or "\\" in name:
            raise SettingsError(f"'{name}' can't be the name of a sequence: use a plain file name without folders.")
        if compression not in EXR_COMPRESSIONS:
            known = ", ".join(EXR_COMPRESSIONS)
            raise SettingsError(f"'{compression}' is not an EXR compression that ftpvm writes: use one of {known}.")
        self.folder = Path(folder)
        self.name = name
        self.format = still_format(format)
        self.compression = compression

    def path(self, frame: int) -> Path:
        """Where frame number `frame` is, or would be."""
        return self.folder / f"{self.name}.{frame:04d}{self.format.suffix}"

    @property
    def pattern(self) -> str:
        """The path of every frame, with #### for its number."""
        return str(self.folder / f"{self.name}.####{self.format.suffix}")

    def is_whole(self, frame: int) -> bool:
        """Whether the frame's file exists and was written to its end."""
        return is_whole_still(self.path(frame))
