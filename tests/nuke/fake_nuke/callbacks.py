# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks: who asked to be told of what, and which node they are told of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .strictness import fault

DEEPEST = 3  # knobChanged inside knobChanged: more is a callback that doesn't guard itself
KINDS = ("KnobChanged", "OnCreate", "OnScriptLoad", "OnScriptClose", "OnScriptSave")
Entry = tuple  # call, args, kwargs, node or None


@dataclass
class Callbacks:
    """`registered`: by kind and node class. `about`: the nodes and knobs that scripts run for, innermost last."""

    registered: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    about: list[tuple[Any, Any]] = field(default_factory=list)
    _depth: int = 0

    def add(self, kind: str, node_class: str, entry: Entry) -> None:
        if entry not in self.registered[kind, node_class]:
            self.registered[kind, node_class].append(entry)

    def remove(self, kind: str, node_class: str, entry: Entry) -> None:
        if entry in self.registered[kind, node_class]:
            self.registered[kind, node_class].remove(entry)

    def tell(self, kind: str, node: Any, knob: Any = None) -> None:
        """Call everybody who asked about this kind of thing, with thisNode() and thisKnob() set."""
        entries = [*self.registered[kind, "*"], *self.registered[kind, node._class]]
        self.about.append((node, knob))
        try:
            for call, args, kwargs, only in entries:
                if only is None or only is node:
                    call(*args, **kwargs)
        finally:
            self.about.pop()

    def knob_changed(self, node: Any, knob: Any) -> None:
        """Also for values set by scripts and by callbacks."""
        if not node._alive or not node._ready:
            return
        if self._depth >= DEEPEST:
            raise fault(f"knobChanged of {node.fullName()}.{knob._name} calls itself again and again")
        self._depth += 1
        try:
            self.tell("KnobChanged", node, knob)
        finally:
            self._depth -= 1
