# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node's buttons do. Each tells what went wrong in the node's status and, where there is one, in a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nuke

from . import background, identity, keyframes, plates, results, session, worker_setup
from .errors import UserError
from .node import settings_of


def propagate() -> None:
    """Propagate Matte: start, and go on in the background; without a window, return when it is done."""
    _with_node(_start if nuke.GUI else session.propagate)


def cancel() -> None:
    """Cancel: stop before the next frames that the network takes at once."""
    _with_node(lambda node: background.cancel(node[identity.UID].value()))


def from_roto() -> None:
    """From Roto: the Roto's key frames become the keyframes."""
    _with_node(keyframes.from_roto)


def add_current() -> None:
    """Add Current: the frame that is shown becomes a keyframe too."""
    _with_node(keyframes.add_current)


def reload() -> None:
    """Reload: mattes from disk, and a written plate is written anew by the next press."""
    _with_node(_reload)


def set_up() -> None:
    """Set Up Worker."""
    _with_node(lambda node: worker_setup.ask_and_set_up())


def _start(node: Any) -> None:
    session.opened().begin(node)
    background.watch()


def _reload(node: Any) -> None:
    uid = identity.own_uid(node)
    if session.is_going(uid):
        return  # which reloads by itself, and needs its plate
    plates.forget(plates.find(node, settings_of(node), uid))
    node["status"].setValue(results.look(node))


def _with_node(work: Callable[[Any], None]) -> None:
    node = nuke.thisNode()
    try:
        work(node)
    except UserError as error:
        node["status"].setValue(str(error))
        if nuke.GUI:
            nuke.message(str(error))
        else:
            raise
