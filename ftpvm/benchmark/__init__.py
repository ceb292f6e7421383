# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the network and the whole job are on this machine, and how much memory they take."""
