# SPDX-License-Identifier: GPL-3.0-or-later
"""Blenders of their own: a script in a new process with a profile that outlives it."""

import json
import os
import subprocess
import sys
import textwrap

PRELUDE = '''
import json, os, sys, threading, time
import bpy

MODULE = "bl_ext.user_default.ftpvm"

def install(archive):
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    return sys.modules[MODULE]

def uninstall():
    index = next(i for i, repo in enumerate(bpy.context.preferences.extensions.repos) if repo.module == "user_default")
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="ftpvm")

def traces():
    """What an add-on can leave behind in a running Blender."""
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    handlers = {name: len(functions) for name, functions in lists.items() if isinstance(functions, list)}
    types = [name for name in dir(bpy.types) if "ftpvm" in name.lower()]
    owners = [getattr(bpy.types, name) for name in ("Strip", "Sequence", "Scene", "WindowManager", "Mask", "Image")
              if hasattr(bpy.types, name)]
    properties = [f"{owner.__name__}.{name}" for owner in owners for name in owner.bl_rna.properties.keys()
                  if "ftpvm" in name]
    menus = [getattr(getattr(bpy.types, name), "draw", None) for name in dir(bpy.types) if "_MT_" in name]
    entries = sum(len(getattr(draw, "_draw_funcs", ())) for draw in menus)
    return [handlers, types, properties, dir(bpy.ops.ftpvm), entries, threading.active_count()]

def told(**facts):
    print("TOLD " + json.dumps(facts), flush=True)
    if MODULE in bpy.context.preferences.addons:  # the 4.2 wheel crashes at exit with what is still registered
        bpy.ops.preferences.addon_disable(module=MODULE)
'''


def run_in_blender(script, profile, *arguments):
    """What the script told with `told(...)`; it ends in order, or this raises."""
    command = [sys.executable, "-c", PRELUDE + textwrap.dedent(script), *map(str, arguments)]
    env = {**os.environ, "BLENDER_USER_RESOURCES": str(profile)}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (line,) = (line for line in ran.stdout.splitlines() if line.startswith("TOLD "))
    return json.loads(line.removeprefix("TOLD "))
