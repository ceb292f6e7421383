# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by a Python that has bpy and no torch: this folder is then a package of its own, not a part of ftpvm."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
runpy.run_module("blender.pack", run_name="__main__")
