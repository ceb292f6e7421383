# SPDX-License-Identifier: GPL-3.0-or-later
import os
import random
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import SIZE, number_in, numbered, write_movie

from ftpvm.errors import SourceError
from ftpvm.media import open_source

LONG_GOP = {"g": "48", "bf": "3", "b-pyramid": "normal", "preset": "veryfast", "sc_threshold": "0"}
COEFFICIENTS = {"bt601": (0.299, 0.114, 6), "bt709": (0.2126, 0.0722, 1), "bt2020": (0.2627, 0.0593, 9)}
BARS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (0.5, 0.5, 0.5), (0.75, 0.25, 0.1), (0.1, 0.6, 0.7)]


def numbers_read(source, numbers):
    return [(number, number_in(image)) for number, image in source.read(numbers)]


def assert_exact(source, numbers):
    assert numbers_read(source, numbers) == [(number, number) for number in numbers]


@pytest.fixture(scope="module")
def long_gop(tmp_path_factory):
    return write_movie(tmp_path_factory.mktemp("gop") / "long.mp4", 150, options=LONG_GOP)


def test_a_frame_is_a_finite_float_image(long_gop):
    with open_source(long_gop) as source:
        assert (source.frames, source.size, source.fps) == (range(150), SIZE, Fraction(25))
        ((_, image),) = source.read(range(7, 8))
    assert image.dtype == np.float32 and image.shape == (96, 160, 3) and image.flags.c_contiguous
    assert np.abs(image - numbered(7) / 255).mean() < 0.02


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("bframes.mp4", "libx264", LONG_GOP),
        ("open gop.mp4", "libx264", LONG_GOP | {"x264-params": "open-gop=1"}),
        ("bframes.mkv", "libx264", LONG_GOP),
        ("broadcast.ts", "libx264", LONG_GOP | {"x264-params": "open-gop=1"}),
        ("old.mpg", "mpeg2video", {"g": "15", "bf": "2"}),
        ("packed.avi", "mpeg4", {"g": "24", "bf": "2"}),
        ("bare.h264", "libx264", LONG_GOP),
        ("hidden.webm", "libvpx", {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "realtime", "g": "40"}),
        ("intra.mov", "mjpeg", {}),
    ],
)
def test_every_seek_lands_on_the_asked_frame(tmp_path, name, codec, options):
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    movie = write_movie(tmp_path / name, 100, codec=codec, options=options, pix_fmt=pix_fmt)
    chance = random.Random(1)
    with open_source(movie) as source:
        assert source.frames == range(100)
        assert_exact(source, source.frames)
        assert_exact(source, source.frames[::-1])
        for start in chance.sample(range(97), 12):
            assert_exact(source, range(start, start + 3))


def test_reverse_iteration_in_small_chunks_is_exact(long_gop):
    from ftpvm.media.movie import MovieSource

    source = MovieSource(long_gop, buffer_bytes=10 * 160 * 96)
    assert_exact(source, range(140, 3, -1))
    assert list(source.read(range(5, 5))) == []
    assert_exact(source, range(5, 4, -1))


def test_two_reads_at_once_do_not_disturb_each_other(long_gop):
    with open_source(long_gop) as source:
        pairs = zip(source.read(range(0, 60)), source.read(range(120, 60, -1)), strict=True)
        assert all(a[0] == number_in(a[1]) and b[0] == number_in(b[1]) for a, b in pairs)


def test_memory_of_a_backward_read_does_not_follow_the_length(tmp_path):
    """160 frames of one GOP are 220 MB decoded; a 20 MB buffer must not let them pile up."""
    options = {"g": "999", "preset": "ultrafast", "sc_threshold": "0"}
    movie = write_movie(tmp_path / "big.mp4", 160, options=options, size=(1280, 720))
    code = """if True:
        import pathlib, resource, sys
        from ftpvm.media.movie import MovieSource
        source = MovieSource(pathlib.Path(sys.argv[1]), buffer_bytes=20 * 2**20)
        peaks = []
        for numbers in (range(20), range(159, -1, -1)):
            assert len([number for number, _ in source.read(numbers)]) == len(numbers)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        print(peaks[1] - peaks[0])
        """
    done = subprocess.run([sys.executable, "-c", code, str(movie)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 110


def test_frames_of_a_variable_rate_count_in_presentation_order(tmp_path):
    chance = random.Random(2)
    times = list(np.cumsum([chance.choice((7, 40, 41, 300)) for _ in range(60)]))
    movie = write_movie(tmp_path / "phone.mkv", 60, options=LONG_GOP | {"g": "20"}, times=[int(t) for t in times])
    with open_source(movie) as source:
        assert source.frames == range(60)
        assert_exact(source, source.frames)
        assert_exact(source, range(45, 10, -1))


def test_an_edit_list_hides_frames(tmp_path, long_gop):
    """Stream copy from the middle of a GOP leaves frames that an edit list (or a negative pts) takes away."""
    cut = tmp_path / "cut.mp4"
    with av.open(str(long_gop)) as whole, av.open(str(cut), "w") as out:
        stream = out.add_stream_from_template(whole.streams.video[0])
        origin = 48 * 512 + 512 * 5
        for packet in whole.demux(video=0):
            if packet.dts is not None and packet.pts >= 48 * 512:
                packet.pts, packet.dts, packet.stream = packet.pts - origin, packet.dts - origin, stream
                out.mux(packet)
    with open_source(cut) as source:
        shown = [number for _, number in numbers_read(source, source.frames)]
        assert shown == list(range(shown[0], 150)) and shown[0] == 53
        assert [number for _, number in numbers_read(source, source.frames[::-1])] == shown[::-1]
        assert [number for _, number in numbers_read(source, range(60, 62))] == shown[60:62]


def test_a_stream_cut_in_mid_gop_starts_at_its_first_keyframe(tmp_path):
    options = LONG_GOP | {"x264-params": "open-gop=1", "g": "30"}
    whole = write_movie(tmp_path / "whole.ts", 100, options=options).read_bytes()
    cut = tmp_path / "cut.ts"
    # The tables come first; then the stream from somewhere in its first GOP.
    cut.write_bytes(whole[: 3 * 188] + whole[len(whole) // 188 // 5 * 188 :])
    with open_source(cut) as source:
        shown = [number for _, number in numbers_read(source, source.frames)]
        assert shown == list(range(shown[0], 100)) and 10 < shown[0] <= 60
        assert [number for _, number in numbers_read(source, source.frames[::-1])] == shown[::-1]


@pytest.mark.parametrize("matrix", COEFFICIENTS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv422p10le", "yuv420p10le"])
def test_matrix_and_range_give_the_bars_colours(tmp_path, matrix, full, pix_fmt):
    movie = write_bars(tmp_path / "bars.mkv", pix_fmt, COEFFICIENTS[matrix], full=full, tagged=True)
    bits = 10 if "10" in pix_fmt else 8
    assert bars_error(movie) < 2.2 / 2**bits


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), "bt709"), ((720, 576), "bt601"), ((720, 480), "bt601")])
def test_untagged_video_is_709_when_hd_and_601_when_sd(tmp_path, size, matrix):
    movie = write_bars(tmp_path / "u.mkv", "yuv420p", COEFFICIENTS[matrix], full=False, tagged=False, size=size)
    assert bars_error(movie) < 2.2 / 255


def test_ten_bits_stay_ten_bits(tmp_path):
    ramp = np.tile(np.arange(64, 940, dtype=np.uint16), (16, 1))
    with av.open(str(tmp_path / "ramp.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = ramp.shape[1], 16, "yuv420p10le"
        frame = av.VideoFrame(ramp.shape[1], 16, "yuv420p10le")
        fill(frame.planes[0], ramp)
        for plane in frame.planes[1:]:
            fill(plane, np.full((plane.height, plane.width), 512, np.uint16))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    ((_, image),) = open_source(tmp_path / "ramp.mkv").read(range(1))
    assert np.abs(image[8, :, 0] - np.arange(876) / 876).max() < 1e-5
    assert len(np.unique(image[8, :, 1])) == 876


@pytest.mark.parametrize("pix_fmt", ["bgr0", "gbrp10le", "rgb48le", "gray", "gray16le"])
def test_rgb_and_grey_movies_come_through_exactly(tmp_path, pix_fmt):
    chance = np.random.default_rng(0)
    picture = chance.integers(0, 256, (33, 47, 3), np.uint8)
    if pix_fmt.startswith("gray"):
        picture[:] = picture[..., :1]
    with av.open(str(tmp_path / "x.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 47, 33, pix_fmt
        source = picture[..., 0] if pix_fmt.startswith("gray") else picture
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(source), "gray" if source.ndim == 2 else "rgb24")
        if pix_fmt == "gray16le":
            frame = av.VideoFrame.from_ndarray(picture[..., 0].astype(np.uint16) * 257, "gray16le")
        elif pix_fmt == "gbrp10le":
            wide = np.round(picture / 255 * 1023).astype(np.uint16)
            frame = av.VideoFrame(47, 33, "gbrp10le")
            for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
                fill(plane, wide[..., channel])
        elif pix_fmt == "rgb48le":
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint16) * 257, "rgb48le")
        else:
            frame = frame.reformat(format=pix_fmt)
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    ((_, image),) = open_source(tmp_path / "x.mkv").read(range(1))
    assert np.abs(image - picture / 255).max() < (1 / 1023 if pix_fmt == "gbrp10le" else 1e-5)


@pytest.mark.parametrize(("angle", "turns"), [(0, 0), (90, 1), (180, 2), (-90, 3)])
def test_rotation_metadata_is_applied(tmp_path, angle, turns):
    with open_source(write_movie(tmp_path / "phone.mp4", 3, rotation=angle)) as source:
        assert source.size == (SIZE if turns % 2 == 0 else SIZE[::-1])
        ((_, image),) = source.read(range(2, 3))
    assert image.flags.c_contiguous and image.shape[1::-1] == source.size
    assert number_in(np.rot90(image, -turns)) == 2


def test_a_movie_cut_short_gives_what_it_has_and_says_how_much(tmp_path):
    options = LONG_GOP | {"g": "20"}
    whole = write_movie(tmp_path / "w.mp4", 100, options=options, container_options={"movflags": "faststart"})
    cut = tmp_path / "überlang ü.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.8)])
    with open_source(cut) as source:
        assert source.frames == range(100)
        good = []
        with pytest.raises(SourceError, match=r"only its first \d+ of 100 frames") as caught:
            for number, image in source.read(source.frames):
                assert number_in(image) == number
                good.append(number)
        held = int(str(caught.value).split("first ")[1].split()[0])
        assert good == list(range(held)) and 20 < held < 95
        with pytest.raises(SourceError, match="cut short"):
            list(source.read(range(99, 90, -1)))
        assert_exact(source, range(held - 1, -1, -1))


def test_a_matroska_cut_short_says_so_too(tmp_path):
    whole = write_movie(tmp_path / "w.mkv", 100, options=LONG_GOP | {"g": "20"})
    cut = tmp_path / "c.mkv"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    with open_source(cut) as source, pytest.raises(SourceError, match="of 100 frames can be read"):
        list(source.read(source.frames))


def test_a_hole_in_the_middle_names_its_frame(tmp_path):
    movie = write_movie(tmp_path / "m.mov", 30, codec="mjpeg", pix_fmt="yuvj420p")
    with av.open(str(movie)) as container:
        packet = list(container.demux(video=0))[20]
        start, size = packet.pos, packet.size
    data = bytearray(movie.read_bytes())
    data[start : start + size] = bytes(size)
    movie.write_bytes(data)
    with open_source(movie) as source:
        with pytest.raises(SourceError, match="frame 20 can't be decoded"):
            list(source.read(source.frames))
        assert_exact(source, range(0, 20))
        assert_exact(source, range(21, 30))


def test_a_title_in_another_encoding_is_no_reason_to_refuse_a_movie(tmp_path):
    titled = tmp_path / "titled.mkv"
    with av.open(str(write_movie(tmp_path / "m.mkv", 5))) as movie, av.open(str(titled), "w") as out:
        out.metadata["title"] = "cafe noir"
        stream = out.add_stream_from_template(movie.streams.video[0])
        for packet in movie.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    latin = titled.read_bytes().replace(b"cafe noir", "caf\xe9 noir".encode("latin-1"))
    titled.write_bytes(latin)
    assert b"caf\xe9" in latin
    with open_source(titled) as source:
        assert_exact(source, range(5))
        assert type(source.fps) is Fraction  # the same in products' fingerprints, whatever PyAV calls a ratio


def make_audio_only(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def make_frameless(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        container.start_encoding()


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("gone.mp4", lambda path: None, "doesn't exist"),
        ("empty.mp4", lambda path: path.write_bytes(b""), "empty file"),
        ("noise.mp4", lambda path: path.write_bytes(os.urandom(4000)), "not a movie"),
        ("notes.txt", lambda path: path.write_text("just words\n" * 50), "no video stream"),
        ("sound.wav", make_audio_only, "no video stream"),
        ("headless.mp4", lambda path: path.write_bytes(write_movie(path, 30).read_bytes()[:1000]), "not a movie"),
        ("none.mkv", make_frameless, "not a movie"),
        ("none.mov", make_frameless, "has no frame|no video"),
    ],
)
def test_what_is_no_movie_is_a_source_error(tmp_path, name, make, says):
    make(tmp_path / name)
    with pytest.raises(SourceError, match=says) as caught:
        open_source(tmp_path / name)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_frames_outside_the_movie_are_refused_before_any_is_read(long_gop):
    source = open_source(long_gop)
    for numbers in (range(100, 151), range(-1, 3), range(0, 10, 2)):
        with pytest.raises(SourceError):
            source.read(numbers)
    source.close()
    with pytest.raises(SourceError, match="closed"):
        source.read(range(1))


def test_identity_follows_the_file_and_its_colours_not_its_folder(tmp_path):
    movie = write_movie(tmp_path / "a b: é.mp4", 5)
    first = open_source(movie).identity()
    assert open_source(movie, colorspace="srgb").identity() == first == open_source(str(movie)).identity()
    assert open_source(movie, colorspace="linear").identity() != first
    (tmp_path / "moved").mkdir()
    moved = movie.rename(tmp_path / "moved" / movie.name)
    assert open_source(moved).identity() == first
    os.utime(moved, (1, 1))
    assert open_source(moved).identity() != first


def test_fps_can_be_given(long_gop):
    assert open_source(long_gop, fps=Fraction(24000, 1001)).fps == Fraction(24000, 1001)


def fill(plane, values):
    """Write samples (h, w) into a plane, line padding and all."""
    lines = np.zeros((plane.height, plane.line_size // values.itemsize), values.dtype)
    lines[:, : plane.width] = values
    plane.update(lines.tobytes())


def write_bars(path, pix_fmt, coefficients, *, full, tagged, size=(128, 32)):
    """Vertical bars of BARS, coded by the textbook formula and compressed without loss."""
    red, blue, code = coefficients
    bits = 10 if "10" in pix_fmt else 8
    unit, top = 2 ** (bits - 8), 2**bits - 1
    r, g, b = np.array(BARS, float).T
    luma = red * r + (1 - red - blue) * g + blue * b
    chroma = ((b - luma) / (2 * (1 - blue)), (r - luma) / (2 * (1 - red)))
    planes = [luma * top if full else (16 + 219 * luma) * unit]
    planes += [128 * unit + c * (top if full else 224 * unit) for c in chroma]
    frame = av.VideoFrame(*size, pix_fmt)
    for plane, values in zip(frame.planes, planes, strict=True):
        codes = np.clip(np.round(values), 0, top).astype(np.uint8 if bits == 8 else np.uint16)
        fill(plane, np.tile(np.repeat(codes, plane.width // len(BARS)), (plane.height, 1)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        if tagged:
            stream.codec_context.colorspace = frame.colorspace = code
            stream.codec_context.color_range = frame.color_range = 2 if full else 1
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def bars_error(movie):
    ((_, image),) = open_source(movie).read(range(1))
    step = image.shape[1] // len(BARS)
    middles = image[image.shape[0] // 2, step // 2 : step * len(BARS) : step]
    return np.abs(middles - np.array(BARS)).max()
