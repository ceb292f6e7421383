# SPDX-License-Identifier: GPL-3.0-or-later
"""Read by every Nuke that has this folder on NUKE_PATH, farm sessions too: it only says where the node's code is."""

import sys

import nuke

if sys.version_info >= (3, 9):
    nuke.pluginAddPath("./python")
else:
    nuke.tprint(f"FTP-VM needs Nuke 14 or newer: this one has Python {sys.version_info[0]}.{sys.version_info[1]}.")
