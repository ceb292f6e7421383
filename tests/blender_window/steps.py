# SPDX-License-Identifier: GPL-3.0-or-later
import os, subprocess, traceback
import bpy
OUT="/w/out"
def shot(name): subprocess.run(["import","-window","root",f"{OUT}/{name}.png"],check=True)
def steps():
    yield 1.0
    f=os.path.join(next(iter(bpy.utils.app_template_paths())),"Video_Editing","startup.blend")
    bpy.ops.workspace.append_activate(idname="Video Editing", filepath=f)
    yield 1.0
    scene=bpy.context.scene
    ws=bpy.context.workspace
    if hasattr(ws,"sequencer_scene"): ws.sequencer_scene=scene
    kc=bpy.context.window_manager.keyconfigs.default
    print([k.name for k in kc.keymaps if 'Seq' in k.name or 'Prev' in k.name])
    print([(a.type,a.x,a.y,a.width,a.height) for a in bpy.context.screen.areas])
    yield 1.0
    shot("a")
    os._exit(0)
g=steps()
def run():
    try: return next(g)
    except StopIteration: os._exit(0)
    except BaseException:
        traceback.print_exc(); shot("error"); os._exit(1)
bpy.app.timers.register(run, first_interval=1.0)
