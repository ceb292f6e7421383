# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps painted over a frame: the image shows the frame, and only the paint is written."""

import importlib
from types import SimpleNamespace

import bpy
import coded_frames
import numpy as np
import pytest
from layouts import draw

LENGTH = 8


@pytest.fixture
def trimap_images(addon):
    return importlib.import_module(f"{addon.__name__}.trimap_images")


@pytest.fixture
def strip(scene, addon, tmp_path):
    """The coded movie from timeline frame 11, active in the sequencer."""
    strips = addon.compat.strips(scene.sequence_editor)
    movie = coded_frames.write_movie(scene, strips, tmp_path / "coded.mp4", LENGTH)
    strip = strips.new_movie("plate", str(movie), 1, 11)
    scene.sequence_editor.active_strip = strip
    return strip


def new_trimap(scene, frame):
    scene.frame_set(frame)
    assert bpy.ops.ftpvm.new_trimap() == {"FINISHED"}


def pixels(image):
    """H x W x RGBA, top row first."""
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)[::-1]


def paint(image, rows, columns, grey):
    """What a hard brush at full strength leaves."""
    values = pixels(image).copy()
    values[rows, columns] = (grey, grey, grey, 1)
    image.pixels.foreach_set(values[::-1].ravel())


def test_the_image_shows_the_frame_at_the_playhead(scene, strip):
    strip.use_reverse_frames = True
    new_trimap(scene, 13)
    (item,) = strip.ftpvm.painted
    assert item.frame == LENGTH - 1 - 2
    assert tuple(item.image.size) == (64, 32)
    assert coded_frames.number_in(pixels(item.image)[..., 0]) == item.frame
    assert strip.ftpvm.keyframes_from == "IMAGES"
    new_trimap(scene, 13)
    assert len(strip.ftpvm.painted) == 1
    new_trimap(scene, 16)
    assert [item.frame for item in strip.ftpvm.painted] == [2, 5]


def test_stills_and_strips_that_must_be_rendered_show_their_frame_too(scene, addon, strip, tmp_path):
    strips = addon.compat.strips(scene.sequence_editor)
    names = ["b.png", "a.png"]
    for number, name in zip((40, 41), names, strict=True):
        coded_frames.write_still(tmp_path / name, number)
    stills = strips.new_image("stills", str(tmp_path / names[0]), 2, 30)
    stills.elements.append(names[1])
    scene.sequence_editor.active_strip = stills
    new_trimap(scene, 31)
    assert stills.ftpvm.painted[0].frame == 1
    assert coded_frames.number_in(pixels(stills.ftpvm.painted[0].image)[..., 0]) == 41
    strip.modifiers.new("Grade", "BRIGHT_CONTRAST").bright = 20
    scene.sequence_editor.active_strip = strip
    new_trimap(scene, 14)
    picture = pixels(strip.ftpvm.painted[0].image)
    assert coded_frames.number_in(picture[..., 0]) == 3
    assert strip.ftpvm.as_seen  # so that runs count its frames as the trimap does
    here = coded_frames.grey_of(coded_frames.rendered(scene, 14, tmp_path / "here.png"))
    assert np.allclose(picture[..., 0], here, atol=1.5 / 255)


def test_only_paint_is_written(scene, strip, trimap_images, tmp_path):
    new_trimap(scene, 18)  # frame 7: three white stripes, a white picture is no foreground
    image = strip.ftpvm.painted[0].image
    trimap = coded_frames.grey_of(trimap_images.write_trimap(image, tmp_path / "t.png"))
    assert np.all(trimap == 0)
    assert np.all(np.round(coded_frames.grey_of(trimap_images.write_strokes(image, tmp_path / "s.png")) * 255) == 128)
    for columns, grey in ((slice(0, 8), 1.0), (slice(8, 16), 0.5), (slice(16, 20), 0.0)):
        paint(image, slice(4, 12), columns, grey)
    trimap = np.round(coded_frames.grey_of(trimap_images.write_trimap(image, tmp_path / "t.png")) * 255)
    expected = np.zeros((32, 64))
    expected[4:12, 0:8], expected[4:12, 8:16] = 255, 128
    assert np.array_equal(trimap, expected)
    strokes = np.round(coded_frames.grey_of(trimap_images.write_strokes(image, tmp_path / "s.png")) * 255)
    expected = np.full((32, 64), 128)
    expected[4:12, 0:8], expected[4:12, 16:20] = 255, 0
    assert np.array_equal(strokes, expected)
    assert trimap_images.painted_box(image) == (0, 4, 8, 8)


def test_paint_is_saved_with_the_file(scene, strip, trimap_images, tmp_path):
    new_trimap(scene, 15)
    paint(strip.ftpvm.painted[0].image, slice(0, 16), slice(0, 64), 1.0)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    item = bpy.context.scene.sequence_editor.active_strip.ftpvm.painted[0]
    trimap = coded_frames.grey_of(trimap_images.write_trimap(item.image, tmp_path / "t.png"))
    assert np.all(trimap[:16] == 1)
    assert np.all(trimap[16:] == 0)


def test_a_picture_that_was_not_made_here_is_a_trimap_all_over(scene, trimap_images, tmp_path):
    image = bpy.data.images.load(str(coded_frames.write_still(tmp_path / "still.png", 1)))
    trimap = np.round(coded_frames.grey_of(trimap_images.write_trimap(image, tmp_path / "t.png")) * 255)
    assert (trimap[16, 12], trimap[16, 20], trimap[16, 2]) == (255, 0, 128)


def test_what_grabcut_found_is_painted_over_the_picture(scene, strip, trimap_images, tmp_path):
    new_trimap(scene, 16)
    image = strip.ftpvm.painted[0].image
    paint(image, slice(28, 32), slice(0, 64), 1.0)
    found = coded_frames.write_still(tmp_path / "found.png", 1)  # white in stripe 1, grey in 0 and 7, else black
    trimap_images.paint_from(image, found)
    trimap = np.round(coded_frames.grey_of(trimap_images.write_trimap(image, tmp_path / "t.png")) * 255)
    assert [trimap[row, column] for row in (16, 30) for column in (2, 12, 20)] == [128, 255, 0] * 2
    assert pixels(image)[16, 20, 3] < 1  # still picture
    assert pixels(image)[30, 20, 3] == 1  # the artist's white is now black


def test_the_request_for_grabcut(scene, addon, strip, trimap_images, tmp_path):
    footage = addon.strips.footage_of(strip, scene)
    request = trimap_images.cut_request(footage, 3, tmp_path / "out.png", box=(1, 2, 30, 20))
    assert request == {
        "source": footage.source, "frame": 3, "out": str(tmp_path / "out.png"), "box": [1, 2, 30, 20],
    }  # fmt: skip
    request = trimap_images.cut_request(footage, 3, tmp_path / "out.png", strokes=tmp_path / "s.png")
    assert request["strokes"] == str(tmp_path / "s.png")
    assert "box" not in request
    with pytest.raises(ValueError, match="a box or strokes"):
        trimap_images.cut_request(footage, 3, tmp_path / "out.png")


def test_trimaps_are_written_by_source_frame(scene, strip, tmp_path):
    new_trimap(scene, 12)
    new_trimap(scene, 17)
    assert bpy.ops.ftpvm.write_trimaps(directory=str(tmp_path / "Größe")) == {"FINISHED"}
    assert sorted(path.name for path in (tmp_path / "Größe").iterdir()) == ["trimap.0001.png", "trimap.0006.png"]


def test_a_strip_set_to_as_seen_counts_its_frames_as_runs_do(scene, addon, strip):
    addon.compat.set_handles(strip, 13, 17)
    strip.use_reverse_frames, strip.ftpvm.as_seen = True, True
    new_trimap(scene, 14)
    (key,) = addon.keyframes.shown_keyframes(strip, scene)
    assert (key.frame, key.shown) == (3, 14)


def test_painted_trimaps_stay_where_they_are_when_as_seen_is_switched(scene, addon, strip):
    if hasattr(strip, "content_trim_start"):
        strip.content_trim_start = 2
    else:
        strip.animation_offset_start = 2
    strip.use_reverse_frames = True
    for frame in (14, 16):
        new_trimap(scene, frame)
    for as_seen in (True, True, False):
        strip.ftpvm.as_seen = as_seen
        keys = addon.keyframes.shown_keyframes(strip, scene)
        assert [key.shown for key in keys] == [14, 16]
        new_trimap(scene, 14)
        assert len(strip.ftpvm.painted) == 2


@pytest.fixture
def worker(addon, worker_python):
    addon.session.closed()
    addon.preferences.chosen().worker_python = worker_python
    yield
    addon.session.closed()


def written(trimap_images, image, path):
    return np.round(coded_frames.grey_of(trimap_images.write_trimap(image, path)) * 255)


def rough(image):
    """Strokes on frames 1 and 3: on the white at the left, and beside it."""
    paint(image, slice(8, 24), slice(10, 14), 1.0)
    paint(image, slice(4, 28), slice(26, 62), 0.0)


def test_cut_out_paints_the_trimap_at_the_playhead(scene, strip, trimap_images, worker, tmp_path):
    strip.ftpvm.as_seen = True
    for frame in (12, 14):
        new_trimap(scene, frame)
        rough(strip.ftpvm.painted[-1].image)
    other, cut = (item.image for item in strip.ftpvm.painted)
    before = written(trimap_images, other, tmp_path / "a.png")
    assert bpy.ops.ftpvm.cut_out(hint="STROKES") == {"FINISHED"}
    assert 128 in written(trimap_images, cut, tmp_path / "b.png")
    assert np.array_equal(written(trimap_images, other, tmp_path / "a.png"), before)
    scene.frame_set(16)
    assert not bpy.ops.ftpvm.cut_out.poll()


def test_what_cut_out_misses_is_said(scene, strip, trimap_images, worker, tmp_path):
    new_trimap(scene, 12)
    with pytest.raises(RuntimeError, match="painted foreground"):
        bpy.ops.ftpvm.cut_out(hint="BOX")
    with pytest.raises(trimap_images.TrimapError, match="try again"):
        trimap_images.paint_from(strip.ftpvm.painted[0].image, tmp_path / "gone.png")
    paint(strip.ftpvm.painted[0].image, slice(0, 32), slice(0, 64), 1.0)
    with pytest.raises(RuntimeError, match="covers the whole picture"):
        bpy.ops.ftpvm.cut_out(hint="BOX")
    assert "covers the whole picture" in strip.ftpvm.message
    new_trimap(scene, 14)
    rough(strip.ftpvm.painted[1].image)
    assert bpy.ops.ftpvm.cut_out(hint="STROKES") == {"FINISHED"}
    assert strip.ftpvm.message == ""
    found = coded_frames.write_still(tmp_path / "found.png", 1)
    strip.ftpvm.painted[0].image.scale(32, 16)
    with pytest.raises(trimap_images.TrimapError, match="no longer as large"):
        trimap_images.paint_from(strip.ftpvm.painted[0].image, found)


def words_beside_the_image(addon):
    return draw(addon.operators.trimaps.TrimapPanel).words[-1]


def test_the_image_editor_says_how_cut_out_goes(scene, addon, strip, monkeypatch):
    monkeypatch.setattr(addon.panels, "_letters", lambda: 80)  # there is no panel to measure
    strip.ftpvm.message = "The box covers the whole picture."
    assert words_beside_the_image(addon) == "The box covers the whole picture."
    monkeypatch.setattr(addon.session, "current", lambda: SimpleNamespace(asked={"1": print}))
    assert words_beside_the_image(addon).startswith("Cutting out")


def test_beside_the_strip_nothing_is_made(scene, strip):
    scene.frame_set(40)
    with pytest.raises(RuntimeError, match="playhead isn't over the strip"):
        bpy.ops.ftpvm.new_trimap()
    assert len(strip.ftpvm.painted) == 0


def test_a_removed_trimap_is_not_saved_with_the_file(scene, strip, tmp_path):
    for frame in (12, 14):
        new_trimap(scene, frame)
    gone, kept = (item.image.name for item in strip.ftpvm.painted)
    assert bpy.ops.ftpvm.remove_keyframe(frame=12) == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert gone not in bpy.data.images and kept in bpy.data.images


def test_three_brushes_are_ready(scene, strip):
    new_trimap(scene, 12)
    brushes = [bpy.data.brushes[f"Trimap {name}"] for name in ("Foreground", "Unknown", "Background")]
    greys = [brush.color[0] for brush in brushes]
    linear = brushes[0].bl_rna.properties["color"].subtype == "COLOR"
    assert greys == pytest.approx([1, 0.214 if linear else 0.5, 0], abs=1e-3)
    assert all(brush.strength == 1 and brush.blend == "MIX" for brush in brushes)
    bpy.data.brushes.remove(brushes[0])
    new_trimap(scene, 13)
    assert "Trimap Foreground" in bpy.data.brushes
