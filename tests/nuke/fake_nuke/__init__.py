# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict stand-in for Nuke: `FakeNuke()` is one Nuke with an empty script, and its `module` goes by `import nuke`.

It knows only calls whose signatures are in tests/nuke/signatures.json, only those that somebody needed, and only from
the threads that Nuke allows. A test drives it as an artist and the event loop would.
"""

from .app import FakeNuke
from .images import render
from .roto import AnimControlPoint, Layer, Shape, Stroke, key_curve, key_transform, polygon
from .strictness import faults

__all__ = [
    "AnimControlPoint", "FakeNuke", "Layer", "Shape", "Stroke", "faults", "key_curve", "key_transform", "polygon",
    "render",
]  # fmt: skip
