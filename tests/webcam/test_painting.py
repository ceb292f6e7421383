# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from live_frames import disc, frame, trimap

from ftpvm.errors import TrimapError
from ftpvm.webcam.painting import Brush, Painting

SIZE = (160, 120)


def painting() -> Painting:
    return Painting(frame(size=SIZE))


def stroke(painting: Painting, start: tuple[float, float], end: tuple[float, float], brush: Brush) -> None:
    painting.begin_stroke()
    painting.stroke(start, end, 5, brush)


def test_strokes_paint_their_level_and_the_later_wins() -> None:
    canvas = painting()
    assert np.isnan(canvas.levels).all()
    stroke(canvas, (20, 40), (100, 40), Brush.FOREGROUND)
    stroke(canvas, (60, 10), (60, 100), Brush.UNKNOWN)
    assert (canvas.levels[37:44, 25:50] == 1).all() and (canvas.levels[15:95, 57:64] == 0.5).all()
    assert np.isnan(canvas.levels[:30, :50]).all()
    painted = np.argwhere(canvas.levels == 1)
    assert painted.min(0).tolist() >= [34, 14] and painted.max(0).tolist() <= [46, 106]


def test_a_stroke_outside_the_frame_is_no_error() -> None:
    canvas = painting()
    stroke(canvas, (-50.4, -20), (300, 500), Brush.BACKGROUND)
    assert (canvas.levels == 0).any()


def test_undo_takes_back_whole_strokes_and_cuts() -> None:
    canvas = painting()
    stroke(canvas, (20, 40), (30, 40), Brush.FOREGROUND)
    canvas.stroke((30, 40), (90, 40), 5, Brush.FOREGROUND)
    before = canvas.levels
    canvas.set_cut(trimap(SIZE))
    canvas.clear()
    assert np.isnan(canvas.levels).all()
    assert canvas.undo() and canvas.undo()
    assert np.array_equal(canvas.levels, before, equal_nan=True)
    assert canvas.undo() and np.isnan(canvas.levels).all() and not canvas.undo()


def test_every_change_has_a_version() -> None:
    canvas, seen = painting(), set()
    for change in (lambda: stroke(canvas, (9, 9), (9, 9), Brush.UNKNOWN), canvas.clear, canvas.undo):
        seen.add(canvas.version)
        change()
    assert len({*seen, canvas.version}) == 4


@pytest.mark.parametrize("corners", [((40, 20), (125, 95)), ((125, 20), (40, 95)), ((125, 95), (40, 20))])
def test_a_box_dragged_from_any_corner_cuts_out_the_object(corners: tuple[tuple[int, int], tuple[int, int]]) -> None:
    canvas = painting()
    canvas.set_cut(canvas.box(*corners)())
    given, inside = canvas.trimap(), disc(SIZE)
    assert inside[given == 1].mean() > 0.98 and inside[given == 0].mean() < 0.02 and (given == 0.5).any()


def test_strokes_are_completed_and_stay_as_painted() -> None:
    canvas = painting()
    stroke(canvas, (70, 50), (90, 60), Brush.FOREGROUND)
    stroke(canvas, (10, 10), (10, 110), Brush.BACKGROUND)
    stroke(canvas, (150, 10), (150, 110), Brush.UNKNOWN)
    canvas.set_cut(canvas.cut_strokes()())
    given, inside = canvas.trimap(), disc(SIZE)
    assert (given[15:105, 147:153] == 0.5).all() and (given[15:105, 7:13] == 0).all()
    assert inside[given == 1].mean() > 0.98 and inside[given == 0].mean() < 0.05


def test_a_correction_begins_with_what_the_network_predicted() -> None:
    small = trimap((80, 60))
    canvas = Painting(frame(size=SIZE), small)
    assert set(np.unique(canvas.levels)) == {0, 0.5, 1}
    assert (canvas.levels[::2, ::2] == small).mean() > 0.9
    stroke(canvas, (10, 10), (10, 20), Brush.FOREGROUND)
    assert canvas.trimap()[15, 10] == 1


def test_a_trimap_is_only_given_when_it_is_one() -> None:
    canvas = painting()
    with pytest.raises(TrimapError, match="Nothing is marked"):
        canvas.trimap()
    stroke(canvas, (70, 50), (90, 60), Brush.FOREGROUND)
    with pytest.raises(TrimapError, match="No edge is unknown"):
        canvas.trimap()
    with pytest.raises(TrimapError, match="no background"):
        canvas.cut_strokes()()
    stroke(canvas, (60, 40), (60, 70), Brush.UNKNOWN)
    assert set(np.unique(canvas.trimap())) == {0, 0.5, 1}


def test_one_background_stroke_says_that_the_object_is_not_there() -> None:
    canvas = painting()
    stroke(canvas, (70, 50), (90, 60), Brush.BACKGROUND)
    assert not canvas.trimap().any()
