# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame mapping, held against what Blender's sequencer renders."""

import importlib
import subprocess

import bpy
import coded_frames
import pytest
from shots import BOXES, in_sequencer, keyed_mask

LENGTH = 20


@pytest.fixture(autouse=True)
def _loaded(addon):
    importlib.import_module(f"{addon.__name__}.strips")


@pytest.fixture
def movie(scene, addon, tmp_path):
    return str(
        coded_frames.write_movie(scene, addon.compat.strips(scene.sequence_editor), tmp_path / "coded.mp4", LENGTH)
    )


@pytest.fixture
def strip(scene, addon, movie):
    """The coded movie from timeline frame 11."""
    return addon.compat.strips(scene.sequence_editor).new_movie("plate", movie, 1, 11)


def assert_as_rendered(addon, strip, scene, folder, frames=None):
    """Footage says of every timeline frame what the sequencer shows, and finds the way back."""
    footage = addon.strips.footage_of(strip, scene)
    assert addon.strips.why_as_seen(strip, scene) == []
    for frame in frames or {footage.shown[0], footage.shown[1], footage.shown[-2], footage.shown[-1]}:
        assert footage.source_frame(frame) == coded_frames.shown_number(scene, frame, folder), frame
    for source in footage.frames:
        assert footage.source_frame(footage.timeline_frame(source)) == source
    return footage


def set_handles(strip, left, right):
    if hasattr(strip, "left_handle"):
        strip.left_handle, strip.right_handle = left, right
    else:
        strip.frame_final_start, strip.frame_final_end = left, right


def set_trim(strip, start, end):
    if hasattr(strip, "content_trim_start"):
        strip.content_trim_start, strip.content_trim_end = start, end
    else:
        strip.animation_offset_start, strip.animation_offset_end = start, end


def move(strip, start):
    if hasattr(strip, "content_start"):
        strip.content_start = start
    else:
        strip.frame_start = start


@pytest.mark.parametrize("reverse", [False, True])
def test_a_movie_trimmed_and_moved(scene, addon, strip, tmp_path, reverse):
    strip.use_reverse_frames = reverse
    footage = assert_as_rendered(addon, strip, scene, tmp_path)
    assert (footage.size, footage.frames, footage.shown) == ((64, 32), range(LENGTH), range(11, 31))
    set_trim(strip, 4, 3)
    assert_as_rendered(addon, strip, scene, tmp_path)
    set_handles(strip, 14, 20)
    assert assert_as_rendered(addon, strip, scene, tmp_path).shown == range(14, 20)
    move(strip, round(addon.compat.content_start(strip)) - 41)
    moved = assert_as_rendered(addon, strip, scene, tmp_path)
    assert moved.shown == range(-27, -21)


@pytest.mark.parametrize("reverse", [False, True])
def test_past_its_content_a_strip_holds_its_last_frame(scene, addon, strip, tmp_path, reverse):
    strip.use_reverse_frames = reverse
    set_trim(strip, 2, 5)
    set_handles(strip, 6, 40)
    footage = assert_as_rendered(addon, strip, scene, tmp_path, [6, 10, 11, 12, 23, 24, 39])
    assert footage.frames == range(2, 15)


def test_a_movie_of_another_rate_is_read_frame_by_frame(scene, addon, movie, tmp_path):
    scene.render.fps = 30
    strip = addon.compat.strips(scene.sequence_editor).new_movie("plate", movie, 1, 11)
    set_trim(strip, 2, 1)
    assert_as_rendered(addon, strip, scene, tmp_path)


def test_a_movie_that_follows_the_clock_is_rendered(scene, addon, movie, tmp_path):
    scene.render.fps = 30
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")
    placing = {"move_strips": False} if bpy.app.version >= (5, 2) else {}
    with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
        bpy.ops.sequencer.movie_strip_add(
            filepath=movie, frame_start=1, channel=1, use_framerate=False, sound=False, **placing
        )
    (strip,) = addon.compat.strips(scene.sequence_editor)
    assert any("24 frames/s in a scene of 30" in why for why in addon.strips.why_as_seen(strip, scene))
    assert len(bpy.data.movieclips) == 0
    scene.render.fps = 24
    assert_as_rendered(addon, strip, scene, tmp_path)


VARYING = """
import av, numpy, sys
from fractions import Fraction
with av.open(sys.argv[1], "w") as movie:
    stream = movie.add_stream("libx264", rate=24)
    stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
    stream.codec_context.time_base = Fraction(1, 48)
    for time in [*range(0, 24, 2), *range(24, 72, 4)]:  # 12 frames at 24 frames/s, 12 at 12
        frame = av.VideoFrame.from_ndarray(numpy.zeros((32, 64, 3), numpy.uint8), format="rgb24")
        frame.pts, frame.time_base = time, Fraction(1, 48)
        movie.mux(stream.encode(frame))
    movie.mux(stream.encode())
"""


def test_a_movie_of_varying_rate_is_known_by_its_length(scene, addon, strip, worker_python, tmp_path):
    path = tmp_path / "varying.mp4"
    subprocess.run([worker_python, "-c", VARYING, path], check=True)
    varying = addon.compat.strips(scene.sequence_editor).new_movie("varying", str(path), 3, 1)
    for each, counted in ((strip, LENGTH), (varying, 33)):
        set_trim(each, 4, 3)
        assert addon.strips.movie_frames_or_none(each) == counted  # varying.mp4 has 24


def test_a_sequence_with_gaps_and_names_of_any_kind(scene, addon, tmp_path):
    names = ["shot.0007.png", "shot.0009.png", "Näher.png", "b 2.png", "a.png"]
    for number, name in enumerate(names):
        coded_frames.write_still(tmp_path / name, number)
    coded_frames.prepare(scene)
    strip = addon.compat.strips(scene.sequence_editor).new_image("stills", str(tmp_path / names[0]), 1, 5)
    for name in names[1:]:
        strip.elements.append(name)
    footage = assert_as_rendered(addon, strip, scene, tmp_path, range(5, 10))
    assert footage.source == [str(tmp_path / name) for name in names]
    assert footage.size == (64, 32)
    set_trim(strip, 1, 1)
    assert_as_rendered(addon, strip, scene, tmp_path)
    strip.use_reverse_frames = True
    assert assert_as_rendered(addon, strip, scene, tmp_path).frames == range(1, 4)


def test_one_still_is_held(scene, addon, tmp_path):
    coded_frames.prepare(scene)
    path = coded_frames.write_still(tmp_path / "one.png", 5)
    strip = addon.compat.strips(scene.sequence_editor).new_image("one", str(path), 1, 1)
    set_handles(strip, 1, 20)
    footage = addon.strips.footage_of(strip, scene)
    assert (footage.frames, footage.shown) == (range(1), range(1, 20))
    assert [footage.source_frame(frame) for frame in (1, 10, 19)] == [0, 0, 0]
    assert coded_frames.shown_number(scene, 19, tmp_path) == 5


def test_after_change_path_lists_open_no_file_and_what_was_shown_tells_the_size(scene, addon, tmp_path):
    """Blender forgets the sizes of the old files; the first of the new ones can't be read."""
    coded_frames.prepare(scene)
    old = coded_frames.write_still(tmp_path / "old.png", 1)
    strip = addon.compat.strips(scene.sequence_editor).new_image("stills", str(old), 1, 1)
    strip.elements.append(old.name)
    (tmp_path / "new.0000.png").write_text("not a picture")
    coded_frames.write_still(tmp_path / "new.0001.png", 2)
    files = [{"name": f"new.{number:04d}.png"} for number in range(2)]
    scene.sequence_editor.active_strip = strip
    with in_sequencer(scene):
        bpy.ops.sequencer.change_path(directory=f"{tmp_path}/", files=files)
    strip.ftpvm.mask = keyed_mask(1, {0: BOXES[0], 1: BOXES[5]})
    assert [key.shown for key in addon.keyframes.shown_keyframes(strip, scene)] == [1, 2]
    assert coded_frames.shown_number(scene, 2, tmp_path) == 2
    assert addon.strips.footage_of(strip, scene).size == (64, 32)


def test_paths_relative_to_the_blend(scene, addon, strip, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    strip.filepath = "//coded.mp4"
    assert addon.strips.footage_of(strip, scene).source == str(tmp_path / "coded.mp4")


def test_a_missing_file_is_said(scene, addon, strip, tmp_path):
    (tmp_path / "coded.mp4").unlink()
    with pytest.raises(addon.strips.FootageError, match=r"can't find its file .*coded\.mp4"):
        addon.strips.footage_of(strip, scene)


def keyed(strip, path, owner=None):
    (owner or strip).keyframe_insert(path, frame=3)


REASONS = {
    "animated": (lambda strip: keyed(strip, "offset_x", strip.transform), "is animated"),
    "cropped over time": (lambda strip: keyed(strip, "min_x", strip.crop), "is animated"),
    "driven": (lambda strip: strip.transform.driver_add("scale_x"), "is animated"),
    "recoloured": (lambda strip: strip.modifiers.new("Grade", "BRIGHT_CONTRAST"), "“Grade” changes it"),
    "brighter": (lambda strip: setattr(strip, "color_multiply", 1.5), "brightness"),
    "faded colour": (lambda strip: keyed(strip, "color_saturation"), "brightness"),
    "strobe": (lambda strip: setattr(strip, "strobe", 2), "strobe"),
    "interlaced": (lambda strip: setattr(strip, "use_deinterlace", True), "deinterlaced"),
    "raw": (lambda strip: setattr(strip.colorspace_settings, "name", "Non-Color"), "is set to Non-Color"),
    "second stream": (lambda strip: setattr(strip, "stream_index", 1), "video stream 2"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_the_file_does_not_show_is_a_reason(scene, addon, strip, name):
    spoil, reason = REASONS[name]
    assert addon.strips.why_as_seen(strip, scene) == []
    spoil(strip)
    (why,) = addon.strips.why_as_seen(strip, scene)
    assert reason in why


def test_stills_in_another_colour_space_than_such_files_have_are_a_reason(scene, addon, tmp_path):
    strips = addon.compat.strips(scene.sequence_editor)
    for name, format in (("a.exr", "OPEN_EXR"), ("a.png", "PNG")):
        image = bpy.data.images.new(name, 64, 32, float_buffer=True)
        image.filepath_raw, image.file_format = str(tmp_path / name), format
        image.save()
        still = strips.new_image(name, str(tmp_path / name), 3, 1)
        assert addon.strips.why_as_seen(still, scene) == []
        still.colorspace_settings.name = "Non-Color"
        (why,) = addon.strips.why_as_seen(still, scene)
        assert "set to Non-Color" in why


def test_what_the_matte_strip_can_copy_is_none(scene, addon, strip):
    strip.transform.offset_x, strip.crop.min_x, strip.use_flip_x, strip.blend_alpha = 5, 3, True, 0.5
    keyed(strip, "blend_alpha")
    strip.modifiers.new("Muted", "CURVES").mute = True
    mask = strip.modifiers.new("Garbage", "MASK")
    mask.input_mask_type = "ID"
    assert addon.strips.why_as_seen(strip, scene) == []


def test_effects_metas_and_scenes_have_no_file(scene, addon):
    strips = addon.compat.strips(scene.sequence_editor)
    other = strips.new_scene("other", bpy.data.scenes.new("Other"), 1, 1)
    (why,) = addon.strips.why_as_seen(other, scene)
    assert "scene strip" in why
    with pytest.raises(addon.strips.FootageError, match="no file of its own"):
        addon.strips.footage_of(other, scene)


def test_a_speed_effect_is_named(scene, addon, strip):
    strips = addon.compat.strips(scene.sequence_editor)
    span = {"length": 20} if bpy.app.version >= (5, 0) else {"frame_end": 31}
    one = {"input1": strip} if bpy.app.version >= (4, 4) else {"seq1": strip}
    effect = strips.new_effect("Fast", "SPEED", 2, 11, **span, **one)
    assert addon.strips.speed_effect_or_none(strip, scene) == effect
    (why,) = addon.strips.why_as_seen(strip, scene)
    assert "“Fast”" in why
