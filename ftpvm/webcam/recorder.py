# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording: the frames that come, each at its place in time, in movies with a thread for each."""

import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import FtpvmError, OutputError
from ftpvm.media.composite import composite
from ftpvm.media.movie_writer import MovieCodec, MovieWriter

from .engine import Matted, unit
from .latest import Latest

Floats = NDArray[np.float32]
KINDS = ("cutout", "composite")
Background = Callable[[tuple[int, int]], Floats]
Draw = Callable[[Matted], Floats]
_ROOM = 64 * 2**20  # bytes left free: a movie needs some to be closed, and is lost without them
_PAUSE = 0.1  # seconds between two looks at whether to stop
_LATE = 1.5  # steps of the frame rate by which a frame may be shown late, so that a camera's jitter costs none


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
    """Records what is newest in `results`, from now until it is stopped.

    fps: the rate at whose steps frames are placed; where none came, the one before stays for longer.
    background: float32 (h, w, 3) in [0, 1] for a frame's size (width, height), asked for every frame.
    Raises OutputError if there is no name for its movies.
    """

    def __init__(
        self, results: Latest[Matted], fps: float, settings: RecordingSettings, background: Background
    ) -> None:
        pictures: dict[str, Draw] = {"cutout": _cutout, "composite": partial(_composite, background)}
        self._stopped = threading.Event()
        self._movies = [
            _Movie(path, settings.codecs[kind], fps, pictures[kind])
            for kind, path in settings.paths(datetime.now()).items()
        ]
        self._threads = [
            threading.Thread(
                target=movie.record, args=(results, results.count, self._stopped), name="ftpvm-record", daemon=True
            )
            for movie in self._movies
        ]
        for thread in self._threads:
            thread.start()

    @property
    def running(self) -> bool:
        """False once it has ended, by itself or not."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def stopped(self) -> bool:
        """It takes no more frames; those it has may still be written."""
        return self._stopped.is_set()

    @property
    def seconds(self) -> float:
        """How long its movies are by now."""
        return min((movie.seconds for movie in self._movies), default=0.0)

    @property
    def left_out(self) -> int:
        """Frames that came while the slower movie was still being written."""
        return max((movie.left_out for movie in self._movies), default=0)

    @property
    def problem(self) -> str:
        """A sentence once it has ended by itself."""
        return next((movie.problem for movie in self._movies if movie.problem), "")

    @property
    def paths(self) -> list[Path]:
        """Of the movies that are whole."""
        return [movie.path for movie in self._movies if movie.whole]

    @property
    def lost(self) -> bool:
        """Once it has ended: a problem left one of the movies out."""
        return bool(self.problem) and not all(movie.whole for movie in self._movies)

    def stop(self) -> None:
        """End it; the movies are whole when it isn't running any more."""
        self._stopped.set()

    def finish(self) -> None:
        """End it, and wait for the movies."""
        self.stop()
        for thread in self._threads:
            thread.join()


class _Movie:
    """One of a recording's movies. See there for what its attributes are.

    picture: RGBA (h, w, 4) of a result that has a matte.
    """

    def __init__(self, path: Path, codec: MovieCodec, fps: float, picture: Draw) -> None:
        self.path = path
        self.problem, self.whole, self.left_out = "", False, 0
        self._codec, self._picture = codec, picture
        self._places = Places(fps)
        self._writer: MovieWriter | None = None

    @property
    def seconds(self) -> float:
        return max(0, self._places.last) / self._places.fps

    def record(self, results: Latest[Matted], seen: int, stopped: threading.Event) -> None:
        """What comes after the first `seen` results, until `stopped`; that is set where it ends by itself."""
        try:
            while not (stopped.is_set() or self.problem):
                count, result = results.after(seen, _PAUSE)
                if result is not None and result.matte is not None:
                    self.left_out += count - seen - 1 if self._writer else 0
                    self._take(result)
                seen = count
        except FtpvmError as error:
            self.problem = str(error)
        except Exception as error:  # shown: a recording must not end unnoticed
            self.problem = f"The recording stopped ({type(error).__name__}: {error}); please report this."
        stopped.set()  # the other movie ends with this one
        if self._writer is not None:
            self._close(self._writer)

    def _take(self, result: Matted) -> None:
        place = self._places.of(result.frame.seconds)
        if place is None:
            return
        if self._writer is None:
            self._writer = MovieWriter(self.path, result.frame.size, self._places.fps, self._codec)
        self.problem = self._why_end(result, self._writer)
        if not self.problem:
            self._writer.write(self._picture(result), number=place)

    def _why_end(self, result: Matted, writer: MovieWriter) -> str:
        """What the movie would be lost by, if it went on; empty if nothing."""
        if shutil.disk_usage(self.path.parent).free < _ROOM:
            return "The disk is nearly full, so the recording ended; all of it up to now is kept."
        if writer.size != result.frame.size:
            return "The camera's picture has another size now, so the recording ended; begin another one."
        return ""

    def _close(self, writer: MovieWriter) -> None:
        try:
            writer.close()
        except FtpvmError as error:
            self.problem = self.problem or str(error)
        with suppress(OSError):
            self.whole = self.path.exists()


def _cutout(result: Matted) -> Floats:
    assert result.matte is not None
    return np.dstack([unit(result.frame.image), result.matte])


def _composite(background: Background, result: Matted) -> Floats:
    assert result.matte is not None
    over = composite(unit(result.frame.image), result.matte, background(result.frame.size))
    return np.dstack([over, np.ones_like(result.matte)])


@dataclass
class Places:
    """From the clock to places in a movie of `fps`; last: the one that was given last, -1 before."""

    fps: float
    last: int = -1
    began: float = 0.0

    def of(self, seconds: float) -> int | None:
        """The place of a frame that came at `seconds`; None where too many come, as when a camera is faster than `fps`.

        A steady camera's frames come a little early or late: one whose place is taken gets the next.
        """
        if self.last < 0:
            self.began = seconds
        due = (seconds - self.began) * self.fps
        place = max(round(due), self.last + 1)
        if place - due > _LATE:
            return None
        self.last = place
        return place
