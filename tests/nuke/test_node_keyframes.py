# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyframes out of a Roto, and what runs again once one of them is corrected."""

from __future__ import annotations

import numpy as np
import pytest
from fake_nuke import AnimControlPoint, Layer, Stroke, key_curve, key_transform, polygon
from fake_nuke.graph import Format
from nuke_shots import (
    FIRST,
    HEIGHT,
    LAST,
    WIDTH,
    counted,
    load,
    matte_node,
    mattes,
    propagate,
    read_node,
    roto_node,
    write_alphas,
    write_plate,
)

MIDDLE = FIRST + 3


@pytest.fixture
def rotoed(app, clip, tmp_path):
    """A plate, and a Roto keyed on its first, a middle and its last frame."""
    app.save(tmp_path / "comp.nk")
    plate = read_node(app, write_plate(tmp_path / "plates", clip[0]))
    return matte_node(app, plate, roto_node(app, (FIRST, MIDDLE, LAST)), "")


def test_from_roto_finds_every_key_of_every_part(app, rotoed):
    root = rotoed.input(1)["curves"].rootLayer
    layer, inner = Layer("Arm"), Layer("Hand")
    root._items.append(layer)
    layer._items.append(inner)
    shape = polygon(inner, {FIRST: [(0, 0), (9, 0), (9, 9)]})
    key_transform(layer, {FIRST + 1: (3, 3)})
    key_curve(shape[2].featherRightTangent, {FIRST + 2: (1, 1)})
    key_transform(shape, {FIRST + 4: (5, 0)})
    stroke = Stroke("Brush1")
    stroke._items.append(AnimControlPoint({FIRST + 8: (4, 4)}))
    root._items.append(stroke)
    app.press(rotoed, "from_roto")
    assert rotoed["keyframes"].value() == "1001-1006, 1009"

    app.frame = 7
    app.press(rotoed, "add_current")
    assert rotoed["keyframes"].value() == "7, 1001-1006, 1009"


def test_a_roto_without_keys_or_no_roto_says_what_to_do(app, rotoed):
    rotoed.setInput(1, app.module.nodes.Dot(inputs=[app.module.nodes.RotoPaint()]))
    app.press(rotoed, "from_roto")
    assert "RotoPaint1 has no keys" in app.messages[-1]
    assert app.messages[-1] == rotoed["status"].value()
    rotoed.setInput(1, rotoed.input(0))
    app.press(rotoed, "from_roto")
    assert "No Roto" in app.messages[-1]
    assert rotoed["keyframes"].value() == ""


def test_what_the_roto_shows_decides_and_a_correction_runs_its_spans_only(app, rotoed, tmp_path):
    app.press(rotoed, "from_roto")
    all_frames = counted(propagate(app, rotoed))[0]
    found = mattes(tmp_path / "mattes")
    before = {number: load(path) for number, path in found.items()}
    np.testing.assert_array_equal(app.pixels(rotoed, LAST)["rgba.alpha"], before[LAST])
    keyed = app.pixels(rotoed.input(1), FIRST)["rgba.alpha"] > 0.5
    inner = keyed & np.roll(keyed, 4, 0) & np.roll(keyed, -4, 0) & np.roll(keyed, 4, 1) & np.roll(keyed, -4, 1)
    assert before[FIRST][inner].min() > 0.99  # known foreground, in its place

    key_transform(rotoed.input(1)["curves"].rootLayer[0], {MIDDLE: (0, 0), LAST: (20, 0)})
    some_frames, kept = counted(propagate(app, rotoed))
    assert kept == 1
    assert 0 < some_frames < all_frames
    after = {number: load(path) for number, path in found.items()}
    assert [number for number in found if not np.array_equal(before[number], after[number])] == [
        number for number in found if number >= MIDDLE
    ]
    np.testing.assert_array_equal(app.pixels(rotoed, LAST)["rgba.alpha"], after[LAST])  # shown anew


def test_a_roto_of_another_format_is_cropped_as_nuke_shows_it(app, rotoed, tmp_path):
    """Nuke lays pictures over each other by their bottom left corners."""
    app.format = Format(2 * WIDTH, 2 * HEIGHT)
    app.press(rotoed, "from_roto")
    counted(propagate(app, rotoed))
    shape = app.pixels(rotoed.input(1), FIRST)["rgba.alpha"]
    assert shape.shape == (2 * HEIGHT, 2 * WIDTH)
    made = load(mattes(tmp_path / "mattes")[FIRST])
    assert made.shape == (HEIGHT, WIDTH)
    assert np.abs(made - shape[HEIGHT:, :WIDTH]).mean() < 0.05


def test_a_trimap_is_taken_as_it_is(app, rotoed, clip, tmp_path):
    rotoed["roto_is"].setValue("trimap")
    rotoed["keyframes"].setValue(str(FIRST))
    assert not rotoed["band_inside"].enabled()
    told = propagate(app, rotoed)  # a hard rectangle
    assert f"keyframe_at_{FIRST}" in told and "is a mask" in told and "'roto is' must be mask or matte" in told

    trimaps = np.where(clip[1] > 0.99, 1.0, np.where(clip[1] < 0.01, 0.0, 0.5)).astype(np.float32)
    rotoed.setInput(1, read_node(app, write_alphas(tmp_path / "trimaps", trimaps)))
    counted(propagate(app, rotoed))
    made = load(mattes(tmp_path / "mattes")[FIRST])
    known = trimaps[0] != 0.5
    np.testing.assert_allclose(made[known], trimaps[0][known], atol=1e-3)
    assert np.ptp(made[~known]) > 0.5
