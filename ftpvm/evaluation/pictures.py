# SPDX-License-Identifier: GPL-3.0-or-later
"""What to look at beside the numbers: a side-by-side movie of every clip, and a picture of its worst frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.media.composite import COLOURS, composite, solid
from ftpvm.media.deliver import DEFAULT_FPS
from ftpvm.media.movie_writer import MovieCodec, MovieWriter
from ftpvm.media.resized import resized

from .picture_sheet import write_picture_sheet
from .scoring import Seen

Floats = NDArray[np.float32]

PREVIEW_HEADS = ("frame", "true alpha", "matte", "over green")
_LONGEST = 640  # px of one picture in the movie; larger frames are shrunk
_BAR = 24  # px below the pictures for their names


@contextmanager
def preview_movie(path: Path, size: tuple[int, int]) -> Iterator[Callable[[Seen], None]]:
    """A movie of PREVIEW_HEADS side by side; the true alpha is grey where a frame isn't annotated.

    size: (width, height) of the clip. Raises CodecError, OutputError or DiskFullError.
    """
    scale = min(1.0, _LONGEST / max(size))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in size)
    bar, paper = _named_bar(width), solid(COLOURS["green"], (width, height))

    with MovieWriter(path, (width * len(PREVIEW_HEADS), height + _BAR), DEFAULT_FPS, MovieCodec.H264) as movie:

        def see(seen: Seen) -> None:
            assert seen.true.image is not None
            image, matte = (resized(picture, (width, height)) for picture in (seen.true.image, seen.made.matte))
            alpha = seen.true.alpha
            truth = np.full_like(matte, 0.5) if alpha is None else resized(alpha, (width, height))
            row = np.hstack([image, _rgb(truth), _rgb(matte), composite(image, matte, paper)])
            sheet = np.vstack([row, bar])
            movie.write(np.dstack([sheet, np.ones(sheet.shape[:2], np.float32)]))

        yield see


class WorstFrame:
    """Remembers the annotated frame with the largest MAD of those it sees."""

    def __init__(self) -> None:
        self._worst: tuple[float, Seen] | None = None

    def see(self, seen: Seen) -> None:
        """Look at the next frame."""
        if seen.scores is not None and (self._worst is None or seen.scores["whole"]["mad"] > self._worst[0]):
            self._worst = seen.scores["whole"]["mad"], seen

    def write(self, path: Path) -> None:
        """A row of pictures: frame (if known), true alpha, matte, and where they differ. OutputError, DiskFullError."""
        if self._worst is None:
            return
        seen = self._worst[1]
        assert seen.true.alpha is not None
        columns = {"true alpha": seen.true.alpha, "matte": seen.made.matte}
        columns["error"] = np.abs(seen.made.matte - seen.true.alpha)
        if seen.true.image is not None:
            columns = {"frame": seen.true.image, **columns}
        write_picture_sheet(path, list(columns), [(str(seen.number), list(columns.values()))], width=320)


def _named_bar(width: int) -> Floats:
    bar = np.full((_BAR, width * len(PREVIEW_HEADS), 3), 26, np.uint8)
    for column, head in enumerate(PREVIEW_HEADS):
        at = (column * width + 8, _BAR - 8)
        cv2.putText(bar, head, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (230, 230, 230), 1, cv2.LINE_AA)
    return np.asarray(bar / np.float32(255), np.float32)


def _rgb(grey: Floats) -> Floats:
    return np.repeat(grey[..., None], 3, axis=-1)
