# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of colour spaces, from Nuke's menus to the worker's words."""

import pytest
from ftpvm_nuke.colour import display_name_or_none, plain, worker_name_or_none, working_name


@pytest.mark.parametrize(
    ("name", "worker"),
    [
        ("sRGB", "srgb"),
        ("default (sRGB)", "srgb"),
        ("linear", "linear"),
        ("default (linear)", "linear"),
        ("Cineon", "cineon"),
        ("ACES - ACEScg", "ACEScg"),
        ("ACES/ACEScg", "ACEScg"),
        ("Utility/Utility - sRGB - Texture", "srgb"),
        ("AlexaV3LogC", None),  # a name of Nuke's own config, which the worker may not have
        ("rec709", None),  # shown through an sRGB viewer it isn't the file's pixels
        ("scene_linear (ACES - ACEScg)", "ACEScg"),  # a role of the config
        ("linear rec.709 (srgb)", "linear"),  # brackets of its own
        ("sRGB\tTexture/sRGB", "srgb"),
        ("default", None),
        ("", None),
    ],
)
def test_what_the_worker_calls_a_reads_colours(name, worker):
    assert worker_name_or_none(name, raw=False, shared_config=False) == worker


def test_with_the_same_config_any_name_goes_through():
    assert worker_name_or_none("default (AlexaV3LogC)", raw=False, shared_config=True) == "AlexaV3LogC"


def test_a_raw_read_is_for_nuke_to_show():
    assert worker_name_or_none("sRGB", raw=True, shared_config=True) is None


def test_plates_are_written_as_a_viewer_shows_them():
    assert display_name_or_none(["default (linear)", "linear", "sRGB", "rec709"]) == "sRGB"
    assert display_name_or_none(["ACES/ACEScg", "Utility/Utility - sRGB - Texture"]) == "Utility - sRGB - Texture"
    assert display_name_or_none(["sRGB\tTexture/sRGB", "texture_paint (sRGB)"]) == "sRGB"
    assert display_name_or_none(["ACEScg", "LogC"]) is None


def test_without_such_a_space_they_stay_in_the_working_space():
    assert working_name("ACES - ACEScg", shared_config=False) == "ACEScg"
    assert working_name("scene_linear (ACES - ACEScg)", shared_config=False) == "ACEScg"
    assert working_name("linear", shared_config=False) == "linear"
    assert working_name("show_lin", shared_config=True) == "show_lin"


def test_menus_dress_names():
    assert plain(" default (Input/ARRI/ALEXA LogC) ") == "ALEXA LogC"
