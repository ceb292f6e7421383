# SPDX-License-Identifier: GPL-3.0-or-later
"""One request: which frames, which keyframes, where the mattes go. What propagation needs of media, as protocols."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from ftpvm.errors import SettingsError

from .keyframes import Keyframe
from .settings import Settings
from .spans import Span, plan_spans


class Frames(Protocol):
    """Where frames come from; `ftpvm.media.Source` is one."""

    @property
    def frames(self) -> range: ...

    @property
    def size(self) -> tuple[int, int]: ...

    def identity(self) -> str: ...

    def origin(self) -> str: ...

    def read(self, numbers: range) -> Iterator[tuple[int, np.ndarray]]: ...


class Mattes(Protocol):
    """Where mattes go; `ftpvm.media.MatteSequence` is one. Mattes are (h, w) float32 in [0, 1]."""

    folder: Path
    name: str

    def identity(self) -> str: ...

    def write(self, frame: int, matte: np.ndarray) -> None: ...

    def is_whole(self, frame: int) -> bool: ...


@dataclass(frozen=True)
class Shot:
    """frames: the range to matte, ascending, step 1, inside the source; the keyframes lie in it.

    Raises:
        SettingsError: `frames` is no such range.
    """

    source: Frames
    keyframes: Sequence[Keyframe]
    frames: range
    mattes: Mattes
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        held = self.source.frames
        if self.frames.step != 1 or not self.frames or {self.frames[0], self.frames[-1]}.difference(held):
            raise SettingsError(f"The range to matte must lie inside the shot's frames, {held[0]} to {held[-1]}.")

    def keyframe(self, frame: int) -> Keyframe | None:
        """The keyframe whose trimap is of this frame, if there is one."""
        return next((k for k in self.keyframes if k.frame == frame and k.image is None), None)

    def adapts_for(self, span: Span) -> bool:
        """Whether the network is trained on a span's keyframes first: not where only a keyframe is to be matted."""
        return self.settings.adapt and not all(map(self.keyframe, span.frames))

    @property
    def reached(self) -> range:
        """The frames that get mattes: a forced direction doesn't reach those on the keyframes' other side."""
        spans = plan_spans(sorted(k.frame for k in self.keyframes), self.frames, self.settings.direction)
        return range(spans[0].frames[0], spans[-1].frames[-1] + 1)
