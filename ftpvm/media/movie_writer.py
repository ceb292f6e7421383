# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes and cut-outs as one movie: ProRes 4444, FFV1 or VP9 with an alpha channel, H.264 without."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

from ftpvm.atomic import output_error, remove, temporary_beside
from ftpvm.errors import CodecError, OutputError, SettingsError
from ftpvm.media.clamped import clamped

# Numbers of the ITU-T H.273 tables, which movies carry.
_BT709, _SRGB_CURVE, _RGB_MATRIX = 1, 13, 0
_LIMITED, _FULL = 1, 2

Floats = NDArray[np.float32]
Integers = NDArray[np.uint8] | NDArray[np.uint16]


class MovieCodec(StrEnum):
    """What a movie is stored as; the value is the word the command line uses."""

    PRORES = "prores"
    FFV1 = "ffv1"
    VP9 = "vp9"
    H264 = "h264"

    @property
    def suffix(self) -> str:
        return _RECIPES[self].suffix


@dataclass(frozen=True)
class _Recipe:
    """How to have one codec written: ffmpeg's names, and how many bits its planes have."""

    suffix: str
    container: str
    encoder: str
    pixels: str
    bits: int
    options: dict[str, str]
    half_chroma: bool = False

    @property
    def rgb(self) -> bool:
        return self.pixels.startswith("gbrap")

    @property
    def has_alpha(self) -> bool:
        return "a" in self.pixels

    @property
    def top(self) -> int:
        return (1 << self.bits) - 1


_RECIPES = {
    MovieCodec.PRORES: _Recipe(
        ".mov", "mov", "prores_ks", "yuva444p10le", 10, {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"}
    ),
    MovieCodec.FFV1: _Recipe(".mkv", "matroska", "ffv1", "gbrap16le", 16, {"level": "3", "slicecrc": "1", "g": "1"}),
    # Older builds of ffmpeg refuse alpha together with alternate reference frames.
    MovieCodec.VP9: _Recipe(
        ".webm", "webm", "libvpx-vp9", "yuva420p", 8,
        {"crf": "16", "b": "0", "auto-alt-ref": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"},
        half_chroma=True,
    ),
    MovieCodec.H264: _Recipe(".mp4", "mp4", "libx264", "yuv420p", 8, {"crf": "12"}, half_chroma=True),
}  # fmt: skip


class MovieWriter:
    """Writes frames of `size` (width, height) at `fps` to `path`, which appears when `close()` succeeds.

    As a context manager it closes on a good end and aborts, leaving nothing, on an exception. ProRes keeps 10 bits of
    colour and alpha, FFV1 all 16 bits exactly, VP9 8 bits; H.264 keeps 8 bits of colour and no alpha. Raises
    SettingsError for a suffix that is not the codec's, CodecError if this machine can't encode it, DiskFullError or
    OutputError if the file can't be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: Fraction | float, codec: MovieCodec | str) -> None:
        self.path, self.size = Path(path), size
        self._recipe = _fitting(_recipe(codec), size)
        if self.path.suffix.lower() != self._recipe.suffix:
            raise SettingsError(f"{codec} movies end in {self._recipe.suffix}: rename {self.path.name} accordingly.")
        if not math.isfinite(fps) or fps <= 0:
            raise SettingsError(f"A movie can't have {fps} frames per second: give a rate above 0.")
        self._next, self._finished = 0, False  # the next frame's place
        self._temporary = temporary_beside(self.path)
        self._resources = ExitStack()
        with self._aborting_on_failure():
            file = self._resources.enter_context(self._temporary.open("wb"))
            self._container = self._resources.enter_context(av.open(file, "w", format=self._recipe.container))
            self._stream = _add_stream(self._container, self._recipe, size, frame_rate(fps))

    def write(self, frame: NDArray[np.floating], *, number: int | None = None) -> None:
        """Append RGBA (h, w, 4), sRGB in [0, 1], or a matte (h, w), stored in colour and alpha alike.

        A matte is thus found by hosts that read brightness and by those that read alpha. Values are clamped, NaN is 0.
        number: the frame's place, counted at the movie's rate from 0 and ascending; by default the next. A place that
        is left out holds the frame before for longer, as live recordings need.
        """
        expected = (self.size[1], self.size[0])
        if frame.shape not in (expected, (*expected, 4)):
            self.abort()
            raise OutputError(f"A frame of shape {frame.shape} doesn't fit the {self.size[0]}x{self.size[1]} movie.")
        clean = clamped(frame)
        rgba = clean if clean.ndim == 3 else np.repeat(clean[..., None], 4, axis=-1)
        with self._aborting_on_failure():
            picture = _video_frame(rgba, self._recipe)
            picture.pts = self._next if number is None else number
            self._container.mux(self._stream.encode(picture))
        self._next = picture.pts + 1

    def close(self) -> None:
        """Finish the movie and give it its name; OutputError without a single frame. A second call does nothing."""
        if self._finished:
            return
        if not self._next:
            self.abort()
            raise OutputError(f"{self.path} would have no frames, so it was not written: choose a longer range.")
        with self._aborting_on_failure():
            self._container.mux(self._stream.encode(None))
            self._resources.close()  # the file's last bytes are written here, and here the disk may be full
            self._temporary.replace(self.path)
        self._finished = True

    def abort(self) -> None:
        """Give up and leave nothing behind; does nothing after `close()`."""
        self._finished = True
        with suppress(OSError, av.FFmpegError, ValueError):
            self._resources.close()
        remove(self._temporary)

    @contextmanager
    def _aborting_on_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.abort()
            raise output_error(self.path, error) from error
        except av.FFmpegError as error:
            self.abort()
            raise CodecError(
                f"{self._recipe.encoder} can't encode {self.path} ({error}): choose png16 or another movie format."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


def frame_rate(fps: Fraction | float) -> Fraction:
    """The exact rate meant by `fps`: 23.976 is 24000/1001."""
    ntsc = Fraction(round(float(fps) * 1.001) * 1000, 1001)
    return ntsc if math.isclose(fps, ntsc, rel_tol=2e-4) else Fraction(fps).limit_denominator(1000)


def require_encoder(codec: MovieCodec | str) -> None:
    """Raise CodecError, with what to do, if this machine can't write `codec`."""
    _recipe(codec)


def _recipe(codec: MovieCodec | str) -> _Recipe:
    """How to write `codec`, once it is sure that this machine can."""
    try:
        recipe = _RECIPES[MovieCodec(codec)]
    except ValueError:
        known = ", ".join(MovieCodec)
        raise CodecError(f"'{codec}' is not a movie codec that ftpvm writes: use one of {known}.") from None
    try:
        formats = av.codec.Codec(recipe.encoder, "w").video_formats or ()
    except ValueError:
        formats = ()
    if recipe.pixels not in {format.name for format in formats}:
        raise CodecError(
            f"The installed PyAV can't encode {codec} as {recipe.pixels} ({recipe.encoder}): choose png16 or another "
            "movie format, or reinstall PyAV with `pip install --force-reinstall av`."
        )
    return recipe


def _fitting(recipe: _Recipe, size: tuple[int, int]) -> _Recipe:
    """H.264 with half the chroma, which every player takes, exists for even sizes only."""
    if recipe.encoder == "libx264" and (size[0] % 2 or size[1] % 2):
        return replace(recipe, pixels="yuv444p", half_chroma=False)
    return recipe


def _add_stream(container: Any, recipe: _Recipe, size: tuple[int, int], rate: Fraction) -> Any:
    stream = container.add_stream(recipe.encoder, rate=rate, options=recipe.options)
    stream.width, stream.height = size
    stream.pix_fmt = recipe.pixels
    _tag(stream.codec_context, recipe)
    return stream


def _tag(target: Any, recipe: _Recipe) -> None:
    """Say what the values mean: on the stream for the container, and on every frame, where ProRes takes it from."""
    target.color_primaries = _BT709
    target.color_trc = _SRGB_CURVE if recipe.rgb else _BT709
    target.colorspace = _RGB_MATRIX if recipe.rgb else _BT709
    target.color_range = _FULL if recipe.rgb else _LIMITED


def _video_frame(rgba: Floats, recipe: _Recipe) -> av.VideoFrame:
    height, width = rgba.shape[:2]
    frame = av.VideoFrame(width, height, recipe.pixels)
    _tag(frame, recipe)
    planes = _rgb_planes(rgba, recipe) if recipe.rgb else _bt709_planes(rgba, recipe)
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(plane), values.dtype).reshape(-1, plane.line_size // values.itemsize)
        rows[: plane.height, : plane.width] = values
    return frame


def _rgb_planes(rgba: Floats, recipe: _Recipe) -> list[Integers]:
    red, green, blue, alpha = (_integers(rgba[..., c] * recipe.top, recipe) for c in range(4))
    return [green, blue, red, alpha]  # the order of ffmpeg's planar RGB


def _bt709_planes(rgba: Floats, recipe: _Recipe) -> list[Integers]:
    """Luma and chroma by the BT.709 matrix in limited range, alpha, if it's wanted, in full range."""
    red, green, blue, alpha = (rgba[..., c] for c in range(4))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    chroma = [(blue - luma) / 1.8556, (red - luma) / 1.5748]
    if recipe.half_chroma:
        chroma = [_halved(plane) for plane in chroma]
    step = 1 << (recipe.bits - 8)
    return [
        _integers((16 + 219 * luma) * step, recipe),
        *(_integers((128 + 224 * plane) * step, recipe) for plane in chroma),
        *([_integers(alpha * recipe.top, recipe)] if recipe.has_alpha else []),
    ]


def _halved(plane: Floats) -> Floats:
    """Means of 2x2 blocks; an odd last row or column counts twice."""
    even = np.pad(plane, [(0, plane.shape[0] % 2), (0, plane.shape[1] % 2)], mode="edge")
    return np.asarray((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4, np.float32)


def _integers(values: Floats, recipe: _Recipe) -> Integers:
    whole = np.clip(np.rint(values), 0, recipe.top)
    return whole.astype(np.uint8) if recipe.bits == 8 else whole.astype(np.uint16)
