# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimaps, float32 (h, w) of 0 background, 0.5 unknown and 1 foreground: from images, mattes, boxes and strokes."""

from ftpvm.trimaps.bands import trimap_from_matte
from ftpvm.trimaps.levels import trimap_from_levels
from ftpvm.trimaps.load import load_trimap

__all__ = ["load_trimap", "trimap_from_levels", "trimap_from_matte"]
