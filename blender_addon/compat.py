# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender versions that the add-on knows of, and nothing else."""

from typing import Any

import bpy

STRIP_TYPE: Any = getattr(bpy.types, "Strip", None) or bpy.types.Sequence  # `Sequence` until 4.3


def strips(editor: Any) -> Any:
    """The top-level strips of a sequence editor."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences
