# SPDX-License-Identifier: GPL-3.0-or-later
import os
from unicodedata import normalize

import numpy as np
import OpenImageIO as oiio
import pytest
from clips import write_still

from ftpvm.errors import MissingFramesError, SettingsError, SourceError
from ftpvm.media import open_source


def picture(number: int, size: tuple[int, int] = (12, 9)) -> np.ndarray:
    """float32 (h, w, 3): a ramp, and a level that is the frame's own."""
    width, height = size
    image = np.empty((height, width, 3), np.float32)
    image[..., 0] = np.linspace(0, 1, width)
    image[..., 1] = np.linspace(0, 1, height)[:, None]
    image[..., 2] = number / 20
    return image


def write_frames(folder, name, numbers, kind="uint16", size=(12, 9)):
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_still(folder / name.format(number), picture(number, size), kind)
    return folder


def only(source):
    ((_, image),) = source.read(source.frames)
    return image


@pytest.mark.parametrize(
    ("extension", "kind", "tolerance"),
    [
        ("png", "uint16", 1e-5),
        ("png", "uint8", 0.51 / 255),
        ("tif", "uint16", 1e-5),
        ("jpg", "uint8", 0.04),
        ("dpx", "uint16", 1e-5),
    ],
)
@pytest.mark.parametrize("how", ["%04d", "####", ""])
def test_integer_files_pass_through_under_their_own_numbers(tmp_path, extension, kind, tolerance, how):
    folder = write_frames(tmp_path / "my clip ü", f"sh 1_v2.{{:04d}}.{extension}", range(8, 12), kind, (32, 24))
    with open_source(folder / f"sh 1_v2.{how}.{extension}" if how else folder) as source:
        assert (source.frames, source.size, source.fps) == (range(8, 12), (32, 24), None)
        for numbers in (range(8, 12), range(10, 7, -1), range(9, 10)):
            read = list(source.read(numbers))
            assert [number for number, _ in read] == list(numbers)
            for number, image in read:
                assert image.dtype == np.float32 and image.flags.c_contiguous
                assert np.abs(image - picture(number, (32, 24))).max() < tolerance


def test_the_pattern_spells_the_digits(tmp_path):
    write_frames(tmp_path, "a{:d}.png", (9, 10, 11))
    write_frames(tmp_path, "a{:04d}.png", (1, 2))
    assert open_source(tmp_path / "a%d.png").frames == range(9, 12)
    assert open_source(tmp_path / "a####.png").frames == range(1, 3)
    assert open_source(tmp_path / "a%04d.png", fps=24).fps == 24
    with pytest.raises(SourceError, match="no file named like"):
        open_source(tmp_path / "a###.png")


@pytest.mark.parametrize(("stored", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_accents_may_be_spelled_in_one_character_or_two(tmp_path, stored, asked):
    write_frames(tmp_path, normalize(stored, "mätte.{:04d}.é.png"), range(3))
    assert open_source(tmp_path / normalize(asked, "mätte.%04d.é.png")).frames == range(3)


def test_gaps_are_named_compactly(tmp_path):
    write_frames(tmp_path, "f.{:03d}.png", [n for n in range(10, 20) if n not in (12, 15, 16, 17)])
    with pytest.raises(MissingFramesError, match=r"lacks frames 12, 15-17;"):
        open_source(tmp_path)
    with pytest.raises(SettingsError, match="skip"):
        open_source(tmp_path, on_missing="skip")


def test_held_gaps_repeat_the_frame_before(tmp_path):
    write_frames(tmp_path, "f.{:03d}.png", [10, 11, 14])
    source = open_source(tmp_path, on_missing="hold")
    assert source.frames == range(10, 15)
    for numbers in (source.frames, source.frames[::-1]):
        shown = [round(float(image[0, 0, 2]) * 20) for _, image in source.read(numbers)]
        assert shown == [min(n, 11) if n < 14 else 14 for n in numbers]


@pytest.mark.parametrize(
    ("name", "number"), [("IMG_2034.png", 2034), ("plate.png", 0), ("50%d.png", 50), ("a#1.png", 1)]
)
def test_a_still_is_a_shot_of_one_frame(tmp_path, name, number):
    write_still(tmp_path / name, picture(3), "uint16")
    source = open_source(tmp_path / name)
    assert source.frames == range(number, number + 1)
    assert np.abs(only(source) - picture(3)).max() < 1e-5


def test_a_folder_with_several_sequences_names_them(tmp_path):
    write_frames(tmp_path, "left_{:04d}.png", range(3))
    write_frames(tmp_path, "right_{:04d}.exr", range(3), "half")
    with pytest.raises(SourceError, match=r"2 sequences \(left_#.png, right_#.exr\)"):
        open_source(tmp_path)
    assert open_source(tmp_path / "right_%04d.exr").frames == range(3)


def test_two_spellings_of_a_number_in_a_folder_are_refused(tmp_path):
    write_frames(tmp_path, "a{:d}.png", (1, 2))
    write_frames(tmp_path, "a{:02d}.png", (1,))
    with pytest.raises(SourceError, match="both frame 1"):
        open_source(tmp_path)


def test_a_frame_of_another_size_is_named(tmp_path):
    write_frames(tmp_path, "f{:02d}.png", range(3))
    write_still(tmp_path / "f03.png", picture(3, (10, 9)))
    source = open_source(tmp_path)
    with pytest.raises(SourceError, match=r"f03\.png is 10x9, the frames before it 12x9"):
        list(source.read(source.frames))


def test_grey_becomes_rgb_and_straight_colours_are_not_multiplied_by_alpha(tmp_path):
    rgba = np.dstack([picture(4), np.full((9, 12), 0.25, np.float32)])
    for channels in ([0], [0, 3], [0, 1, 2, 3]):
        path = write_still(
            tmp_path / f"c{len(channels)}.png",
            np.ascontiguousarray(rgba[..., channels]),
            "uint16",
            alpha_channel=len(channels) - 1 if len(channels) in (2, 4) else -1,
            oiio__UnassociatedAlpha=1,
        )
        wanted = picture(4) if len(channels) == 4 else np.repeat(rgba[..., :1], 3, 2)
        assert np.abs(only(open_source(path)) - wanted).max() < 1e-4


@pytest.mark.parametrize("kind", ["half", "float"])
def test_exr_is_linear_and_shown_as_srgb(tmp_path, kind):
    path = write_still(tmp_path / "beauty.0007.exr", picture(7), kind)
    source = open_source(path)
    linear = picture(7)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    assert source.frames == range(7, 8)
    assert np.abs(only(source) - encoded).max() < 1e-3
    assert np.abs(only(open_source(path, colorspace="srgb")) - linear).max() < 1e-3


def test_exr_shows_the_display_window(tmp_path):
    linear = np.full((6, 8, 3), 1, np.float32)
    path = write_still(tmp_path / "w.exr", linear, "half", x=-3, y=2, full_x=-1, full_y=0, full_width=10, full_height=7)
    source = open_source(path)
    assert source.size == (10, 7)
    wanted = np.zeros((7, 10, 3))
    wanted[2:, :6] = 1  # data covers x -3..5 of a window that starts at -1, y 2..8 of 0..7
    assert np.abs(only(source) - wanted).max() < 1e-3


def test_exr_layers(tmp_path):
    image = np.zeros((4, 4, 8), np.float32)
    image[..., 2:5], image[..., 5:8] = 0.25, 1

    def green(*names):
        path = write_still(tmp_path / "layers.exr", image, "float", channelnames=names)
        return round(float(only(open_source(path, colorspace="srgb"))[0, 0, 1]), 3)

    assert green("A", "Z", "R", "G", "B", "bg.R", "bg.G", "bg.B") == 0.25
    assert green("A", "Z", "bg.R", "bg.G", "bg.B", "fg.R", "fg.G", "fg.B") == 0.25
    assert green("A", "Z", "v.AO.R", "v.AO.G", "v.AO.B", "v.Combined.R", "v.Combined.G", "v.Combined.B") == 1
    with pytest.raises(SourceError, match="no R, G and B channels"):
        green("A", "Z", "n.X", "n.Y", "n.Z", "u.U", "u.V", "u.W")


def test_exr_of_several_parts_shows_the_first_with_a_picture(tmp_path):
    specs = []
    for name, channels in (("depth", ("Z",)), ("beauty", ("R", "G", "B"))):
        spec = oiio.ImageSpec(6, 4, len(channels), "float")
        spec.channelnames = channels
        spec.attribute("oiio:subimagename", name)
        specs.append(spec)
    out = oiio.ImageOutput.create("parts.exr")
    assert out.open(str(tmp_path / "parts.exr"), tuple(specs))
    out.write_image(np.full((4, 6, 1), 9, np.float32))
    assert out.open(str(tmp_path / "parts.exr"), specs[1], "AppendSubimage")
    out.write_image(np.full((4, 6, 3), 0.5, np.float32))
    out.close()
    assert np.abs(only(open_source(tmp_path / "parts.exr", colorspace="srgb")) - 0.5).max() < 1e-6


@pytest.mark.parametrize(("orientation", "back"), [(1, 0), (6, 1), (3, 2), (8, 3)])
def test_orientation_of_photographs_is_applied(tmp_path, orientation, back):
    path = write_still(tmp_path / "photo.tif", picture(2), "uint16", Orientation=orientation)
    source = open_source(path)
    assert source.size == ((12, 9) if back % 2 == 0 else (9, 12))
    assert np.abs(np.rot90(only(source), back) - picture(2)).max() < 1e-5


@pytest.mark.parametrize("transfer", ["Logarithmic", "Printing density"])
def test_dpx_is_log_only_when_its_header_says_so(tmp_path, transfer):
    codes = np.full((4, 8, 3), 95 / 1023, np.float32)
    codes[:, 4:], codes[:, 6:] = 470 / 1023, 685 / 1023
    plain = write_still(tmp_path / "p.dpx", codes, "uint16")
    assert np.abs(only(open_source(plain)) - codes).max() < 1e-4
    image = only(open_source(write_still(tmp_path / "l.dpx", codes, "uint16", dpx__Transfer=transfer)))
    # Kodak's white is 1, its black 0, and its LAD grey, code 470, shows as a middle grey.
    assert abs(image[0, 7, 0] - 1) < 2e-3 and image[0, 0, 0] < 2e-3
    assert 0.4 < image[0, 5, 0] < 0.55


def test_nan_and_inf_stay_in_their_pixel(tmp_path):
    linear = np.full((3, 6, 3), 0.18, np.float32)
    linear[0, 0, 0], linear[0, 1], linear[0, 2, 1], linear[0, 3] = np.nan, np.inf, -np.inf, 1e30
    path = write_still(tmp_path / "bad.exr", linear, "float")
    for colorspace in ("auto", "ACEScg", "ARRI LogC4"):
        image = only(open_source(path, colorspace=colorspace))
        assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1
        assert np.all(image[0, 1] == 1) and np.all(image[0, 3] == 1)
        assert np.ptp(image[1:]) < 1e-3
    image = only(open_source(path))
    assert image[0, 0, 0] == 0 and abs(image[0, 0, 1] - image[1, 1, 1]) < 1e-6 and image[0, 2, 1] == 0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone.png", "doesn't exist"),
        ("gone.%04d.png", "no file named like"),
        ("long" * 99 + ".png", r"can't be read|doesn't exist"),  # as the system refuses a folder that is another user's
        ("nowhere/gone.%04d.png", "doesn't exist"),
        (".", "no images"),
        ("broken.png", "can't be read as an image"),
        ("half.exr", "can't be read as an image"),
        ("half.jpg", "can't be read as an image"),
    ],
)
def test_what_can_not_be_opened_is_one_sentence(tmp_path, name, says):
    folder = tmp_path / "é è"
    folder.mkdir()
    if name == "broken.png":
        (folder / name).write_bytes(b"not a picture at all")
    if name.startswith("half"):
        write_still(folder / name, np.random.default_rng(0).random((64, 64, 3), np.float32), "float")
        (folder / name).write_bytes((folder / name).read_bytes()[:5000])
    with pytest.raises(SourceError, match=says) as caught:
        source = open_source(folder / name)
        list(source.read(source.frames))
    assert "\n" not in str(caught.value)


def test_a_file_that_goes_away_or_breaks_later_is_named(tmp_path):
    write_frames(tmp_path, "f{:02d}.png", range(3))
    source = open_source(tmp_path)
    (tmp_path / "f01.png").write_bytes((tmp_path / "f01.png").read_bytes()[:60])
    with pytest.raises(SourceError, match=r"f01\.png can't be read"):
        list(source.read(source.frames))
    (tmp_path / "f01.png").unlink()
    with pytest.raises(SourceError, match=r"f01\.png doesn't exist"):
        list(source.read(source.frames))
    with pytest.raises(SourceError, match="can't be read any more"):
        source.identity()


def test_identity_follows_every_file(tmp_path):
    write_frames(tmp_path, "f{:02d}.png", range(3))
    first = open_source(tmp_path).identity()
    assert open_source(tmp_path / "f%02d.png").identity() == first
    os.utime(tmp_path / "f02.png", (1, 1))
    assert open_source(tmp_path).identity() != first
    assert open_source(tmp_path, colorspace="linear").identity() != open_source(tmp_path).identity()


def test_a_list_of_files_is_numbered_in_its_order_whatever_the_names(tmp_path):
    write_frames(tmp_path, "{}.png", [7, 3])
    write_frames(tmp_path / "é", "last.png", [11])
    files = [tmp_path / "7.png", str(tmp_path / "é" / "last.png"), tmp_path / "3.png", tmp_path / "7.png"]
    with open_source(files) as source:
        assert (source.frames, source.size, source.path) == (range(4), (12, 9), files[0])
        for numbers in (range(4), range(3, -1, -1), range(2, 3)):
            shown = {n: round(float(image[0, 0, 2]) * 20) for n, image in source.read(numbers)}
            assert shown == {n: (7, 11, 3, 7)[n] for n in numbers}
        assert source.identity() != open_source([*files[:2], files[3], files[2]]).identity()
    with pytest.raises(SourceError, match="empty"):
        open_source([])


def test_a_file_missing_from_a_list_may_be_held(tmp_path):
    write_frames(tmp_path, "{}.png", [1, 2])
    files = [tmp_path / "1.png", tmp_path / "gone.png", tmp_path / "2.png"]
    with pytest.raises(MissingFramesError, match=r"gone\.png doesn't exist; put it back\."):
        open_source(files)
    with open_source(files, on_missing="hold") as source:
        assert [round(float(image[0, 0, 2]) * 20) for _, image in source.read(source.frames)] == [1, 1, 2]
        moved = open_source([files[0], files[2], files[1]], on_missing="hold")
        assert source.identity() != moved.identity()
    with pytest.raises(SourceError, match=r"gone\.png doesn't exist; put it back\.") as first:
        open_source(files[1:], on_missing="hold")
    assert first.type is SourceError  # there is nothing before it to hold
