# SPDX-License-Identifier: GPL-3.0-or-later
"""Size, rate and length of the clip."""

WIDTH, HEIGHT, FPS, FRAMES = 512, 288, 24, 48
