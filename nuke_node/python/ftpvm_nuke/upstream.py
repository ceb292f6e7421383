# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's picture hangs on, as text that changes when the picture may have changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nuke

_SETTINGS = ("fps", "colorManagement", "OCIO_config", "workingSpaceLUT")  # of the script


def recipe(source: Any) -> list[tuple[str, str]]:
    """Class and wires, and knobs, of `source` and every node upstream of it."""
    nodes = list(_nodes(source))
    order = {node.fullName(): str(number) for number, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        above = (node.input(number) for number in range(node.inputs()))
        wires = " ".join(order.get(one.fullName(), "?") if one is not None else "-" for one in above)
        knobs = node.writeKnobs(nuke.WRITE_NON_DEFAULT_ONLY | nuke.TO_SCRIPT)
        lines.append((f"{node.Class()} {wires}", knobs))
    return lines


def script_settings() -> list[tuple[str, str]]:
    """What of the script's settings pictures hang on."""
    root = nuke.root()
    format = root["format"].value()
    size = f"{format.width()}x{format.height()} {format.pixelAspect()}"
    return [("format", size), *((name, str(root[name].value())) for name in _SETTINGS)]


def files_read(source: Any) -> list[str]:
    """One file of every sequence or movie that `source` and what is upstream of it read."""
    return [node["file"].evaluate() or "" for node in _nodes(source) if node.Class() == "Read"]


def _nodes(source: Any) -> Iterator[Any]:
    """`source` first, each node once; into groups, and out of them."""
    seen: set[str] = set()
    waiting = [source]
    while waiting:
        node = waiting.pop()
        if node is None or node.Class() == "Root" or node.fullName() in seen:
            continue
        seen.add(node.fullName())
        yield node
        waiting += node.dependencies(nuke.INPUTS | nuke.HIDDEN_INPUTS | nuke.EXPRESSIONS)
        if isinstance(node, nuke.Group):  # or of a kind of it: gizmos, live groups
            waiting += node.nodes()
        elif node.Class() == "Input":
            waiting.append(node.parent().input(int(node["number"].value())))
