# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames as artists type them."""

import pytest
from ftpvm_nuke.errors import UserError
from ftpvm_nuke.frames import parsed, text_of


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1, 22, 48-50", [1, 22, 48, 49, 50]),
        ("22 1;22", [1, 22]),
        (" 1001 - 1003 ", [1001, 1002, 1003]),
        ("1-41x10", [1, 11, 21, 31, 41]),
        ("1 - 41 x 10", [1, 11, 21, 31, 41]),
        ("-5, -3--1", [-5, -3, -2, -1]),
        ("", []),
        (",", []),
    ],
)
def test_frames_are_read_as_they_are_typed(text, frames):
    assert parsed(text) == frames


@pytest.mark.parametrize("text", ["a", "1.5", "5-2", "1-10x0", "1,,x", "1-9999999999"])
def test_what_is_not_frames_is_named(text):
    with pytest.raises(UserError, match="isn't a"):
        parsed(text)


@pytest.mark.parametrize("text", ["1, 22, 48-50", "-3--1", "7", "1, 2", ""])
def test_text_and_frames_are_the_same(text):
    assert text_of(parsed(text)) == text
