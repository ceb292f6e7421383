# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows what the artist does in a Nuke with a window: knobs, copies, scripts opened and closed."""

from __future__ import annotations

import platform
import traceback
from typing import Any

import nuke

from . import background, identity, node, results, session
from .errors import UserError

# After these, other knobs may have an effect or none. What follows sets no knob: from Nuke 17.1 that would call again.
_ENABLING = ("roto_is", "use_range", "showPanel")


def register() -> None:
    """Call once, from menu.py."""
    nuke.addOnCreate(created, nodeClass="Group")
    nuke.addKnobChanged(changed, nodeClass="Group")
    nuke.addOnScriptLoad(loaded)
    nuke.addOnScriptSave(saving)
    nuke.addOnScriptClose(closing)


def created() -> None:
    """A node was made, pasted or loaded, or came back by undo. A pasted one is another node with its own mattes."""
    made = nuke.thisNode()
    if not identity.is_ours(made):
        return
    before = made[identity.UID].value()
    is_copy = identity.own_uid(made) != before
    current = session.current()
    if is_copy or (current and before in current.runs and before not in current.going):  # a copy, or back by undo
        made["unfinished"].setValue("")
        results.allow_gaps(made, False)
        made["status"].setValue("A copy: it shows its original's mattes until it has its own" if is_copy else "")


def changed() -> None:
    """A knob has another value."""
    changed_node, knob = nuke.thisNode(), nuke.thisKnob()
    if knob is not None and knob.name() in _ENABLING and identity.is_ours(changed_node):
        node.update_enabled(changed_node)


def loaded() -> None:
    """A script was opened: mattes that a farm made meanwhile are shown, and what this machine left off goes on."""
    for found in list(identity.all_nodes()):
        try:
            with session.unrecorded():
                _catch_up(found)
        except Exception as error:  # the other nodes have their turn
            if not isinstance(error, UserError):
                traceback.print_exc()
            found["status"].setValue(str(error))


def saving() -> None:
    """The script goes to disk, perhaps to a farm, where a matte that isn't there must be an error."""
    with session.unrecorded():
        for found in identity.all_nodes():
            results.allow_gaps(found, False)


def closing() -> None:
    """The script goes, and its nodes with it."""
    if current := session.current():
        current.park()


def _catch_up(found: Any) -> None:
    if found["unfinished"].value() == platform.node():
        session.opened().begin(found)
        background.watch()
    elif found["keyframes"].value() and results.needs_a_look(found):
        found["status"].setValue(results.look(found))
