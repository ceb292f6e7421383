# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling our nodes apart, however they are renamed, copied or nested: each has an uid of its own in a hidden knob."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import nuke

from .errors import UserError

UID = "ftpvm_uid"


def is_ours(node: Any) -> bool:
    """Whether it is a Propagate Matte node."""
    return node.knob(UID) is not None


def own_uid(node: Any) -> str:
    """The node's uid; a new one where it has none, or has that of the node it was copied from."""
    uid = node[UID].value()
    if not uid or any(other[UID].value() == uid and other.fullName() != node.fullName() for other in all_nodes()):
        uid = uuid.uuid4().hex
        node[UID].setValue(uid)
    return uid


def node_of(uid: str) -> Any:
    """The node with this uid. Raises UserError where it was deleted."""
    for node in all_nodes():
        if node[UID].value() == uid:
            return node
    raise UserError("The node is gone; its finished mattes stay in their folder.")


def all_nodes(group: Any = None) -> Iterator[Any]:
    """Our nodes in the script, or in a group, those in groups too."""
    for node in (nuke.root() if group is None else group).nodes():
        if is_ours(node):
            yield node
        elif isinstance(node, nuke.Group):  # or of a kind of it: gizmos, live groups
            yield from all_nodes(node)
