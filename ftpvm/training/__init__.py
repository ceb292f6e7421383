# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: the loop, both recipes, their data and losses. Needs torch, timm, numpy and OpenCV only."""
