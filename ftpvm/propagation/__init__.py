# SPDX-License-Identifier: GPL-3.0-or-later
"""From keyframes to mattes: plan spans, run them, blend them, know what must be redone."""

from .device import Device, choose_device
from .keyframes import Keyframe
from .propagate import Planned, Propagator, taken_by
from .report import Progress, Report
from .runner import NetworkRunner
from .settings import DIRECTIONS, Settings
from .shot import Shot
from .spans import Span, plan_spans

__all__ = [
    "DIRECTIONS", "Device", "Keyframe", "NetworkRunner", "Planned", "Progress", "Propagator", "Report",
    "Settings", "Shot", "Span", "choose_device", "plan_spans", "taken_by",
]  # fmt: skip
