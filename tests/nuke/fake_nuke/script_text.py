# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts and clipboards as text: all that survives saving and copying, and nothing that doesn't."""

from __future__ import annotations

import json
from typing import Any

from .graph import Gizmo
from .knobs import DO_NOT_WRITE, USER_CLASSES, Enumeration_Knob, Knob
from .node_classes import make_node
from .strictness import fault

_PASSING = ("selected", "format")  # knobs that are not a node's own


def written(nodes: list[Any]) -> str:
    """These nodes as text, with the wires between them."""
    return json.dumps([_plain(node, nodes) for node in nodes], indent=1)


def read(app: Any, text: str, group: Any) -> list[Any]:
    """Make the nodes of a text in `group`, under free names. Nobody is told of them yet."""
    return _read(app, json.loads(text), group)


def root_written(root: Any) -> dict[str, Any]:
    """The knobs of the script itself."""
    return _values(root)


def root_read(root: Any, values: dict[str, Any]) -> None:
    _set_values(root, values)


def _plain(node: Any, among: list[Any]) -> dict[str, Any]:
    if isinstance(node, Gizmo):
        raise fault(f"what the file of {node.name()} holds isn't known to the fake")
    inside = node.nodes() if hasattr(type(node), "nodes") else []
    wires = {number: node.input(number) for number in range(node.inputs())}
    return {
        "class": node._class, "knobs": _values(node), "inside": [_plain(child, inside) for child in inside],
        "user": [_definition(knob) for knob in node._knobs.values() if knob._is_user],
        "inputs": {number: other.name() for number, other in wires.items() if other in among},
    }  # fmt: skip


def _values(node: Any) -> dict[str, Any]:
    kept = (knob for knob in node._knobs.values() if knob._name not in _PASSING and not knob._flags & DO_NOT_WRITE)
    return {knob._name: knob._to_plain() for knob in kept if knob._to_plain() != knob._default or knob._is_user}


def _definition(knob: Knob) -> dict[str, Any]:
    values = knob._values if isinstance(knob, Enumeration_Knob) else None
    return {
        "class": knob.Class(), "name": knob._name, "label": knob._label, "flags": knob._flags,
        "tooltip": knob._tooltip, "values": values,
    }  # fmt: skip


def _read(app: Any, plain: list[dict[str, Any]], group: Any) -> list[Any]:
    by_name, made = {}, []
    for entry in plain:
        node = make_node(app, entry["class"], group)
        for definition in entry["user"]:
            _define(node, definition)
        _set_values(node, entry["knobs"])
        by_name[node._knobs["name"]._value] = node
        node._knobs["name"]._value = group._free_name(node._knobs["name"]._value)
        group._children.append(node)
        made.append(node)
        if entry["inside"]:
            _read(app, entry["inside"], node)
    for entry, node in zip(plain, made):  # noqa: B905 (Python 3.9)
        node._inputs = {int(number): by_name[name] for number, name in entry["inputs"].items()}
    return made


def _define(node: Any, definition: dict[str, Any]) -> None:
    extra = [definition["values"]] if definition["values"] is not None else []
    knob = USER_CLASSES[definition["class"]](definition["name"], definition["label"], *extra)
    knob._flags, knob._tooltip, knob._is_user = definition["flags"], definition["tooltip"], True
    node._own(knob)


def _set_values(node: Any, values: dict[str, Any]) -> None:
    if "file_type" in values:
        for extra in node._app.write_knobs(values["file_type"]):
            node._own(extra)
    for name, plain in values.items():
        node._knobs[name]._from_plain(plain)
