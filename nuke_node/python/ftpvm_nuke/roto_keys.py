# SPDX-License-Identifier: GPL-3.0-or-later
"""On which frames a Roto is keyed. Takes the tree of a `curves` knob and asks nothing of Nuke's module."""

from __future__ import annotations

from typing import Any

_CURVES = (
    "center", "leftTangent", "rightTangent", "featherCenter", "featherLeftTangent", "featherRightTangent",
)  # fmt: skip


def key_frames(root_layer: Any) -> list[int]:
    """Every frame on which a point, tangent, feather or transform of any shape, stroke or layer is keyed, ascending."""
    return sorted({round(time) for time in _times(root_layer)})


def _times(element: Any) -> set[float]:
    """Layers hold layers, shapes and strokes; shapes hold points with several curves, strokes hold bare curves."""
    if hasattr(element, "getControlPointKeyTimes"):
        return set(element.getControlPointKeyTimes())
    curves = [getattr(element, name) for name in _CURVES if hasattr(element, name)]
    times = {time for curve in curves for time in curve.getControlPointKeyTimes()}
    if not curves:
        times.update(element.getTransform().getTransformKeyTimes())
        times.update(*(_times(child) for child in element))
    return times
