# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: losses, the default recipe, licence-free clips. Needs torch, timm, numpy and OpenCV only."""
