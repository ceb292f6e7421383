# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording, in a thread of its own: the frames that come, each at its place in time."""

import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import FtpvmError, OutputError
from ftpvm.media.composite import composite
from ftpvm.media.foreground import straight
from ftpvm.media.movie_writer import MovieCodec, MovieWriter

from .engine import Matted, unit
from .latest import Latest

Floats = NDArray[np.float32]
KINDS = ("cutout", "composite")
_ROOM = 64 * 2**20  # bytes left free: a movie needs some to be closed, and is lost without them
_PAUSE = 0.1  # seconds between two looks at whether to stop


@dataclass(frozen=True)
class RecordingSettings:
    """folder: where movies go. codecs: of the KINDS that are wanted; a cutout has the camera's colours, and alpha."""

    folder: Path
    codecs: Mapping[str, MovieCodec]

    def paths(self, began: datetime) -> dict[str, Path]:
        """A file for each kind, named by the time; none of them is there yet."""
        stem = f"webcam_{began:%Y-%m-%d_%H-%M-%S}"
        for count in range(1, 1000):
            again = f"_{count}" if count > 1 else ""
            paths = {kind: self.folder / f"{stem}{again}_{kind}{codec.suffix}" for kind, codec in self.codecs.items()}
            if not any(path.exists() for path in paths.values()):
                return paths
        raise OutputError(f"{self.folder} is full of recordings named {stem}: choose another folder (--out).")


class Recording:
    """Records what is newest in `results`, from now until `finish()`.

    fps: the rate at whose steps frames are placed; where none came, the one before stays for longer.
    background: float32 (h, w, 3) in [0, 1] for a frame's size (width, height), asked for every frame.
    problem: a sentence once it has ended by itself. paths: of the movies that are whole.
    """

    def __init__(
        self,
        results: Latest[Matted],
        fps: float,
        settings: RecordingSettings,
        background: Callable[[tuple[int, int]], Floats],
    ) -> None:
        self.problem = ""
        self.paths: list[Path] = []
        self._results, self._settings, self._background = results, settings, background
        self._places = _Places(fps)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ftpvm-record", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """False once it has ended, by itself or not."""
        return self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """How long the movie is by now."""
        return max(0, self._places.last) / self._places.fps

    def finish(self) -> None:
        """End it; the movies are whole when this returns."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        writers: dict[str, MovieWriter] = {}
        try:
            self._record(writers)
        except FtpvmError as error:
            self.problem = str(error)
        except Exception as error:  # shown: a recording must not end unnoticed
            self.problem = f"The recording stopped ({type(error).__name__}: {error}); please report this."
        for writer in writers.values():
            self._close(writer)

    def _record(self, writers: dict[str, MovieWriter]) -> None:
        seen = 0
        while not self._stopped.is_set():
            seen, result = self._results.after(seen, _PAUSE)
            if result is None or result.matte is None:
                continue
            place = self._places.of(result.frame.seconds)
            if place is None:
                continue
            if not writers:
                for kind, path in self._settings.paths(datetime.now()).items():
                    writers[kind] = MovieWriter(path, result.frame.size, self._places.fps, self._settings.codecs[kind])
            self.problem = self._why_end(result, writers)
            if self.problem:
                return
            for kind, writer in writers.items():
                writer.write(self._picture(kind, result), number=place)

    def _why_end(self, result: Matted, writers: dict[str, MovieWriter]) -> str:
        """What a movie would be lost by, if it went on; empty if nothing."""
        if shutil.disk_usage(self._settings.folder).free < _ROOM:
            return "The disk is nearly full, so the recording ended; all of it up to now is kept."
        if any(writer.size != result.frame.size for writer in writers.values()):
            return "The camera's picture has another size now, so the recording ended; begin another one."
        return ""

    def _picture(self, kind: str, result: Matted) -> Floats:
        assert result.matte is not None
        image, opaque = unit(result.frame.image), np.ones_like(result.matte)
        if kind == "cutout":
            return straight(image, result.matte)
        return straight(composite(image, result.matte, self._background(result.frame.size)), opaque)

    def _close(self, writer: MovieWriter) -> None:
        """Each by itself: one that failed must not take the other along."""
        try:
            writer.close()
        except FtpvmError as error:
            self.problem = self.problem or str(error)
        with suppress(OSError):
            if writer.path.exists():
                self.paths.append(writer.path)


@dataclass
class _Places:
    """From the clock to places in a movie of `fps`."""

    fps: float
    last: int = -1
    began: float = field(default=-1.0)

    def of(self, seconds: float) -> int | None:
        """The place of a frame that came at `seconds`; None if it is taken, as when a camera is faster than `fps`."""
        if self.last < 0:
            self.began = seconds
        place = round((seconds - self.began) * self.fps)
        if place <= self.last:
            return None
        self.last = place
        return place
