# SPDX-License-Identifier: GPL-3.0-or-later
"""Image files of every kind become trimaps, or an error that says what to do."""

from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from ftpvm.errors import MaskError, TrimapError, TrimapSizeError
from ftpvm.trimaps import load_trimap, trimap_from_levels

SIZE = (80, 60)


def levels(background: float = 0, unknown: float = 0.5, foreground: float = 1) -> np.ndarray:
    """(h, w): a box of foreground inside a band of unknown."""
    image = np.full((60, 80), background, np.float32)
    image[10:50, 10:70] = unknown
    image[20:40, 25:55] = foreground
    return image


EXPECTED = levels()


def soft_disc(sigma: float = 5) -> np.ndarray:
    y, x = np.mgrid[:60, :80].astype(np.float32)
    return cv2.GaussianBlur((np.hypot(x - 40, y - 30) < 20).astype(np.float32), (0, 0), sigma)


def save(path: Path, pixels: np.ndarray, type_: str = "uint8", names: tuple[str, ...] = (), **attributes: int) -> Path:
    """Write `pixels` (h, w) or (h, w, c) as they are; `attributes` are set on the spec."""
    pixels = np.atleast_3d(pixels).astype(np.float32)
    names = names or {1: ("Y",), 2: ("Y", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[pixels.shape[2]]
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], type_)
    spec.channelnames = names
    spec.alpha_channel = names.index("A") if "A" in names else -1
    spec.attribute("oiio:UnassociatedAlpha", 1)
    spec.attribute("oiio:ColorSpace", "data")
    for name, value in attributes.items():
        if hasattr(type(spec), name):
            setattr(spec, name, value)
        else:
            spec.attribute(name, value)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec) and output.write_image(np.ascontiguousarray(pixels)) and output.close()
    return path


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("t.png", "uint8"),
        ("t.png", "uint16"),
        ("t.tif", "float"),
        ("t.tif", "uint8"),
        ("t.exr", "half"),
        ("t.exr", "float"),
        ("t.jpg", "uint8"),
        ("t.bmp", "uint8"),
        ("t.tga", "uint8"),
    ],
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_formats_and_depths(tmp_path: Path, name: str, type_: str, channels: int) -> None:
    if name.endswith(("jpg", "bmp")):
        channels = min(channels, 3)
    grey = [EXPECTED] * min(channels, 3) + [np.ones_like(EXPECTED)] * (channels == 4)
    trimap = load_trimap(save(tmp_path / name, np.dstack(grey), type_), SIZE)
    assert trimap.dtype == np.float32 and set(np.unique(trimap)) == {0, 0.5, 1}
    wrong = trimap != EXPECTED
    assert not wrong.any() if not name.endswith("jpg") else wrong.mean() < 0.03


@pytest.mark.parametrize("unknown", [127 / 255, 128 / 255, 0.214, 100 / 255, 0.7])
def test_any_grey_is_unknown(tmp_path: Path, unknown: float) -> None:
    path = save(tmp_path / "t.png", levels(2 / 255, unknown, 253 / 255))
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_unicode_and_spaces_in_the_path(tmp_path: Path) -> None:
    folder = tmp_path / "Größe 映画"
    folder.mkdir()
    np.testing.assert_array_equal(load_trimap(save(folder / "erstes Bild.png", EXPECTED), SIZE), EXPECTED)


def test_a_palette_and_a_one_bit_image(tmp_path: Path) -> None:
    """Byte for byte what a paint program saves; OpenImageIO and OpenCV can't write these."""
    palette = tmp_path / "palette.png"
    palette.write_bytes(indexed_png(np.uint8(EXPECTED * 2), [(0, 0, 0), (128, 128, 128), (255, 255, 255)]))
    np.testing.assert_array_equal(load_trimap(palette, SIZE), EXPECTED)
    colours = tmp_path / "colours.png"
    colours.write_bytes(indexed_png(np.uint8(EXPECTED * 2), [(0, 0, 0), (200, 30, 30), (255, 255, 255)]))
    with pytest.raises(TrimapError, match="in colour"):
        load_trimap(colours, SIZE)


def indexed_png(indices: np.ndarray, colours: list[tuple[int, int, int]]) -> bytes:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = indices.shape
    rows = b"".join(b"\0" + row.tobytes() for row in indices)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(value for colour in colours for value in colour))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_antialiased_pixels_become_unknown(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(EXPECTED, (3, 3), 0)
    trimap = load_trimap(save(tmp_path / "t.png", smooth), SIZE)
    certain = trimap != 0.5
    np.testing.assert_array_equal(trimap[certain], EXPECTED[certain])
    assert (trimap[EXPECTED == 0.5] == 0.5).all()
    assert certain[EXPECTED != 0.5].mean() > 0.9


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_one_level_alone_is_allowed(tmp_path: Path, value: float) -> None:
    trimap = load_trimap(save(tmp_path / "t.png", np.full((60, 80), value)), SIZE)
    assert (trimap == value).all()


@pytest.mark.parametrize("absent", ["background", "foreground"])
def test_one_level_may_be_missing(tmp_path: Path, absent: str) -> None:
    image = levels(**{absent: 0.5})
    np.testing.assert_array_equal(load_trimap(save(tmp_path / "t.png", image), SIZE), image)


def test_a_mask_without_a_band_is_told_to_take_one(tmp_path: Path) -> None:
    mask = save(tmp_path / "mask.png", levels(unknown=0))
    with pytest.raises(MaskError, match=r"mask\.png is a mask.*band of unknown"):
        load_trimap(mask, SIZE)
    trimap = load_trimap(mask, SIZE, band=(4, 6))
    assert trimap[30, 28] == 0.5 and trimap[30, 29] == 1 and trimap[30, 19] == 0.5 and trimap[30, 18] == 0


@pytest.mark.parametrize("sigma", [1, 3, 8])
def test_a_soft_matte_without_a_band_is_told_to_take_one(tmp_path: Path, sigma: float) -> None:
    matte = save(tmp_path / "matte.png", soft_disc(sigma), "uint16")
    with pytest.raises(MaskError, match=r"soft matte.*band of unknown"):
        load_trimap(matte, SIZE)
    trimap = load_trimap(matte, SIZE, band=(2, 2))
    soft = (soft_disc(sigma) > 0.005) & (soft_disc(sigma) < 0.995)
    assert (trimap[soft] == 0.5).all() and (trimap == 0).any()


def test_an_antialiased_mask_is_told_to_take_a_band(tmp_path: Path) -> None:
    mask = cv2.resize(
        cv2.circle(np.zeros((480, 640), np.float32), (320, 240), 150, 1, -1), SIZE, interpolation=cv2.INTER_AREA
    )
    with pytest.raises(MaskError, match="band of unknown"):
        load_trimap(save(tmp_path / "mask.png", mask), SIZE)


def test_a_picture_is_refused(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((60, 80, 3))
    for name in ("picture.png", "picture.jpg"):
        with pytest.raises(TrimapError, match="looks like a picture"):
            load_trimap(save(tmp_path / name, picture), SIZE)
        with pytest.raises(TrimapError, match="looks like a picture"):
            load_trimap(tmp_path / name, SIZE, band=(3, 3))
    with pytest.raises(TrimapError, match="many greys"):
        load_trimap(save(tmp_path / "grey.png", picture[..., 0]), SIZE)


def test_class_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrimapError, match="0, 1 and 2"):
        load_trimap(save(tmp_path / "t.png", EXPECTED * 2 / 255), SIZE)


@pytest.mark.parametrize("colour", [0.0, 1.0])
@pytest.mark.parametrize("names", [("Y", "A"), ("R", "G", "B", "A")])
def test_alpha_is_used_when_the_colours_say_nothing(tmp_path: Path, colour: float, names: tuple[str, ...]) -> None:
    plain = [np.full_like(EXPECTED, colour)] * (len(names) - 1)
    path = save(tmp_path / "t.png", np.dstack([*plain, EXPECTED]), names=names)
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_colours_win_over_alpha_and_are_not_multiplied_by_it(tmp_path: Path) -> None:
    alpha = np.tile(np.linspace(0.2, 1, 80, dtype=np.float32), (60, 1))
    path = save(tmp_path / "t.png", np.dstack([EXPECTED] * 3 + [alpha]), "uint16")
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


@pytest.mark.parametrize("name", ["A", "Y", "R", "mask"])
def test_one_channel_of_any_name(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "t.exr", EXPECTED, "half", names=(name,))
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


LAYER = ("Image.R", "Image.G", "Image.B", "Image.A")


@pytest.mark.parametrize("layer", [LAYER, ("A",), ("Y",)])
def test_other_channels_are_not_taken_for_the_trimap(tmp_path: Path, layer: tuple[str, ...]) -> None:
    pixels = np.dstack([np.zeros((60, 80, 3), np.float32), *[EXPECTED] * len(layer)])
    path = save(tmp_path / "t.exr", pixels, "half", names=("Z", "n.X", "n.Y", *layer))
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_a_layers_own_alpha_is_used_when_its_colours_say_nothing(tmp_path: Path) -> None:
    pixels = np.dstack([np.ones((60, 80, 3), np.float32), EXPECTED, np.zeros((60, 80), np.float32)])
    path = save(tmp_path / "t.exr", pixels, "half", names=(*LAYER, "Z"))
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_channels_that_are_no_picture_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "t.exr", np.zeros((60, 80, 3)), "half", names=("Z", "n.X", "n.Y"))
    with pytest.raises(TrimapError, match=r"no R, G and B channels, only .*; save it again as PNG"):
        load_trimap(path, SIZE)


def test_it_is_turned_as_the_plates_are(tmp_path: Path) -> None:
    path = save(tmp_path / "t.tif", np.rot90(EXPECTED), Orientation=6)
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_a_cropped_exr_is_put_back_in_place(tmp_path: Path) -> None:
    window = {"x": 10, "y": 10, "full_width": 80, "full_height": 60}
    path = save(tmp_path / "t.exr", EXPECTED[10:50, 10:70], "half", **window)
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)
    larger = np.pad(EXPECTED, 5)
    path = save(tmp_path / "overscan.exr", larger, "half", x=-5, y=-5, full_width=80, full_height=60)
    np.testing.assert_array_equal(load_trimap(path, SIZE), EXPECTED)


def test_wild_float_values(tmp_path: Path) -> None:
    wild = EXPECTED.copy()
    wild[EXPECTED == 1] = 7
    wild[EXPECTED == 0] = -3
    wild[0, 0] = np.nan
    wild[30, 40] = np.inf
    trimap = load_trimap(save(tmp_path / "t.exr", wild, "float"), SIZE)
    assert trimap[0, 0] == 0.5
    trimap[0, 0] = 0
    np.testing.assert_array_equal(trimap, EXPECTED)


def test_another_size_needs_fit(tmp_path: Path) -> None:
    path = save(tmp_path / "t.png", EXPECTED)
    for band in (None, (2, 2)):
        with pytest.raises(TrimapSizeError, match=r"80x60 but the shot is 160x120.*scaled to fit"):
            load_trimap(path, (160, 120), band=band)


@pytest.mark.parametrize("size", [(160, 120), (40, 30), (57, 43), (801, 33)])
def test_fit_keeps_three_levels_in_place(tmp_path: Path, size: tuple[int, int]) -> None:
    trimap = load_trimap(save(tmp_path / "t.png", EXPECTED), size, fit=True)
    assert trimap.shape == (size[1], size[0]) and set(np.unique(trimap)) == {0, 0.5, 1}
    y, x = ((np.arange(n) + 0.5) * old / n for n, old in ((size[1], 60), (size[0], 80)))
    at = EXPECTED[y.astype(int)[:, None], x.astype(int)[None]]
    certain = trimap != 0.5
    np.testing.assert_array_equal(trimap[certain], at[certain])  # no certain pixel is wrong
    assert certain[at != 0.5].mean() > 0.85  # and few became unknown
    np.testing.assert_array_equal(trimap, trimap[:, ::-1])  # symmetric as the original: nothing is shifted
    np.testing.assert_array_equal(trimap, trimap[::-1])


def test_fit_scales_a_mask_before_its_band_grows(tmp_path: Path) -> None:
    path = save(tmp_path / "mask.png", levels(unknown=0))
    row = load_trimap(path, (160, 120), band=(4, 6), fit=True)[60]
    unknown = np.flatnonzero(row == 0.5)
    assert (np.abs(unknown[unknown < 80][[0, -1]] - [44, 53]) <= 1).all()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TrimapError, match=r"nowhere\.png doesn't exist: check"):
        load_trimap(tmp_path / "nowhere.png", SIZE)
    (tmp_path / "text.png").write_text("not an image")
    with pytest.raises(TrimapError, match=r"text\.png can't be read as an image.*save it again"):
        load_trimap(tmp_path / "text.png", SIZE)
    with pytest.raises(TrimapError, match="doesn't exist"):
        load_trimap(tmp_path, SIZE)
    with pytest.raises(TrimapError, match=r"can't be read|doesn't exist"):
        load_trimap(tmp_path / ("long" * 99 + ".png"), SIZE)


@pytest.mark.parametrize("name", ["t.png", "t.exr", "t.jpg", "t.tif", "t.bmp"])
def test_a_cut_file_is_never_a_trimap(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name, EXPECTED, "half" if name.endswith("exr") else "uint8")
    whole = path.read_bytes()
    for part in range(1, 12):
        path.write_bytes(whole[: len(whole) * part // 12])
        with pytest.raises(TrimapError, match=r"can't be read.*save it again"):
            load_trimap(path, SIZE)


def test_levels_names_the_image_in_its_errors() -> None:
    with pytest.raises(TrimapError, match="Strip 3 is a mask"):
        trimap_from_levels(levels(unknown=0), name="Strip 3")
