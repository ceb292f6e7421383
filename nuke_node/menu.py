# SPDX-License-Identifier: GPL-3.0-or-later
"""Read by Nukes with a window: the menu entries, and what must follow what the artist does."""

import sys

import nuke

if sys.version_info >= (3, 9):
    from ftpvm_nuke import callbacks, node

    for _entry in ("FTP-VM/Propagate Matte", "ToolSets/FTP-VM/Propagate Matte"):
        nuke.menu("Nodes").addCommand(_entry, node.create)
    callbacks.register()
else:
    nuke.menu("Nodes").addCommand("FTP-VM/Propagate Matte", lambda: nuke.message("FTP-VM needs Nuke 14 or newer."))
