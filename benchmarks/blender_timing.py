# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist waits for in Blender, run by a Python that has `bpy`:

    BLENDER_USER_RESOURCES=$(mktemp -d) python benchmarks/blender_timing.py ZIP WORKER_PYTHON

From the press to the first matte on the timeline with a warm worker, a whole shot of 200 frames with five keyframes,
the same after one keyframe was corrected, and the longest that Blender's main thread was held up by a step of a run.
"""

import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/blender"))
MODULE = "bl_ext.user_default.ftpvm"
BOX = (0.30, 0.30, 0.55, 0.75)
KEYED = (0, 50, 100, 150, 199)


def main() -> None:
    """Print a JSON object of seconds."""
    from shots import add_movie, keyed_mask, set_box  # after bpy: it imports it

    archive, worker_python = sys.argv[1:]
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    addon = importlib.import_module(MODULE)
    folder = Path(tempfile.mkdtemp())
    addon.preferences.chosen().worker_python = worker_python
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    bpy.context.scene.sequence_editor_create()
    for workspace in bpy.data.workspaces:
        if hasattr(workspace, "sequencer_scene"):
            workspace.sequencer_scene = bpy.context.scene
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    strip = add_movie(bpy.context.scene, addon, _long_clip(folder, worker_python), last=200)
    strip.ftpvm.resolution = 256
    strip.ftpvm.mask = mask = keyed_mask(boxes=dict.fromkeys(KEYED, BOX))
    seconds = {"cold": _pressed(addon, strip, stop_at=1)}
    seconds["warm"] = _pressed(addon, strip, stop_at=8)
    shutil.rmtree(addon.homes.matte_home(strip))
    seconds["whole"] = _pressed(addon, strip)
    set_box(mask, 1 + KEYED[2], (0.25, 0.25, 0.6, 0.8))
    seconds["corrected"] = _pressed(addon, strip)
    addon.session.closed()
    bpy.ops.preferences.addon_disable(module=MODULE)
    print(json.dumps({"blender": bpy.app.version_string, "resolution": 256, **seconds}, indent=1))


def _pressed(addon, strip, stop_at=None):
    """One press, to its end or to so many frames: seconds to the first matte and in all, and the longest step."""
    session, began = addon.session.opened(), time.perf_counter()
    run = session.begin(bpy.context.scene, strip)
    facts = {"network": None, "first_matte": None, "longest_step": 0.0}
    cancelled = False
    while session.going:
        step = time.perf_counter()
        session.tick()
        now = time.perf_counter()
        facts["longest_step"] = max(facts["longest_step"], now - step)
        if facts["network"] is None and run.progress.done:
            facts["network"] = now - began
        if facts["first_matte"] is None and any(addon.homes.matte_home(strip).glob("*.png")):
            facts["first_matte"] = now - began
        if stop_at and run.progress.done >= stop_at and not cancelled:
            session.cancel(run.uid)
            cancelled = True
        time.sleep(0.01)
    facts["all"] = time.perf_counter() - began
    return {name: value and round(value, 3) for name, value in facts.items()}


def _long_clip(folder, python):
    """The example clip there and back again, 200 frames, made by the Python that has PyAV."""
    code = (
        "import sys, cv2, itertools\n"
        "from ftpvm.media import open_source\n"
        "source = open_source(sys.argv[1])\n"
        "frames = [i for _, i in source.read(source.frames)]\n"
        "turns = itertools.cycle(frames + frames[::-1])\n"
        "out = cv2.VideoWriter(sys.argv[2], cv2.VideoWriter_fourcc(*'mp4v'), 24, (512, 288))\n"
        "[out.write((i[..., ::-1] * 255).astype('uint8')) for i in itertools.islice(turns, 200)]\n"
        "out.release()\n"
    )
    path = folder / "long.mp4"
    subprocess.run([python, "-c", code, str(ROOT / "examples/clip/clip.mp4"), str(path)], check=True)
    return path


if __name__ == "__main__":
    main()
