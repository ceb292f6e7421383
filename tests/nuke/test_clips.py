# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file frame a Read shows when, and when the worker may read the file itself."""

import pytest
from ftpvm_nuke.clips import EXPRESSION, OFFSET, START_AT, Read, shown_range_or_none, straight, why_written

FILE = "/shots/a b/plate.%04d.exr"


def read(**knobs):
    return Read(**{"file": FILE, "first": 1001, "last": 1050, **knobs})


@pytest.mark.parametrize(
    ("knobs", "shown", "at_first"),
    [
        ({}, (1001, 1050), 1001),
        ({"frame_mode": START_AT, "frame": "1"}, (1, 50), 1001),
        ({"frame_mode": OFFSET, "frame": "100"}, (1101, 1150), 1001),
        ({"frame_mode": OFFSET, "frame": "-1000"}, (1, 50), 1001),
        ({"frame_mode": START_AT, "frame": "1", "first": 1011}, (1, 40), 1011),
        ({"file": "/shots/plate.mov", "first": 1, "last": 50}, (1, 50), 0),
        (
            {"file": "/shots/plate.mov", "first": 1, "last": 50, "frame_mode": START_AT, "frame": "1001"},
            (1001, 1050),
            0,
        ),
    ],
)
def test_frames_are_mapped_as_nuke_shows_them(knobs, shown, at_first):
    clip = read(**knobs)
    assert shown_range_or_none(clip) == shown
    assert why_written(clip, "linear", shown) is None
    plate = straight(clip, "linear", shown)
    assert (plate.source, plate.first, plate.last) == (clip.file, *shown)
    assert plate.numbered(shown[0]) == at_first
    assert plate.numbered(shown[1]) - at_first == shown[1] - shown[0]


@pytest.mark.parametrize(
    ("knobs", "reason"),
    [
        ({"frame_mode": EXPRESSION, "frame": "frame*2"}, "only Nuke knows"),
        ({"frame_mode": OFFSET, "frame": "frame/2"}, "only Nuke knows"),
        ({"frame_mode": START_AT, "frame": "1", "origfirst": 990}, "only Nuke knows"),
        ({"file": "[value root.plates]/plate.%04d.exr"}, "worked out by Nuke"),
        ({"file": "plates/plate.%04d.exr"}, "worked out by Nuke"),
        ({"file": "/shots/%V/plate.%04d.exr"}, "worked out by Nuke"),
        ({"file": "/shots/plate.%04d.r3d"}, "isn't a movie or a sequence"),
        ({"file": "/shots/still.exr"}, "isn't a movie or a sequence"),
        ({"premultiplied": True}, "colours"),
    ],
)
def test_what_only_nuke_can_show_is_written(knobs, reason):
    assert reason in why_written(read(**knobs), "linear", (1001, 1050))


def test_frames_beyond_the_file_are_written():
    assert "beyond" in why_written(read(), "linear", (990, 1050))
    assert "beyond" in why_written(read(), "linear", (1001, 1051))
    assert why_written(read(), "linear", (1010, 1020)) is None


def test_unknown_colours_are_written():
    assert "colours" in why_written(read(), None, (1001, 1050))


@pytest.mark.parametrize("file", ["/s/a.####.dpx", "/s/a_%d.png", "C:/s/a.%04d.exr", "//server/s/a.%04d.jpg"])
def test_patterns_that_the_worker_reads(file):
    assert why_written(read(file=file), "srgb", (1001, 1050)) is None
