# SPDX-License-Identifier: GPL-3.0-or-later
"""Live pictures: from a camera, or from a movie that plays as if it were one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import SourceError
from ftpvm.media import Source, open_source
from ftpvm.media.deliver import DEFAULT_FPS

USUAL_FPS = 30.0  # of cameras that don't say


@dataclass(frozen=True, eq=False)
class Frame:
    """A live picture.

    image: uint8 (h, w, 3) RGB. scene: changes where a frame doesn't follow the one before. seconds: time.monotonic()
    when it came.
    """

    image: NDArray[np.uint8]
    scene: int = 0
    seconds: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        height, width = self.image.shape[:2]
        return width, height


class Camera(Protocol):
    """name: for people. size: (width, height). fps: frames per second."""

    name: str
    size: tuple[int, int]
    fps: float

    def frames(self) -> Iterator[Frame]:
        """Frames as they come, for ever. SourceError when none comes any more; it may be asked again after that."""
        ...


def open_camera(source: str) -> Camera:
    """The camera of a number, or a movie or image sequence as one. SourceError if it gives no picture."""
    return DeviceCamera(int(source)) if source.isdecimal() else MovieCamera(open_source(source))


class DeviceCamera:
    """A camera that OpenCV finds, by its number from 0. SourceError if it isn't there or gives no picture."""

    def __init__(self, number: int) -> None:
        self._number, self._scene = number, 0
        self.name = f"camera {number}"
        capture, image = self._opened()
        self.size = image.shape[1], image.shape[0]
        self.fps = _believable(capture.get(cv2.CAP_PROP_FPS))
        self._capture: Any = capture

    def frames(self) -> Iterator[Frame]:
        if self._capture is None:
            self._capture, _ = self._opened()
            self._scene += 1
        capture = self._capture
        try:
            while (image := _read(capture)) is not None:
                yield Frame(image, self._scene)
        finally:
            self._capture = None
            capture.release()
        raise SourceError(
            f"Camera {self._number} gives no more pictures: plug it in again, or close what else uses it."
        )

    def _opened(self) -> tuple[Any, NDArray[np.uint8]]:
        capture = cv2.VideoCapture(self._number)
        image = _read(capture)
        if image is None:
            capture.release()
            raise SourceError(
                f"Camera {self._number} isn't there or gives no picture: plug it in, close other programs that use it, "
                "or choose another camera or a movie (--source)."
            )
        return capture, image


class MovieCamera:
    """A movie at its own rate, or slower where decoding can't keep up; at its end it begins again, a new scene."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name, self.size, self.fps = source.path.name, source.size, float(source.fps or DEFAULT_FPS)

    def frames(self) -> Iterator[Frame]:
        due, scene = time.monotonic(), 0
        while True:
            for _, image in self._source.read(self._source.frames):
                time.sleep(max(0.0, due - time.monotonic()))
                yield Frame((image * 255).round().astype(np.uint8), scene)
                due = max(due + 1 / self.fps, time.monotonic() - 1 / self.fps)
            scene += 1


def _believable(fps: float) -> float:
    """What a driver says, or the usual where that is no frame rate: 0, -1 and NaN have been seen."""
    return fps if 1 <= fps <= 240 else USUAL_FPS


def _read(capture: Any) -> NDArray[np.uint8] | None:
    whole, image = capture.read()
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8) if whole and image is not None else None
