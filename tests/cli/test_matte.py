# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte` on good input: which files come out, with what in them."""

import sys
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
import pytest
from clips import write_still
from command_shots import SIZE, Matte, arguments, disc, names, sequence, start, trimap

from ftpvm.cli import progress
from ftpvm.cli.one_shot import clip_name
from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.rgba_sequence import RgbaSequence
from ftpvm.propagation.adaptation import STEPS


def test_a_movie_in_a_process_of_its_own(tmp_path: Path, clip: Path, key: Path, weights: Path) -> None:
    later, out = trimap(tmp_path / "later.png", x=60), tmp_path / "out"
    process = start(arguments(clip, {0: key, 4: later}, out, weights))
    printed, complained = process.communicate(timeout=100)
    assert process.returncode == 0, complained
    assert complained == ""
    assert str(out / "clip_matte.####.png") in printed
    assert names(out) == [*(f"clip_matte.{n:04d}.png" for n in range(6)), "clip_matte.ftpvm.json"]
    mattes = [MatteSequence(out, "clip_matte").read(n) for n in range(6)]
    for number, x in ((0, 48), (4, 60)):
        given = disc(x)[..., 0]
        assert (mattes[number][given == 255] == 1).all()
        assert (mattes[number][given == 0] == 0).all()
    assert mattes[1].shape == SIZE[::-1]
    assert all(np.ptp(matte) > 0.5 for matte in mattes)
    assert np.abs(mattes[1] - mattes[2]).max() > 0.01


@pytest.mark.parametrize("named", ["shot.%04d.png", "shot.####.png", "", "shot.1001.png"])
def test_a_sequence_keeps_its_numbers(matte: Matte, tmp_path: Path, key: Path, named: str) -> None:
    count = 1 if named == "shot.1001.png" else 3
    sequence(tmp_path / "plates v1.2", "shot.%04d.png", range(1001, 1001 + count))
    result = matte(tmp_path / "plates v1.2" / named, {1001: key}, tmp_path / "out")
    assert result.code == 0, result.err
    name = "shot_matte" if named else "plates v1.2_matte"
    assert names(tmp_path / "out") == [*(f"{name}.{1001 + n}.png" for n in range(count)), f"{name}.ftpvm.json"]


@pytest.mark.parametrize(("chosen", "numbers"), [("1:3", [1, 2, 3]), ("3:", [3, 4, 5]), (":3", [0, 1, 2, 3])])
def test_a_range_holds_both_its_ends(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, chosen: str, numbers: list[int]
) -> None:
    result = matte(clip, {3: key}, tmp_path / "out", "--range", chosen, "--name", "hero")
    assert result.code == 0, result.err
    assert names(tmp_path / "out") == [*(f"hero.{n:04d}.png" for n in numbers), "hero.ftpvm.json"]


@pytest.mark.parametrize(
    ("options", "type_", "channel"),
    [
        (["--format", "png16"], "uint16", "Y"),
        (["--format", "png8"], "uint8", "Y"),
        (["--format", "exr"], "half", "A"),
        (["--format", "exr", "--exr-channel", "Y", "--exr-compression", "piz"], "half", "Y"),
    ],
)
def test_stills(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, options: list[str], type_: str, channel: str
) -> None:
    result = matte(clip, {0: key}, tmp_path / "out", "--range", "0:1", *options)
    assert result.code == 0, result.err
    (file,) = (tmp_path / "out").glob("*.0001.*")
    spec = oiio.ImageInput.open(str(file)).spec()
    assert (str(spec.format), spec.width, spec.height) == (type_, *SIZE)
    if file.suffix == ".exr":
        assert list(spec.channelnames) == [channel]
        assert spec.get_string_attribute("compression") == ("zip" if channel == "A" else "piz")


@pytest.mark.parametrize(
    ("format", "suffix", "decoder", "tolerance"),
    [("prores", "mov", None, 2 / 1023), ("ffv1", "mkv", None, 1e-6), ("vp9", "webm", "libvpx-vp9", 0.12)],
)
def test_a_movie_with_alpha(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, format: str, suffix: str, decoder: str | None, tolerance: float
) -> None:
    out = tmp_path / "out"
    result = matte(clip, {2: key}, out, "--range", "1:3", "--format", format)
    assert result.code == 0, result.err
    assert str(out / f"clip_matte.{suffix}") in result.out
    alphas = [frame.to_ndarray(format="gbrapf32le") for frame in decoded(out / f"clip_matte.{suffix}", decoder)]
    assert len(alphas) == 3
    for number, alpha in zip(range(1, 4), alphas, strict=True):
        assert np.abs(alpha[..., -1] - MatteSequence(out, "clip_matte").read(number)).max() < tolerance


def decoded(path: Path, decoder: str | None = None) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        if decoder is None:
            return list(container.decode(video=0))
        context = av.codec.CodecContext.create(decoder, "r")
        return [
            frame for packet in container.demux(video=0) for frame in context.decode(packet if packet.size else None)
        ]


def test_the_rate_of_a_sequences_movie(matte: Matte, tmp_path: Path, key: Path) -> None:
    source = sequence(tmp_path / "plates", "a_%d.png", range(2))
    for options, rate in (([], 24), (["--fps", "30000/1001"], 30000 / 1001), (["--fps", "12.5"], 12.5)):
        result = matte(source, {0: key}, tmp_path / "out", "--format", "ffv1", *options)
        assert result.code == 0, result.err
        with av.open(str(tmp_path / "out" / "a_matte.mkv")) as container:
            assert float(container.streams.video[0].average_rate) == pytest.approx(rate, rel=1e-4)


def test_all_extras_at_once(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    out, preview = tmp_path / "out", tmp_path / "neuer Ordner" / "Übersicht 1.png"
    options = ["--range", "0:1", "--foreground", "--composite", "checker", "--preview", preview, "--json"]
    result = matte(clip, {0: key}, out, *options)
    assert result.code == 0, result.err
    assert result.last["files"] == [
        str(out / "clip_foreground.####.png"), str(out / "clip_composite.mov"), str(preview)
    ]  # fmt: skip
    assert names(out) == [
        "clip_composite.mov", "clip_foreground.0000.png", "clip_foreground.0001.png", "clip_matte.0000.png",
        "clip_matte.0001.png", "clip_matte.ftpvm.json",
    ]  # fmt: skip
    assert [e["done"] for e in result.events if e.get("stage") == "writing"] == [1, 2]
    alpha = MatteSequence(out, "clip_matte").read(1)
    rgba = RgbaSequence(out, "clip_foreground").read(1)
    np.testing.assert_allclose(rgba[..., 3], alpha, atol=1e-5)
    ((_, plate),) = open_source(clip).read(range(1, 2))
    np.testing.assert_allclose(rgba[alpha == 1, :3], plate[alpha == 1], atol=1e-4)
    ((_, over),) = open_source(out / "clip_composite.mov").read(range(1, 2))
    empty = alpha == 0
    greys = over[empty].mean(axis=-1)
    assert (np.minimum(np.abs(greys - 0.42), np.abs(greys - 0.62)) < 0.06).mean() > 0.9  # ProRes rings at edges
    assert names(preview.parent) == [preview.name]
    assert oiio.ImageInput.open(str(preview)).spec().width <= 1600


def test_premultiplied_stills(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    for folder, option in (("straight", "--no-premultiplied"), ("multiplied", "--premultiplied")):
        result = matte(clip, {0: key}, tmp_path / folder, "--range", "0:0", "--foreground", option)
        assert result.code == 0, result.err
    stored = [RgbaSequence(tmp_path / folder, "clip_foreground").read(0) for folder in ("straight", "multiplied")]
    np.testing.assert_allclose(stored[0][..., :3] * stored[0][..., 3:], stored[1][..., :3], atol=1e-4)
    assert np.abs(stored[0] - stored[1]).max() > 0.1


def test_a_movies_colours_are_the_plates_or_the_foregrounds(
    matte: Matte, tmp_path: Path, clip: Path, key: Path
) -> None:
    ((_, plate),) = open_source(clip).read(range(0, 1))
    colours = []
    for folder, options in (("plate", []), ("foreground", ["--foreground"])):
        result = matte(clip, {0: key}, tmp_path / folder, "--range", "0:0", "--format", "ffv1", *options)
        assert result.code == 0, result.err
        assert len(names(tmp_path / folder)) == 3
        ((_, image),) = open_source(tmp_path / folder / "clip_matte.mkv").read(range(1))
        colours.append(np.abs(image - plate).max())
    assert colours[0] < 1e-3 < colours[1]


@pytest.mark.parametrize("band", ["6", "2,9"])
def test_a_mask_with_a_band(matte: Matte, tmp_path: Path, clip: Path, band: str) -> None:
    mask = np.where(disc() == 255, 255, 0).astype(np.uint8)
    write_still(tmp_path / "mask.png", mask)
    result = matte(clip, {0: tmp_path / "mask.png"}, tmp_path / "out", "--range", "0:0", "--band", band)
    assert result.code == 0, result.err
    alpha = MatteSequence(tmp_path / "out", "clip_matte").read(0)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(rows - 32, columns - 48)
    inner, outer = (6, 6) if band == "6" else (2, 9)
    assert (alpha[distance < 9 - inner] == 1).all()
    assert (alpha[distance > 11 + outer] == 0).all()
    assert alpha[(distance > 11) & (distance < 9 + outer)].max() > 0


def test_a_trimap_of_another_size_can_be_fitted(matte: Matte, tmp_path: Path, clip: Path) -> None:
    large = trimap(tmp_path / "large.png", x=96, size=(192, 128))
    result = matte(clip, {0: large}, tmp_path / "out", "--range", "0:0", "--fit")
    assert result.code == 0, result.err
    assert MatteSequence(tmp_path / "out", "clip_matte").read(0)[60].max() == 0


def test_colour_spaces_of_exr(matte: Matte, tmp_path: Path, key: Path) -> None:
    source = sequence(tmp_path / "plates", "lin.%04d.exr", range(2))
    mattes = []
    for space in ("auto", "linear", "ACEScg"):
        result = matte(source, {0: key}, tmp_path / space, "--colorspace", space, "--format", "exr")
        assert result.code == 0, result.err
        mattes.append(MatteSequence(tmp_path / space, "lin_matte", "exr").read(1))
    np.testing.assert_array_equal(mattes[0], mattes[1])
    assert np.abs(mattes[0] - mattes[2]).max() > 0.01


@pytest.mark.parametrize(("direction", "numbers"), [("forward", range(3, 6)), ("backward", range(0, 4))])
def test_a_forced_direction_delivers_what_it_reaches(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, direction: str, numbers: range
) -> None:
    out = tmp_path / "out"
    options = ["--direction", direction, "--format", "ffv1", "--preview", tmp_path / "preview.png"]
    result = matte(clip, {3: key}, out, *options)
    assert result.code == 0, result.err
    assert "get no matte" in result.err
    assert names(out)[:-2] == [f"clip_matte.{n:04d}.png" for n in numbers]
    assert len(decoded(out / "clip_matte.mkv")) == len(numbers)


def test_an_empty_trimap_says_that_nothing_is_there(matte: Matte, tmp_path: Path, clip: Path) -> None:
    write_still(tmp_path / "empty.png", np.zeros((SIZE[1], SIZE[0], 1), np.uint8))
    result = matte(clip, {0: tmp_path / "empty.png"}, tmp_path / "out", "--range", "0:1")
    assert result.code == 0, result.err
    assert MatteSequence(tmp_path / "out", "clip_matte").read(0).max() == 0


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("shot.v002.%04d.exr", "shot.v002"), ("shot_####.png", "shot"), ("shot-%d.tif", "shot"), ("%04d.png", "plates"),
        ("####.png", "plates"), ("view_%04d_left.exr", "view_left"), ("take2.mov", "take2"), ("a.b.mp4", "a.b"),
        ("Äpfel 林檎.####.png", "Äpfel 林檎"), ("100% done_%03d.jpg", "100% done"),
    ],
)  # fmt: skip
def test_names_of_what_is_not_there(tmp_path: Path, source: str, name: str) -> None:
    assert clip_name(str(tmp_path / "plates" / source)) == name


def test_names_of_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "seq.v2.final"
    folder.mkdir()
    for file in ("IMG_2034.jpg", "still.png", "0042.png", "take2.mov"):
        (folder / file).touch()
    assert clip_name(str(folder)) == "seq.v2.final"
    assert clip_name(f"{folder}/") == "seq.v2.final"
    monkeypatch.chdir(folder)
    assert [clip_name(s) for s in (".", "IMG_2034.jpg", "still.png", "0042.png", "take2.mov")] == [
        "seq.v2.final", "IMG", "still", "seq.v2.final", "take2",
    ]  # fmt: skip


def test_two_sources_share_a_folder(matte: Matte, tmp_path: Path, key: Path) -> None:
    out = tmp_path / "out"
    for version in ("v001", "v002"):
        source = sequence(tmp_path / "plates", f"shot.{version}.%04d.png", range(2))
        assert matte(source, {0: key}, out).code == 0
    again = matte(tmp_path / "plates" / "shot.v001.%04d.png", {0: key}, out, "--json")
    assert again.last["frames_run"] == 0
    assert len(list(out.glob("*.png"))) == 4


class Terminal:
    """A stderr that says it is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


def test_progress_in_a_terminal(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TERMINAL_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert matte(clip, {0: key}, tmp_path / "out").code == 0
    assert terminal.text.count("\n") == 1
    assert terminal.text.count("\rmatting 0-5: ") == 6
    assert "6 of 6" in terminal.text
    assert "frames/s" in terminal.text and "0:00:00 left" in terminal.text


def test_progress_in_a_log(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert matte(clip, {0: key}, tmp_path / "first").err == ""
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    lines = matte(clip, {0: key}, tmp_path / "second").err.splitlines()
    assert len(lines) == 6
    assert not any("\r" in line for line in lines)


def test_progress_for_machines(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    result = matte(clip, {1: key}, tmp_path / "out", "--json")
    *steps, done = result.events
    assert [step["event"] for step in steps] == ["progress"] * 7
    assert [step["done"] for step in steps] == list(range(1, 8))
    assert {step["total"] for step in steps} == {7}  # frame 1 begins both passes
    assert [step["span"] for step in steps] == [[0, 0]] * 2 + [[1, 5]] * 5
    assert steps[-1]["seconds_left"] == 0
    assert done["event"] == "done"
    assert (done["frames_run"], done["spans_run"], done["spans_kept"], done["resolution"]) == (7, 2, 0, 96)
    assert done["mattes"] == str(tmp_path / "out" / "clip_matte.####.png")
    assert done["warnings"] == []


def test_the_network_works_at_the_size_that_is_asked_for(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    done = matte(clip, {0: key}, tmp_path / "out", "--range", "0:0", "--resolution", 64, "--json").last
    assert (done["event"], done["resolution"]) == ("done", 64)


def test_adapting_to_the_keyframes_is_another_matte(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    out, mattes = tmp_path / "out", []
    for more in ([], ["--adapt"]):
        result = matte(clip, {0: key}, out, "--range", "0:1", "--json", *more)
        assert result.code == 0, result.err
        mattes.append(MatteSequence(out, "clip_matte").read(1))
    *told, done = result.events
    assert [(e["stage"], e["done"]) for e in told] == [
        *(("adapting", n + 1) for n in range(STEPS)), ("matting", 1), ("matting", 2),
    ]  # fmt: skip
    assert told[0]["steps_per_second"] > 0 and told[-1]["frames_per_second"] > 0
    assert (done["frames_run"], done["spans_kept"]) == (2, 0)
    assert np.abs(mattes[0] - mattes[1]).max() > 0.01
