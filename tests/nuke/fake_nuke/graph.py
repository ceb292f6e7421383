# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes, what they hang on, and the groups they are in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .images import render
from .knobs import DO_NOT_WRITE, Knob, _Dummy_Knob
from .strictness import Strict, fault, strict

EXPRESSIONS, INPUTS, HIDDEN_INPUTS = 1, 2, 4  # of dependencies()
TO_SCRIPT, TO_VALUE, WRITE_NON_DEFAULT_ONLY, WRITE_ALL = 1, 2, 4, 8  # of writeKnobs()
_SELDOM_WRITTEN = ("name", "xpos", "ypos", "selected")


@strict("Format")
class Format(Strict):
    def __init__(self, width: int, height: int, pixel_aspect: float = 1.0, name: str = "") -> None:
        self._width, self._height, self._pixel_aspect, self._name = width, height, pixel_aspect, name

    def width(self) -> int:
        return self._width

    def height(self) -> int:
        return self._height

    def pixelAspect(self) -> float:
        return self._pixel_aspect

    def name(self) -> str:
        return self._name


@strict("Node")
class Node(Strict):
    """A node; raises ValueError on any use once it is deleted."""

    def __init__(self, app: Any, cls: str, knobs: list[Knob], parent: Any) -> None:
        self._app, self._class, self._parent = app, cls, parent
        self._alive, self._ready = True, False  # ready: told to callbacks
        self._inputs: dict[int, Node] = {}
        self._kept: dict[Any, Any] = {}  # what a Read has read and goes on showing
        self._knobs: dict[str, Knob] = {}
        for knob in knobs:
            self._own(knob)

    def _check_alive(self) -> None:
        if not self._alive:
            raise ValueError("A PythonObject is not attached to a node")

    def _own(self, knob: Knob) -> None:
        self._knobs[knob._name], knob._node = knob, self

    def _changed(self, knob: Knob) -> None:
        self._kept.clear()
        if self._class == "Write" and knob._name == "file_type":
            for extra in self._app.write_knobs(knob._value):
                self._own(extra)
        self._app.callbacks.knob_changed(self, knob)

    def _press(self, knob: Knob) -> None:
        if self._class == "Read":
            self._kept.clear()
            self._app.reloads += 1
        else:
            self._app.run_script(knob._value, self, knob)

    def __getitem__(self, name: str) -> Knob:
        self._check_alive()
        if name not in self._knobs:
            raise NameError(f"knob {name} does not exist")
        return self._knobs[name]

    def Class(self) -> str:
        return self._class

    def name(self) -> str:
        return self._knobs["name"]._value

    def fullName(self) -> str:
        inside = self._parent is not None and self._parent is not self._app.root
        return f"{self._parent.fullName()}.{self.name()}" if inside else self.name()

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(f"illegal node name: {name!r}")
        self["name"].setValue(name if name == self.name() else self._parent._free_name(name))

    def knob(self, p: str, follow_link: Any = None) -> Knob | None:
        return self._knobs.get(p)

    def knobs(self) -> dict[str, Knob]:
        return dict(self._knobs)

    def addKnob(self, k: Knob) -> None:
        if k._name in self._knobs or k._node is not None:
            raise fault(f"{self.name()} has a knob {k._name} already, or it is another node's")
        k._is_user = True
        self._own(k)

    def removeKnob(self, k: Knob) -> None:
        del self._knobs[k._name]
        k._node = None

    def input(self, i: int) -> Node | None:
        return self._inputs.get(i)

    def inputs(self) -> int:
        return max(self._inputs, default=-1) + 1

    def maximumInputs(self) -> int:
        return self._app.maximum_inputs(self)

    def setInput(self, i: int, node: Node | None) -> bool:
        if not 0 <= i < self._app.maximum_inputs(self):
            return False
        if node is not None and node._parent is not self._parent:
            raise fault(f"{node.fullName()} and {self.fullName()} aren't in the same group: Nuke can't join them")
        self._inputs.pop(i, None)
        if node is not None:
            self._inputs[i] = node
        self._app.callbacks.knob_changed(self, _Dummy_Knob("inputChange", self))
        return True

    def dependencies(self, what: Any = None) -> list[Node]:
        known = EXPRESSIONS | INPUTS | HIDDEN_INPUTS
        what = known if what is None else what
        if what & ~known:
            raise fault(f"dependencies({what}) aren't known to the fake")
        wires = HIDDEN_INPUTS if self["hide_input"].value() else INPUTS
        found = [self._inputs[i] for i in sorted(self._inputs)] if what & wires else []
        if what & EXPRESSIONS:
            found += [node for knob in self._knobs.values() for node in knob._refers_to()]
        return list(dict.fromkeys(found))

    def parent(self) -> Any:
        return self._parent

    def firstFrame(self) -> int:
        return self._range()[0]

    def lastFrame(self) -> int:
        return self._range()[1]

    def _range(self) -> tuple[int, int]:
        if self._class == "Read":
            first, last = self["first"].value(), self["last"].value()
            if self["frame_mode"].value() == "expression" or not self["frame"].value():
                return first, last
            number = int(float(self["frame"].value()))
            by = number - first if self["frame_mode"].value() == "start at" else number
            return first + by, last + by
        above = self._inputs.get(0)
        if self._class == "Input":  # goes on outside its group
            above = self._parent._inputs.get(self["number"].value())
        return above._range() if above else self._app.root._range()

    def format(self) -> Format:
        width, height = self._app.size(self)
        return Format(width, height, self._app.format._pixel_aspect)

    def width(self) -> int:
        return self._app.size(self)[0]

    def height(self) -> int:
        return self._app.size(self)[1]

    def xpos(self) -> int:
        return int(self["xpos"].value())

    def ypos(self) -> int:
        return int(self["ypos"].value())

    def setXYpos(self, x: int, y: int) -> None:
        self["xpos"].setValue(int(x))
        self["ypos"].setValue(int(y))

    def isSelected(self) -> bool:
        return self["selected"].value()

    def setSelected(self, selected: bool) -> None:
        self["selected"].setValue(selected)

    def showControlPanel(self, forceFloat: bool = False) -> None:
        self._app.callbacks.knob_changed(self, _Dummy_Knob("showPanel", self))

    def hasError(self) -> bool:
        try:
            render(self, self._app.frame)
        except RuntimeError:
            return True
        return False

    def writeKnobs(self, i: int) -> str:
        """Knobs, one a line; bare names where neither values nor expressions are asked for."""
        if i & ~(TO_SCRIPT | TO_VALUE | WRITE_NON_DEFAULT_ONLY | WRITE_ALL) or (i & TO_SCRIPT and i & TO_VALUE):
            raise fault(f"what {self.name()}.writeKnobs({i}) gives isn't known to the fake")
        knobs = [knob for knob in self._knobs.values() if not knob._flags & DO_NOT_WRITE]
        if i & WRITE_NON_DEFAULT_ONLY:
            knobs = [knob for knob in knobs if knob._to_plain() != knob._default]
        if not i & WRITE_ALL:
            knobs = [knob for knob in knobs if knob._name not in _SELDOM_WRITTEN]
        return "\n".join(_written(knob, i) for knob in knobs)


def _written(knob: Knob, how: int) -> str:
    if how & TO_SCRIPT:
        return f"{knob._name} {knob.toScript()}"
    return f"{knob._name} {knob.value()}" if how & TO_VALUE else knob._name


@strict("Group")
class Group(Node):
    """A node with a graph of its own. Between begin() and end() new nodes are made in it."""

    def __init__(self, app: Any, cls: str, knobs: list[Knob], parent: Any) -> None:
        super().__init__(app, cls, knobs, parent)
        self._children: list[Node] = []

    def begin(self) -> Group:
        self._app.context.append(self)
        return self

    def end(self) -> None:
        if len(self._app.context) == 1 or self._app.context[-1] is not self:
            raise fault(f"{self.fullName()}.end() without its begin()")
        self._app.context.pop()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, *_: Any) -> None:
        self.end()

    def node(self, s: str) -> Node | None:
        """The node called `s` in this group, or GROUP.NODE further in."""
        head, _, rest = s.partition(".")
        found = next((child for child in self._children if child.name() == head), None)
        if found is None or not rest:
            return found
        return found.node(rest) if isinstance(found, Group) else None

    def nodes(self) -> list[Node]:
        return list(self._children)

    def output(self) -> Node | None:
        return next((child for child in self._children if child._class == "Output"), None)

    def run(self, callable: Callable[[], Any]) -> Any:
        with self:
            return callable()

    def _free_name(self, wanted: str) -> str:
        taken = {child.name() for child in self._children}
        if wanted not in taken:
            return wanted
        stem, number = re.sub(r"\d+$", "", wanted), 1
        while f"{stem}{number}" in taken:
            number += 1
        return f"{stem}{number}"


class Gizmo(Group):
    """A group of a studio's own class, out of its file: a script holds the knobs that it shows, not what is inside."""


@strict("Root")
class Root(Group):
    """The script itself."""

    def name(self) -> str:
        return "root"

    def fullName(self) -> str:
        return "root"

    def firstFrame(self) -> int:
        return self._range()[0]

    def lastFrame(self) -> int:
        return self._range()[1]

    def fps(self) -> int:
        return int(self["fps"].value())

    def proxy(self) -> bool:
        return self["proxy"].value()

    def setProxy(self, b: bool) -> None:
        self["proxy"].setValue(b)

    def format(self) -> Format:
        return self._app.format

    def setFrame(self, n: int) -> None:
        self._app.frame = n

    def _range(self) -> tuple[int, int]:
        return self["first_frame"].value(), self["last_frame"].value()
