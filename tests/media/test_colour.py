# SPDX-License-Identifier: GPL-3.0-or-later
import copy
import subprocess
import sys

import numpy as np
import PyOpenColorIO as ocio
import pytest
from clips import write_still

from ftpvm.errors import ColorspaceError
from ftpvm.media import open_source


def srgb(linear):
    linear = np.clip(np.asarray(linear, float), 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """shown(pixels, colorspace, ...): what an EXR of these RGB pixels (n, 3) looks like to the network, (n, 3)."""
    monkeypatch.delenv("OCIO", raising=False)

    def show(pixels, colorspace, **options):
        path = write_still(tmp_path / "colour.exr", np.array([pixels], np.float32), "float")
        with open_source(path, colorspace=colorspace, **options) as source:
            ((_, image),) = source.read(source.frames)
        return image[0]

    return show


GREYS = [[v] * 3 for v in (0, 0.001, 0.02, 0.18, 0.5, 0.9, 1.0, 1.5, 40.0)]


@pytest.mark.parametrize(
    "name", ["auto", "linear", "Linear Rec.709 (sRGB)", "lin_rec709", "LIN_REC709", "ACEScg", "scene_linear"]
)
def test_linear_greys_are_encoded_and_clipped(shown, name):
    assert np.abs(shown(GREYS, name) - srgb(GREYS)).max() < 2e-3


@pytest.mark.parametrize("name", ["srgb", "sRGB - Display", "srgb_tx", "Raw"])
def test_srgb_passes_through(shown, name):
    pixels = [[0, 0.2, 0.5], [1, 0.7, 0.1]]
    assert np.abs(shown(pixels, name) - pixels).max() < 1e-3


def test_acescg_primaries_become_rec709(shown):
    """AP1 -> Rec.709 with Bradford adaptation, the published matrix."""
    matrix = np.array([[1.70505, -0.62179, -0.08326], [-0.13026, 1.14080, -0.01055], [-0.02400, -0.12897, 1.15297]])
    pixels = np.array([[0.3, 0.2, 0.1], [0.1, 0.4, 0.2], [0.05, 0.1, 0.6], [0.8, 0.1, 0.1]])
    assert np.abs(shown(pixels, "ACEScg") - srgb(pixels @ matrix.T)).max() < 3e-3


@pytest.mark.parametrize(
    ("name", "grey"),
    [("ARRI LogC4", 0.2784), ("logc3ei800_alexawide", 0.391), ("slog3_sgamut3", 420 / 1023), ("ACEScct", 0.4135)],
)
def test_camera_logs_put_18_percent_grey_where_srgb_does(shown, name, grey):
    assert np.abs(shown([[grey] * 3], name) - srgb(0.18)).max() < 0.01


def write_config(path):
    """A studio's own config: "house" is linear Rec.709 at half exposure."""
    config = copy.deepcopy(ocio.Config.CreateFromFile("ocio://cg-config-latest"))
    space = ocio.ColorSpace(name="House Linear", aliases=["house"])
    group = ocio.GroupTransform()
    group.appendTransform(ocio.MatrixTransform(matrix=[2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]))
    group.appendTransform(ocio.ColorSpaceTransform(src="lin_rec709", dst="ACES2065-1"))
    space.setTransform(group, ocio.COLORSPACE_DIR_TO_REFERENCE)
    config.addColorSpace(space)
    path.write_text(config.serialize(), encoding="utf-8")
    return path


def test_a_config_by_argument_or_environment(shown, tmp_path, monkeypatch):
    config = write_config(tmp_path / "our cönfig.ocio")
    pixels = [[0.1, 0.2, 0.3]]
    with pytest.raises(ColorspaceError, match="house"):
        shown(pixels, "house")
    assert np.abs(shown(pixels, "house", ocio_config=config) - srgb(np.array(pixels) * 2)).max() < 2e-3
    monkeypatch.setenv("OCIO", str(config))
    assert np.abs(shown(pixels, "House Linear") - srgb(np.array(pixels) * 2)).max() < 2e-3


@pytest.mark.parametrize(
    ("name", "near"),
    [("ACESgc", "'ACEScg'"), ("logc4", "'ARRI LogC4'"), ("scene_liner", "'scene_linear'"), ("sRBG", "srgb")],
)
def test_an_unknown_space_lists_close_ones(shown, name, near):
    with pytest.raises(ColorspaceError, match="did you mean") as caught:
        shown([[0, 0, 0]], name)
    assert near in str(caught.value) and name in str(caught.value)


def test_a_space_like_no_other_lists_what_there_is(shown):
    with pytest.raises(ColorspaceError, match=r"it has 'sRGB - Display'"):
        shown([[0, 0, 0]], "qqqqqqqqq")


@pytest.mark.parametrize("content", [None, "not a config", "ocio_profile_version: 9\n"])
def test_a_bad_config_is_one_sentence(shown, tmp_path, content):
    config = tmp_path / "bad.ocio"
    if content is not None:
        config.write_text(content)
    with pytest.raises(ColorspaceError, match="can't be used") as caught:
        shown([[0, 0, 0]], "ACEScg", ocio_config=config)
    assert "\n" not in str(caught.value) and "bad.ocio" in str(caught.value)


def test_a_config_without_known_spaces_says_what_it_lacks(shown, tmp_path):
    config = ocio.Config()
    config.addColorSpace(ocio.ColorSpace(name="mystery"))
    config.setRole("default", "mystery")
    (tmp_path / "m.ocio").write_text(config.serialize())
    with pytest.raises(ColorspaceError, match="interchange roles"):
        shown([[0, 0, 0]], "mystery", ocio_config=tmp_path / "m.ocio")


def test_identity_is_the_same_in_another_process(tmp_path):
    path = write_still(tmp_path / "a.exr", np.zeros((2, 2, 3), np.float32), "half")
    code = "import sys, ftpvm.media as m; print(m.open_source(sys.argv[1], colorspace='ACEScg').identity())"
    other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    assert other.strip() == open_source(path, colorspace="ACEScg").identity()
    assert other.strip() != open_source(path).identity()


def test_importing_media_loads_no_decoder():
    code = "import sys, ftpvm.media; print({'av', 'OpenImageIO', 'PyOpenColorIO', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
