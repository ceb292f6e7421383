# SPDX-License-Identifier: GPL-3.0-or-later
"""`python benchmarks/validation_clips`: find the sprites' code, which the scenes are built from, and render them."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ftpvm" / "training" / "synthetic"))
runpy.run_module("make", run_name="__main__")
