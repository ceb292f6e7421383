# SPDX-License-Identifier: GPL-3.0-or-later
"""Matte stills: values, names, metadata, and files that are whole or absent."""

import struct
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from tiny_disk import run_with_file_limit

from ftpvm.errors import OutputError, SettingsError, SourceError
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.stills import EXR_COMPRESSIONS, StillFormat

TOLERANCE = {"png16": 0.5 / 65535, "png8": 0.5 / 255, "exr": 2.0**-12}
LOSSY = {("Y", "dwaa"), ("Y", "dwab")}


def a_matte(height: int = 37, width: int = 53) -> np.ndarray:
    """A soft disc with a little noise, so that no compression makes it trivial."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    disc = np.clip((0.4 * height - np.hypot(x - width / 2, y - height / 2)) / 5 + 0.5, 0, 1)
    noise = np.random.default_rng(1).normal(0, 0.01, disc.shape)
    return np.clip(np.where((disc > 0) & (disc < 1), disc + noise, disc), 0, 1).astype(np.float32)


def png_chunks(path: Path) -> list[str]:
    data, at, chunks = path.read_bytes(), 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append(data[at + 4 : at + 8].decode())
        at += 12 + length
    return chunks


@pytest.mark.parametrize("format", list(StillFormat))
def test_what_is_written_is_read_back(tmp_path: Path, format: StillFormat) -> None:
    sequence = MatteSequence(tmp_path / "Ausgabe ß 出力", "mein Matte", format)
    matte = a_matte()
    sequence.write(7, matte)
    assert sequence.path(7) == tmp_path / "Ausgabe ß 出力" / f"mein Matte.0007{format.suffix}"
    assert [path.name for path in sequence.folder.iterdir()] == [sequence.path(7).name]
    read = sequence.read(7)
    assert read.dtype == np.float32 and read.shape == matte.shape
    assert np.abs(read - matte).max() <= TOLERANCE[format] * 1.001


@pytest.mark.parametrize(("format", "type_"), [("png16", "uint16"), ("png8", "uint8"), ("exr", "half")])
def test_stored_type_and_one_channel(tmp_path: Path, format: str, type_: str) -> None:
    sequence = MatteSequence(tmp_path, "m", format)
    sequence.write(0, a_matte())
    spec = oiio.ImageInput.open(str(sequence.path(0))).spec()
    assert str(spec.format) == type_ and spec.nchannels == 1


@pytest.mark.parametrize(("frame", "name"), [(0, "m.0000.png"), (999999, "m.999999.png"), (-3, "m.-003.png")])
def test_padding_grows(tmp_path: Path, frame: int, name: str) -> None:
    assert MatteSequence(tmp_path, "m").path(frame).name == name


@pytest.mark.parametrize("format", ["png16", "png8"])
def test_no_png_chunk_bends_the_values(tmp_path: Path, format: str) -> None:
    sequence = MatteSequence(tmp_path, "m", format)
    sequence.write(0, a_matte())
    chunks = png_chunks(sequence.path(0))
    assert {"IHDR", "IDAT", "IEND"} <= set(chunks)
    assert not {"gAMA", "sRGB", "iCCP", "cHRM", "cICP"} & set(chunks)


@pytest.mark.parametrize("channel", ["A", "Y"])
@pytest.mark.parametrize("compression", EXR_COMPRESSIONS)
def test_exr_channel_and_compression(tmp_path: Path, channel: str, compression: str) -> None:
    sequence = MatteSequence(tmp_path, "m", "exr", channel=channel, compression=compression)
    matte = a_matte()
    sequence.write(0, matte)
    spec = oiio.ImageInput.open(str(sequence.path(0))).spec()
    assert spec.channelnames == (channel,)
    assert spec.get_string_attribute("compression") == compression
    tolerance = 0.02 if (channel, compression) in LOSSY else TOLERANCE["exr"]
    assert np.abs(sequence.read(0) - matte).max() <= tolerance


@pytest.mark.parametrize("format", list(StillFormat))
def test_wild_values_are_clamped(tmp_path: Path, format: StillFormat) -> None:
    matte = np.array([[-1, 2, np.nan, np.inf, -np.inf, 0.5]], np.float32)
    sequence = MatteSequence(tmp_path, "m", format)
    sequence.write(0, matte)
    stored = oiio.ImageInput.open(str(sequence.path(0))).read_image("float")[0, :, 0]
    np.testing.assert_allclose(stored, [0, 1, 0, 1, 0, 0.5], atol=TOLERANCE[format])


@pytest.mark.parametrize(
    "options",
    [{"format": "png16"}, {"format": "png8"}] + [{"format": "exr", "compression": c} for c in EXR_COMPRESSIONS],
)
def test_a_cut_file_is_never_whole(tmp_path: Path, options: dict[str, str]) -> None:
    sequence = MatteSequence(tmp_path, "m", **options)
    assert not sequence.is_whole(0)
    sequence.write(0, a_matte())
    assert sequence.is_whole(0)
    data = sequence.path(0).read_bytes()
    cuts = {*range(0, len(data), max(1, len(data) // 60)), *range(max(0, len(data) - 40), len(data))}
    for cut in sorted(cuts):
        sequence.path(0).write_bytes(data[:cut])
        assert not sequence.is_whole(0), f"cut at {cut} of {len(data)}"
        padded = data[:cut] + bytes(len(data) - cut)  # what a crash leaves on some file systems
        sequence.path(0).write_bytes(padded)
        if padded != data and (options["format"] != "exr" or cut < len(data) // 2):
            assert not sequence.is_whole(0), f"zeros from {cut} of {len(data)}"
    sequence.path(0).write_bytes(data)
    assert sequence.is_whole(0)


@pytest.mark.parametrize("format", list(StillFormat))
def test_a_full_disk_leaves_finished_frames_and_no_half_ones(tmp_path: Path, format: StillFormat) -> None:
    """OpenImageIO itself reports success for a PNG cut short by a full disk."""
    code = """
from pathlib import Path
import numpy as np
from ftpvm.errors import DiskFullError
from ftpvm.media.matte_sequence import MatteSequence
sequence = MatteSequence(Path(sys.argv[1]), "m", sys.argv[2])
rng = np.random.default_rng(0)
sequence.write(0, np.zeros((64, 64)))
for size in range(100, 140):
    try:
        sequence.write(size, rng.random((size, size)))
    except DiskFullError:
        print(size, end=" ")
"""
    failed = [
        int(size)
        for size in run_with_file_limit(code, 15000 if format == "png8" else 30000, str(tmp_path), format.value).split()
    ]
    written = [size for size in range(100, 140) if size not in failed]
    assert failed and written
    sequence = MatteSequence(tmp_path, "m", format)
    assert sorted(path.name for path in tmp_path.iterdir()) == [sequence.path(f).name for f in (0, *written)]
    assert all(sequence.is_whole(frame) and sequence.read(frame).shape[0] == (frame or 64) for frame in (0, *written))


def test_a_frame_that_fails_keeps_its_old_file(tmp_path: Path) -> None:
    sequence = MatteSequence(tmp_path, "m", "png8")
    sequence.write(0, np.full((4, 4), 0.2))
    code = """
from pathlib import Path
import numpy as np
from ftpvm.errors import DiskFullError
from ftpvm.media.matte_sequence import MatteSequence
try:
    MatteSequence(Path(sys.argv[1]), "m", "png8").write(0, np.random.default_rng(0).random((99, 99)))
except DiskFullError as error:
    print(error)
"""
    assert "free some space" in run_with_file_limit(code, 1000, str(tmp_path))
    assert sequence.read(0)[0, 0] == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize("format", list(StillFormat))
def test_a_file_instead_of_the_folder(tmp_path: Path, format: StillFormat) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="choose another output folder"):
        MatteSequence(tmp_path / "out", "m", format).write(0, a_matte())


def test_reading_what_is_not_there_or_broken(tmp_path: Path) -> None:
    sequence = MatteSequence(tmp_path, "m")
    with pytest.raises(SourceError, match="can't be read"):
        sequence.read(0)
    sequence.path(0).write_bytes(b"not a png")
    with pytest.raises(SourceError, match="can't be read"):
        sequence.read(0)


@pytest.mark.parametrize(
    "options", [{"format": "gif"}, {"channel": "alpha"}, {"compression": "lzw"}, {"name": "a/b"}, {"name": ""}]
)
def test_unknown_words_are_settings_errors(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="use"):
        MatteSequence(**{"folder": tmp_path, "name": "m", **options})
