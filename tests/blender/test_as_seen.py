# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips rendered by a second Blender, held against what this one's sequencer shows."""

import importlib
import os
import sys
import time

import bpy
import coded_frames
import numpy as np
import pytest
from shots import make_meta

LENGTH = 8


@pytest.fixture
def as_seen(addon):
    return importlib.import_module(f"{addon.__name__}.as_seen")


@pytest.fixture
def strips(scene, addon):
    return addon.compat.strips(scene.sequence_editor)


@pytest.fixture
def strip(scene, strips, tmp_path):
    """The coded movie from timeline frame 11."""
    movie = coded_frames.write_movie(scene, strips, tmp_path / "coded.mp4", LENGTH)
    return strips.new_movie("plate", str(movie), 1, 11)


def render(as_seen, strip, scene, folder):
    rendering = as_seen.AsSeen(strip, scene, folder)
    rendering.start()
    return finish(rendering)


def finish(rendering):
    limit = time.monotonic() + 120
    while not rendering.poll():
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert rendering.done == rendering.total
    return rendering.footage


def frame(footage, number):
    return coded_frames.grey_of(footage.source.replace("######", f"{number:06d}"))


def add_our_matte(strips, strip, folder):
    """A black matte, as ours would be: with it nothing of the strip is seen."""
    matte = strips.new_image("matte", str(coded_frames.write_still(folder / "black.png", 0)), 3, 11)
    matte.mute, strip.ftpvm.uid, matte.ftpvm.matte_of = True, "one", "one"
    modifier = strip.modifiers.new("Matte", "MASK")
    modifier.input_mask_type, modifier.input_mask_strip = "STRIP", matte
    strip.blend_type = "ALPHA_OVER"
    return matte


def names(folder):
    return sorted(path.name for path in folder.glob("*.png"))


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}


def numbers(footage):
    return [coded_frames.number_in(frame(footage, number)) for number in footage.frames]


def test_a_trimmed_strip_among_others(as_seen, addon, scene, strips, strip, tmp_path):
    addon.compat.set_handles(strip, 13, 17)
    strip.mute, strip.blend_alpha = True, 0.3
    cover = coded_frames.write_still(tmp_path / "cover.png", 63)
    strips.new_image("cover", str(cover), 2, 1)
    before = (bpy.data.filepath, scene.frame_current, strip.mute, strip.blend_type)
    footage = render(as_seen, strip, scene, tmp_path / "seen")
    assert (footage.size, footage.frames, footage.shown) == ((64, 32), range(2, 6), range(13, 17))
    assert [footage.source_frame(shown) for shown in footage.shown] == [2, 3, 4, 5]
    assert numbers(footage) == [2, 3, 4, 5]
    assert frame(footage, 2).max() > 0.9
    assert (bpy.data.filepath, scene.frame_current, strip.mute, strip.blend_type) == before
    assert names(tmp_path / "seen") == [f"seen.{n:06d}.png" for n in range(2, 6)]


def test_a_frame_that_comes_out_the_same_keeps_its_file(as_seen, addon, scene, strip, tmp_path):
    first = render(as_seen, strip, scene, tmp_path / "seen")
    stamps = times(tmp_path / "seen")
    addon.compat.set_content_start(strip, 100)
    addon.compat.set_handles(strip, 100, 104)
    moved = render(as_seen, strip, scene, tmp_path / "seen")
    assert (first.frames, moved.frames) == (range(8), range(4))
    assert times(tmp_path / "seen") == {name: stamp for name, stamp in stamps.items() if name < "seen.000004"}


def test_a_strip_that_looks_as_before_is_not_rendered_again(as_seen, scene, strips, strip, tmp_path):
    grade = strip.modifiers.new("Grade", "CURVES")
    matte = add_our_matte(strips, strip, tmp_path)
    render(as_seen, strip, scene, tmp_path / "seen")

    def starts():
        rendering = as_seen.AsSeen(strip, scene, tmp_path / "seen")
        rendering.start()
        began = not rendering.poll()
        finish(rendering)
        return began

    scene.frame_set(15)
    strip.select, strip.channel = False, 4
    os.utime(tmp_path / "black.png", (1, 1))
    matte.transform.scale_x = 2
    assert not starts()
    curve = grade.curve_mapping.curves[3]
    curve.points.new(0.5, 0.7)
    grade.curve_mapping.update()
    for change in (
        lambda: None,
        lambda: strip.transform.keyframe_insert("scale_x", frame=12),
        lambda: os.utime(tmp_path / "coded.mp4", (1, 1)),
        lambda: setattr(scene.view_settings, "exposure", 0.5),
        lambda: (tmp_path / "seen" / "seen.000002.png").unlink(),
    ):
        change()
        assert starts()
        assert not starts()


def test_what_changes_inside_a_meta_changes_how_it_looks(addon, scene, strips, strip, tmp_path):
    cover = strips.new_image("cover", str(coded_frames.write_still(tmp_path / "cover.png", 63)), 2, 11)
    grade = strip.modifiers.new("Grade", "BRIGHT_CONTRAST")
    meta = make_meta(scene, strip, cover)
    looks = importlib.import_module(f"{addon.__name__}.appearance").appearance_or_none
    seen = [looks(meta, scene)]
    for owner, name, value in (
        (cover, "blend_alpha", 0.5), (cover, "blend_type", "ADD"), (cover, "channel", 4), (cover, "mute", True),
        (grade, "mute", True), (meta.channels[strip.channel], "mute", True),
    ):  # fmt: skip
        setattr(owner, name, value)
        seen.append(looks(meta, scene))
    assert len(set(seen)) == len(seen)
    meta.mute, meta.blend_alpha, meta.channel = True, 0.5, 5
    assert looks(meta, scene) == seen[-1]  # it is rendered alone, opaque


def test_animated_scale_and_recolouring_are_seen_and_our_matte_is_not(as_seen, scene, strips, strip, tmp_path):
    add_our_matte(strips, strip, tmp_path)
    strip.modifiers.new("Grade", "BRIGHT_CONTRAST").bright = 20
    for at, scale in ((11, 1.0), (18, 3.0)):
        strip.transform.scale_y = scale
        strip.transform.keyframe_insert("scale_y", frame=at)
    footage = render(as_seen, strip, scene, tmp_path / "seen")
    strip.modifiers["Matte"].mute = True
    for shown in (11, 14, 18):
        here = coded_frames.grey_of(coded_frames.rendered(scene, shown, tmp_path / "here.png"))
        assert np.allclose(frame(footage, shown - 11), here, atol=1.01 / 255)


def test_effects_metas_and_scenes(as_seen, addon, scene, strips, strip, tmp_path):
    other = bpy.data.scenes.new("Other")
    inner = addon.compat.strips(other.sequence_editor_create())
    inner.new_movie("inner", strip.filepath, 1, 1)
    other.frame_start, other.frame_end = 1, LENGTH
    of_scene = strips.new_scene("scene", other, 4, 21)
    of_scene.scene_input = "SEQUENCER"
    meta = make_meta(scene, strip)
    for each in (of_scene, meta, strip):
        footage = render(as_seen, each, scene, tmp_path / each.name)
        assert numbers(footage) == list(range(LENGTH)), each.name


def test_paths_relative_to_the_blend_and_strange_names(as_seen, scene, strip, tmp_path):
    home = tmp_path / "Schnitt 1é"
    home.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "a.blend"))
    strip.filepath, strip.name = "//../coded.mp4", 'a "quoted" \\ Näme'
    assert numbers(render(as_seen, strip, scene, home / "seen"))[:2] == [0, 1]
    assert bpy.data.filepath == str(home / "a.blend")


def test_cancel_ends_the_other_blender_and_leaves_nothing_behind(as_seen, scene, strip, tmp_path):
    rendering = as_seen.AsSeen(strip, scene, tmp_path / "seen")
    rendering.start()
    process, scratch = rendering._process, rendering._scratch
    assert not rendering.poll()
    began = time.monotonic()
    rendering.cancel()
    assert time.monotonic() - began < 1
    assert process.returncode is not None
    assert not scratch.exists()
    rendering.cancel()


def test_a_frame_that_takes_too_long_is_given_up(as_seen, scene, strip, tmp_path, monkeypatch):
    started = tmp_path / "pid"
    script = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(as_seen, "_blender", lambda: [sys.executable, "-c", script])
    monkeypatch.setattr(as_seen, "_LONGEST", 1.0)
    with pytest.raises(as_seen.AsSeenError, match="more than 1 seconds"):
        as_seen.frame_seen(strip, scene, tmp_path / "seen", 3)
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_blender_that_fails_is_said(as_seen, scene, strip, tmp_path):
    rendering = as_seen.AsSeen(strip, scene, tmp_path / "seen")
    (tmp_path / "seen" / "seen.000003.png").mkdir(parents=True)  # nothing can be written there
    rendering.start()
    with pytest.raises(as_seen.AsSeenError, match="couldn't render “plate” as seen"):
        while not rendering.poll():
            time.sleep(0.02)
