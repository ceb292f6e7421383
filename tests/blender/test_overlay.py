# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
from types import SimpleNamespace

import bpy
import pytest
from shots import CLIP, keyed_mask


@pytest.fixture
def overlay(addon):
    return addon.overlay


def timing(addon, shown=range(10, 58), step=1, offset=-10, frames=range(48)):
    return addon.strips.Footage("", (0, 0), frames, shown, step, offset)


def corners(bars):
    return [(bar.left, bar.right, bar.state) for bar in bars]


def test_spans_lie_side_by_side_under_the_strip(addon, overlay):
    spans = [(24, 47, "stale"), (0, 11, "done"), (12, 23, "running")]
    wanted = [(10, 22, "done"), (22, 34, "running"), (34, 58, "stale")]
    assert corners(overlay.bars(spans, timing(addon))) == wanted


def test_a_trimmed_strip_shows_what_is_left(addon, overlay):
    spans = [(0, 11, "done"), (12, 23, "done"), (24, 47, "stale")]
    trimmed = timing(addon, shown=range(15, 34))
    assert corners(overlay.bars(spans, trimmed)) == [(15, 22, "done"), (22, 34, "done")]


def test_a_reversed_strip_has_its_first_span_at_the_right(addon, overlay):
    reversed_ = timing(addon, step=-1, offset=57)
    wanted = [(10, 34, "stale"), (34, 58, "done")]
    assert corners(overlay.bars([(0, 23, "done"), (24, 47, "stale")], reversed_)) == wanted


def test_a_span_of_one_frame_is_one_frame_wide(addon, overlay):
    assert corners(overlay.bars([(5, 5, "done")], timing(addon))) == [(15, 16, "done")]


def test_a_diamond_is_centred(overlay):
    points = overlay.diamond(30, 8, 5)
    assert points == [(25, 8), (30, 3), (35, 8), (30, 13)]


def test_the_bars_follow_the_strip_and_a_run_under_way(scene, addon, overlay, monkeypatch):
    strips = addon.compat.strips(scene.sequence_editor)
    strip = strips.new_movie("plate", "examples/clip/clip.mp4", 1, 10)
    strips.new_movie("unmatted", "examples/clip/clip.mp4", 3, 10)
    uid = addon.identity.uid_of(strip)
    for first, last, state in ((0, 23, "done"), (24, 47, "stale")):
        span = strip.ftpvm.spans.add()
        span.first, span.last, span.state = first, last, state
    ((found, bars, _),) = overlay.covered(scene)
    assert found == strip and corners(bars) == [(10, 34, "done"), (34, 58, "stale")]
    addon.compat.set_content_start(strip, 100)
    assert corners(next(overlay.covered(scene))[1]) == [(100, 124, "done"), (124, 148, "stale")]
    run = SimpleNamespace(progress=SimpleNamespace(spans={(0, 23): "done", (24, 47): "running"}))
    under_way = SimpleNamespace(going={uid: None}, runs={uid: run})
    monkeypatch.setattr(addon.session, "current", lambda: under_way)
    assert corners(next(overlay.covered(scene))[1]) == [(100, 124, "done"), (124, 148, "running")]


def test_a_mask_keyed_anew_marks_its_frame_and_the_span_that_hangs_on_it(scene, addon, overlay):
    strip = addon.compat.strips(scene.sequence_editor).new_movie("plate", "examples/clip/clip.mp4", 1, 10)
    addon.identity.uid_of(strip)
    for first, last in ((0, 11), (12, 47)):
        span = strip.ftpvm.spans.add()
        span.first, span.last, span.state = first, last, "done"
    strip.ftpvm.mask = mask = bpy.data.masks.new("Roto")
    mask.layers.new(name="Layer").splines.new().points.add(3)
    mask.keyframe_insert('layers["Layer"].splines[0].points[0].co', frame=34)  # source frame 24
    ((_, bars, keys),) = overlay.covered(scene)
    assert keys == [34] and corners(bars) == [(10, 22, "done"), (22, 58, "stale")]


def relinked(strip, tmp_path):
    strip.filepath = str(shutil.copy(strip.filepath, tmp_path))


def seen(strip, tmp_path):
    strip.ftpvm.as_seen = True


def moved_elsewhere(strip, tmp_path):
    strip.ftpvm.folder = str(tmp_path)


@pytest.mark.parametrize("change", (relinked, seen, moved_elsewhere))
def test_what_all_mattes_hang_on_makes_all_of_them_stale(scene, addon, overlay, tmp_path, change):
    strip = addon.compat.strips(scene.sequence_editor).new_movie("plate", str(CLIP), 1, 10)
    strip.ftpvm.mask = keyed_mask(10)
    addon.identity.uid_of(strip)
    for key in addon.keyframes.shown_keyframes(strip, scene):
        done, span = strip.ftpvm.done_keyframes.add(), strip.ftpvm.spans.add()
        done.frame, done.digest = key.frame, key.digest
        span.first, span.last, span.state = key.frame, key.frame, "done"

    def states():
        return {bar.state for bar in next(overlay.covered(scene))[1]}

    assert states() == {"done"}
    change(strip, tmp_path)
    assert states() == {"stale"}


def test_a_strip_without_a_file_is_covered_from_where_it_starts(scene, addon, overlay):
    strips = addon.compat.strips(scene.sequence_editor)
    lasts = {"length": 20} if bpy.app.version >= (5, 0) else {"frame_end": 50}
    title = strips.new_effect("title", "TEXT", 1, 30, **lasts)
    plate = strips.new_movie("plate", "examples/clip/clip.mp4", 2, 10)
    for strip in (title, plate):
        addon.identity.uid_of(strip)
        span = strip.ftpvm.spans.add()
        span.first, span.last, span.state = 0, 9, "done"
    assert [corners(bars) for _, bars, _ in overlay.covered(scene)] == [[(30, 40, "done")], [(10, 20, "done")]]
    plate.ftpvm.as_seen = True
    addon.compat.set_handles(plate, 15, 30)
    assert corners(next(bars for strip, bars, _ in overlay.covered(scene) if strip == plate)) == [(15, 20, "done")]


def test_every_state_has_a_colour(scene, addon, overlay):
    strip = addon.compat.strips(scene.sequence_editor).new_movie("plate", "examples/clip/clip.mp4", 1, 10)
    states = strip.ftpvm.spans.add().bl_rna.properties["state"].enum_items.keys()
    assert set(overlay.COLOURS) == set(states)
