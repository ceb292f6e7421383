# SPDX-License-Identifier: GPL-3.0-or-later
"""Licence-free training clips: procedural sprites and backgrounds, composed in torch, deterministic by seed."""

from ..clip import Clip
from .bank import SpriteBank
from .clips import ClipGenerator, ClipSpec

__all__ = ["Clip", "ClipGenerator", "ClipSpec", "SpriteBank"]
