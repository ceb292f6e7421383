# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by Blender in its window: what an artist does with mouse and keys, step by step, with a picture at each."""

import importlib
import json
import os
import subprocess
import time
import traceback
from pathlib import Path

import bpy

WORK, OUT = Path("/w"), Path("/w/out")
# Where things are on the screen of 1600x900, from its top left
NEW_MASK, ADD_KEYFRAME, PROPAGATE, TIMELINE = (1405, 632), (1405, 681), (1405, 538), (700, 640)
ADDON = "bl_ext.user_default.ftpvm"


def picture(name):
    subprocess.run(["import", "-window", "root", str(OUT / f"{name}.png")], check=True)


def click(x, y):
    """The left button on a pixel of the screen, counted from its top left."""
    yield from hover(x, y)
    subprocess.run(["xdotool", "click", "1"], check=True)
    yield 0.3


def hover(x, y):
    for step in (1, 0):  # buttons light up for a mouse that moves
        subprocess.run(["xdotool", "mousemove", str(x - step), str(y - step)], check=True)
        yield 0.3


def key(name):
    subprocess.run(["xdotool", "key", name], check=True)


def sequencer(kind="SEQUENCER"):
    return next(
        a for a in bpy.context.screen.areas if a.type == "SEQUENCE_EDITOR" and a.spaces.active.view_type == kind
    )


def run_of(addon, strip):
    current = addon.session.current()
    return current and current.runs.get(strip.ftpvm.uid)


def until(true, seconds=120):
    """Let Blender work until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        yield 0.1


def steps():
    bpy.ops.preferences.addon_enable(module=ADDON)
    addon = importlib.import_module(ADDON)
    template = next(iter(bpy.utils.app_template_paths()))
    bpy.ops.workspace.append_activate(idname="Video Editing", filepath=f"{template}/Video_Editing/startup.blend")
    yield 1.0
    scene, workspace = bpy.context.scene, bpy.context.workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene
    scene.render.resolution_x, scene.render.resolution_y = 512, 288
    scene.frame_end = 48
    bpy.context.preferences.addons[ADDON].preferences.worker_python = (WORK / "worker_python").read_text()
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "shot.blend"))
    with bpy.context.temp_override(area=sequencer()):
        more = {"move_strips": False} if bpy.app.version >= (5, 0) else {}
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(WORK / "clip.mp4"), frame_start=1, channel=2, sound=False, **more
        )
    strip = addon.compat.strips(scene.sequence_editor)[0]
    scene.sequence_editor.active_strip = strip
    area = sequencer()
    area.spaces.active.show_region_ui = True
    yield 0.5
    next(r for r in area.regions if r.type == "UI").active_panel_category = "FTP-VM"
    with bpy.context.temp_override(area=area, region=next(r for r in area.regions if r.type == "WINDOW")):
        bpy.ops.sequencer.view_all()
    yield 1.0
    picture("1_strip")

    yield from click(*NEW_MASK)
    mask = strip.ftpvm.mask
    mask.name = "Creature"
    outlines = {int(frame): outline for frame, outline in json.loads((WORK / "outlines.json").read_text()).items()}
    spline = mask.layers[0].splines.new()
    spline.use_cyclic = True
    spline.points.add(len(outlines[0]) - len(spline.points))
    yield 0.5
    for frame, outline in outlines.items():
        scene.frame_set(frame + 1)
        for point, corner in zip(spline.points, outline, strict=True):
            point.handle_type = "VECTOR"
            point.co = point.handle_left = point.handle_right = corner
        if frame == 0:
            yield from click(*ADD_KEYFRAME)
            yield 1.0
            assert addon.roto.mask_key_frames(mask) == [1], addon.roto.mask_key_frames(mask)
        else:
            bpy.ops.ftpvm.add_keyframe()
    assert addon.roto.mask_key_frames(mask) == [1, 25, 48]
    scene.frame_set(25)
    yield 1.0
    picture("2_keyed")

    pressed = time.monotonic()
    yield from click(*PROPAGATE)
    yield from until(lambda: run_of(addon, strip) and run_of(addon, strip).progress.done >= 8)
    print("frames after", time.monotonic() - pressed)
    picture("3_progress")
    yield from hover(*TIMELINE)
    yield 0.2
    key("Escape")
    yield from until(lambda: run_of(addon, strip).progress.state != "running")
    assert run_of(addon, strip).progress.state == "cancelled"
    yield 0.5
    picture("4_cancelled")

    yield from click(*PROPAGATE)
    yield from until(lambda: addon.results.matte_of(strip))
    yield 3.0
    picture("5_landing")
    yield from until(lambda: run_of(addon, strip).progress.state == "done", 300)
    yield 1.0
    picture("6_done")
    frame = scene.frame_current
    bpy.ops.screen.animation_play()
    yield 1.0
    bpy.ops.screen.animation_cancel(restore_frame=False)
    assert scene.frame_current != frame
    yield 0.5
    picture("7_played")


def step(generator):
    try:
        return next(generator)
    except StopIteration:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        picture("error")
        os._exit(1)


todo = steps()
bpy.app.timers.register(lambda: step(todo), first_interval=1.0)
