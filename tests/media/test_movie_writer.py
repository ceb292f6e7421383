# SPDX-License-Identifier: GPL-3.0-or-later
"""Movies with alpha, decoded back: values, tags, timing, and nothing left behind by a failure."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tiny_disk import run_with_file_limit

from ftpvm.errors import CodecError, OutputError, SettingsError
from ftpvm.media.movie_writer import MovieCodec, MovieWriter, frame_rate

SUFFIX = {"prores": ".mov", "ffv1": ".mkv", "vp9": ".webm", "h264": ".mp4"}
WITH_ALPHA = ["prores", "ffv1", "vp9"]
ALPHA_TOLERANCE = {"prores": 1 / 1023, "ffv1": 0.51 / 65535, "vp9": 3 / 255}
COLOUR_TOLERANCE = {"prores": 2 / 255, "ffv1": 0.51 / 65535, "vp9": 4 / 255}
PATCHES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (0.5, 0.5, 0.5), (0.9, 0.6, 0.4), (0.1, 0.3, 0.7)]


def a_frame(width: int, height: int, shift: float = 0) -> np.ndarray:
    """Vertical bars of known colours over a soft horizontal ramp of alpha."""
    bars = np.array(PATCHES, np.float32)[np.arange(width) * len(PATCHES) // width]
    alpha = np.clip(np.linspace(-0.1 + shift, 1.1, height), 0, 1).astype(np.float32)
    return np.dstack([np.broadcast_to(bars, (height, width, 3)), np.broadcast_to(alpha[:, None], (height, width))])


def decode(path: Path) -> list[np.ndarray]:
    """All frames as RGBA (h, w, 4) in [0, 1]: alpha as stored, YUV colours by ffmpeg's own conversion, as tagged."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        # ffmpeg's own VP9 decoder ignores alpha.
        decoder = av.codec.CodecContext.create("libvpx-vp9", "r") if path.suffix == ".webm" else stream.codec_context
        packets = [packet if packet.size else None for packet in container.demux(stream)]
        return [rgba(frame) for packet in packets for frame in decoder.decode(packet)]


def rgba(frame: av.VideoFrame) -> np.ndarray:
    if frame.format.name == "gbrap16le":
        green, blue, red, alpha = (plane_values(frame, index) for index in range(4))
        return np.dstack([red, green, blue, alpha])
    return np.dstack([frame.to_ndarray(format="rgb24") / 255, plane_values(frame, 3)])


def plane_values(frame: av.VideoFrame, index: int) -> np.ndarray:
    """One stored plane (h, w), its largest possible value being 1."""
    plane, bits = frame.planes[index], frame.format.components[index].bits
    stored = np.frombuffer(memoryview(plane), np.uint8 if bits == 8 else np.uint16).reshape(plane.height, -1)
    return stored[:, : plane.width] / (2**bits - 1)


def bar_centres(frame: np.ndarray) -> np.ndarray:
    """The colour in the middle of each bar: half-resolution chroma mixes the bars' edges."""
    width = frame.shape[1]
    columns = (np.arange(len(PATCHES)) + 0.5) * width / len(PATCHES)
    return frame[:, columns.astype(int), :3]


@pytest.mark.parametrize("codec", WITH_ALPHA)
@pytest.mark.parametrize("size", [(128, 72), (131, 77)])
def test_colours_and_alpha_come_back(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    path = tmp_path / "Film über 映画" / f"my matte{SUFFIX[codec]}"
    written = [a_frame(*size, shift) for shift in (0.0, 0.3, 0.6)]
    with MovieWriter(path, size, 25, codec) as movie:
        for frame in written:
            movie.write(frame)
        assert not path.exists()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    read = decode(path)
    assert len(read) == 3 and read[0].shape == (size[1], size[0], 4)
    for before, after in zip(written, read, strict=True):
        assert np.abs(after[..., 3] - before[..., 3]).max() <= ALPHA_TOLERANCE[codec]
        assert np.abs(bar_centres(after) - bar_centres(before)).max() <= COLOUR_TOLERANCE[codec]


@pytest.mark.parametrize("size", [(128, 72), (131, 77)])
def test_h264_keeps_the_colours_and_the_size(tmp_path: Path, size: tuple[int, int]) -> None:
    with MovieWriter(tmp_path / "m.mp4", size, 24, "h264") as movie:
        movie.write(a_frame(*size))
        movie.write(a_frame(*size)[..., 3])
    with av.open(str(tmp_path / "m.mp4")) as container:
        colours, matte = (frame.to_ndarray(format="rgb24") / 255 for frame in container.decode(video=0))
    assert np.abs(bar_centres(colours) - bar_centres(a_frame(*size))).max() <= 6 / 255
    assert np.abs(matte - a_frame(*size)[..., 3:].clip(0, 1)).max() <= 6 / 255


@pytest.mark.parametrize("codec", WITH_ALPHA)
def test_a_matte_is_in_brightness_and_in_alpha(tmp_path: Path, codec: str) -> None:
    path = tmp_path / f"m{SUFFIX[codec]}"
    matte = a_frame(64, 48)[..., 3].copy()
    wild = matte.copy()
    wild[0, :8], wild[-1, :8] = np.nan, 7
    with MovieWriter(path, (64, 48), 24, codec) as movie:
        movie.write(wild)
    (read,) = decode(path)
    for channel in range(4):
        assert np.abs(read[..., channel] - matte).max() <= 2 * COLOUR_TOLERANCE[codec]


@pytest.mark.parametrize("codec", list(MovieCodec))
def test_tags_tell_players_what_the_values_mean(tmp_path: Path, codec: str) -> None:
    path = tmp_path / f"m{SUFFIX[codec]}"
    with MovieWriter(path, (64, 48), 23.976, codec) as movie:
        for _ in range(3):
            movie.write(a_frame(64, 48))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        tags = tuple(
            int(tag) for tag in (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        )
        assert tags == ((1, 13, 0, 2) if codec == "ffv1" else (1, 1, 1, 1))
        frames = list(container.decode(stream))
        if codec == "prores":
            assert (int(frames[0].colorspace), int(frames[0].color_range)) == (1, 1)
        if codec == "prores":  # the others' containers store times in milliseconds
            assert stream.average_rate == Fraction(24000, 1001)
            assert stream.codec_context.codec_tag == "ap4h"
        assert frames[2].time == pytest.approx(2 / 23.976, abs=0.001)
        if codec == "vp9":
            assert stream.metadata["alpha_mode"] == "1"


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (24, 24),
        (1, 1),
        (2, 2),
        (23.98, Fraction(24000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (12.5, Fraction(25, 2)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (0.5, Fraction(1, 2)),
        (1000, 1000),
    ],
)
def test_rates_are_exact(fps: float, rate: Fraction) -> None:
    assert frame_rate(fps) == rate


@pytest.mark.parametrize("codec", list(MovieCodec))
def test_an_exception_leaves_nothing_and_keeps_the_old_movie(tmp_path: Path, codec: str) -> None:
    path = tmp_path / f"m{SUFFIX[codec]}"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), MovieWriter(path, (64, 48), 24, codec) as movie:
        movie.write(a_frame(64, 48))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_frame_of_another_size(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="64x48"), MovieWriter(tmp_path / "m.mov", (64, 48), 24, "prores") as movie:
        movie.write(a_frame(48, 64))
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_and_aborting_late_change_nothing(tmp_path: Path) -> None:
    with MovieWriter(tmp_path / "m.mov", (64, 48), 24, "prores") as movie:
        movie.write(a_frame(64, 48))
        movie.close()
    movie.abort()
    assert len(decode(tmp_path / "m.mov")) == 1


def test_no_frames_is_no_movie(tmp_path: Path) -> None:
    movie = MovieWriter(tmp_path / "m.mov", (64, 48), 24, "prores")
    with pytest.raises(OutputError, match="no frames"):
        movie.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", list(MovieCodec))
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_full_disk(tmp_path: Path, codec: str, share: float) -> None:
    """Whether the disk fills up at the first byte, in the middle, or only when the last bytes are flushed."""
    code = """
from pathlib import Path
import numpy as np
from ftpvm.errors import DiskFullError
from ftpvm.media.movie_writer import MovieWriter
noise = np.random.default_rng(0).random((5, 96, 128, 4))
try:
    with MovieWriter(Path(sys.argv[1]), (128, 96), 24, sys.argv[2]) as movie:
        for frame in noise:
            movie.write(frame)
    print(Path(sys.argv[1]).stat().st_size)
except DiskFullError as error:
    print("full:", error)
"""
    path = tmp_path / f"m{SUFFIX[codec]}"
    size = int(run_with_file_limit(code, 10**9, str(path), codec))
    path.unlink()
    assert run_with_file_limit(code, int(size * share), str(path), codec).startswith("full:")
    assert list(tmp_path.iterdir()) == []


def test_a_codec_this_machine_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = av.codec.Codec

    def without_vpx(name: str, mode: str) -> av.codec.Codec:
        return known("nothing-of-the-kind" if "vpx" in name else name, mode)

    monkeypatch.setattr(av.codec, "Codec", without_vpx)
    with pytest.raises(CodecError, match="choose png16"):
        MovieWriter(tmp_path / "m.webm", (64, 48), 24, "vp9")
    MovieWriter(tmp_path / "m.mov", (64, 48), 24, "prores").abort()
    assert list(tmp_path.iterdir()) == []


def test_wrong_words(tmp_path: Path) -> None:
    with pytest.raises(CodecError, match="use one of prores, ffv1, vp9"):
        MovieWriter(tmp_path / "m.mov", (64, 48), 24, "cinepak")
    with pytest.raises(SettingsError, match=r"end in \.mov"):
        MovieWriter(tmp_path / "m.mp4", (64, 48), 24, "prores")
    with pytest.raises(SettingsError, match="above 0"):
        MovieWriter(tmp_path / "m.mov", (64, 48), 0, "prores")


def test_a_file_instead_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="choose another output folder"):
        MovieWriter(tmp_path / "out" / "m.mov", (64, 48), 24, "prores")
