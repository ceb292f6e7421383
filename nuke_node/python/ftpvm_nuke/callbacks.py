# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows what the artist does in a Nuke with a window: knobs, copies, scripts opened and closed."""

from __future__ import annotations

import platform
from typing import Any

import nuke

from . import background, identity, node, results, session
from .errors import UserError

# What follows a change of a knob. None of them sets a knob that is named here: from Nuke 17.1 that would call again.
_REACTIONS = {
    "shown": node.update_shown,
    "roto_is": node.update_enabled,
    "use_range": node.update_enabled,
    "showPanel": node.update_enabled,
}


def register() -> None:
    """Call once, from menu.py."""
    nuke.addOnCreate(created, nodeClass="Group")
    nuke.addKnobChanged(changed, nodeClass="Group")
    nuke.addOnScriptLoad(loaded)
    nuke.addOnScriptClose(closing)


def created() -> None:
    """A node was made, pasted or loaded, or came back by undo. A pasted one is another node with its own mattes."""
    made = nuke.thisNode()
    if not identity.is_ours(made):
        return
    before = made[identity.UID].value()
    if identity.own_uid(made) != before:
        made["unfinished"].setValue("")
        made["status"].setValue("A copy: it shows the mattes of its original until it has its own")


def changed() -> None:
    """A knob has another value."""
    changed_node, knob = nuke.thisNode(), nuke.thisKnob()
    if knob is not None and knob.name() in _REACTIONS and identity.is_ours(changed_node):
        _REACTIONS[knob.name()](changed_node)


def loaded() -> None:
    """A script was opened: mattes that a farm made meanwhile are shown, and what this machine left off goes on."""
    for found in list(identity.all_nodes()):
        try:
            _catch_up(found)
        except UserError as error:
            found["status"].setValue(str(error))


def closing() -> None:
    """The script goes, and its nodes with it."""
    if current := session.current():
        current.park()


def _catch_up(found: Any) -> None:
    if found["unfinished"].value() == platform.node():
        session.opened().begin(found)
        background.watch()
    elif found["keyframes"].value() and not results.has_matte(found):
        found["status"].setValue(results.look(found))
