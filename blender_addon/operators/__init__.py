# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist can do: one file for each part of the work."""
