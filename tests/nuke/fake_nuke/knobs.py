# SPDX-License-Identifier: GPL-3.0-or-later
"""Knobs: they refuse values of a wrong type, tell their node of every value set, and can be written as text."""

from __future__ import annotations

import json
import re
from typing import Any

from . import roto
from .strictness import Strict, fault, strict

INVISIBLE, DISABLED, DO_NOT_WRITE = 0x400, 0x80, 0x200
_REFERENCE = re.compile(r"([A-Za-z_]\w*)\.(\w+)")


@strict("Knob")
class Knob(Strict):
    """What all knobs have. `_value` is plain JSON, so that a script can hold it."""

    def __init__(self, name: str, label: str | None = None, value: Any = None) -> None:
        if not re.fullmatch(r"\w+", name):
            raise fault(f"a knob can't be called {name!r}")
        self._name, self._label, self._value, self._default = name, label, value, value
        self._flags, self._tooltip, self._node, self._is_user = 0, "", None, False

    def _check_alive(self) -> None:
        if self._node is not None:
            self._node._check_alive()

    def name(self) -> str:
        return self._name

    def Class(self) -> str:
        return next(cls.__name__ for cls in type(self).__mro__ if not cls.__name__.startswith("_"))

    def label(self) -> str:
        return self._name if self._label is None else self._label

    def setLabel(self, s: str) -> None:
        self._label = s

    def tooltip(self) -> str:
        return self._tooltip

    def setTooltip(self, s: str) -> None:
        self._tooltip = s

    def node(self) -> Any:
        return self._node

    def fullyQualifiedName(self, channel: int = -1) -> str:
        return f"{self._node.fullName()}.{self._name}"

    def setFlag(self, f: int) -> None:
        self._flags |= f

    def clearFlag(self, f: int) -> None:
        self._flags &= ~f

    def getFlag(self, f: int) -> bool:
        return bool(self._flags & f)

    def setVisible(self, visible: bool) -> None:
        self._flags = self._flags & ~INVISIBLE if visible else self._flags | INVISIBLE

    def visible(self) -> bool:
        return not self._flags & INVISIBLE

    def setEnabled(self, enabled: bool) -> None:
        self._flags = self._flags & ~DISABLED if enabled else self._flags | DISABLED

    def enabled(self) -> bool:
        return not self._flags & DISABLED

    def value(self, *args: Any, **kwargs: Any) -> Any:
        return self._value

    def getValue(self, *args: Any, **kwargs: Any) -> Any:
        return self._value

    def setValue(self, val: Any, chan: Any = None) -> bool:
        return self._set(val)

    def toScript(self, quote: Any = None, context: Any = None) -> str:
        return self._value if isinstance(self._value, str) else json.dumps(self._to_plain())

    def _to_plain(self) -> Any:
        return self._value

    def _from_plain(self, plain: Any) -> None:
        self._value = plain

    def _refers_to(self) -> list[Any]:
        """The nodes that its expression reads."""
        return []

    def _set(self, value: Any) -> bool:
        self._value = self._taken(value)
        if self._node is not None:
            self._node._changed(self)
        return True

    def _taken(self, value: Any) -> Any:
        """`value` as this knob holds it; TypeError for another type."""
        if not isinstance(value, str):
            raise TypeError(f"{self._name}: {self.Class()} takes a text, not {value!r}")
        return value

    def _parsed(self, text: str) -> Any:
        """What createNode's arguments call `text`."""
        return text


class Tab_Knob(Knob):
    pass


class Text_Knob(Knob):
    def __init__(self, name: str, label: str | None = None, value: str = "") -> None:
        super().__init__(name, label, value)


class String_Knob(Knob):
    def __init__(self, name: str, label: str | None = None, value: str = "") -> None:
        super().__init__(name, label, value)


@strict("EvalString_Knob")
class EvalString_Knob(String_Knob):
    def evaluate(self) -> str:
        return self._at(self._node._app.frame)

    def _at(self, frame: int) -> str:
        """Frame numbers filled in. A bare [ begins an expression, which the fake doesn't speak."""
        if re.search(r"(?<!\\)\[", self._value):
            raise fault(f"{self._name}: Nuke would run the brackets in {self._value!r} as TCL")
        text = re.sub(r"\\(.)", r"\1", self._value)
        text = re.sub(r"#+", lambda marks: f"{frame:0{len(marks.group())}d}", text)
        return re.sub(r"%(0\d+)?d", lambda mark: f"{frame:{mark.group(1) or ''}d}", text)


class Multiline_Eval_String_Knob(EvalString_Knob):
    pass


@strict("File_Knob")
class File_Knob(EvalString_Knob):
    def getEvaluatedValue(self) -> str:
        """As `evaluate`, with the counter as it stands there."""
        return re.sub(r"\\(.)", r"\1", self._value)

    def fromUserText(self, s: str) -> None:
        """A path as typed or dropped, with the range after it."""
        ranged = re.fullmatch(r"(.*?)\s+(-?\d+)-(-?\d+)", s)
        self.setValue(ranged.group(1) if ranged else s)
        if ranged:
            for name, at in (("first", 2), ("last", 3), ("origfirst", 2), ("origlast", 3)):
                self._node[name].setValue(int(ranged.group(at)))


@strict("Array_Knob")
class Array_Knob(Knob):
    """Numbers, or an expression for them: sums and products of knobs, of the group itself and of the nodes in it."""

    def __init__(self, name: str, label: str | None = None, value: Any = 0.0) -> None:
        super().__init__(name, label, value)
        self._expression = ""

    def setExpression(self, expression: str, channel: int = -1, view: Any = None) -> bool:
        if not re.fullmatch(r"([A-Za-z_]\w*\.\w+|\d+|[()+*\s])+", expression):
            raise fault(f"{self._name}: the fake doesn't speak {expression!r}")
        self._expression = expression
        return True

    def value(self, index: Any = None, view: Any = None, time: Any = None) -> Any:
        if not self._expression:
            return self._value
        return eval(_REFERENCE.sub(lambda found: repr(self._referred(found[1])[found[2]].getValue()), self._expression))

    def _refers_to(self) -> list[Any]:
        return [self._referred(found[1]) for found in _REFERENCE.finditer(self._expression)]

    def _referred(self, name: str) -> Any:
        group = self._node._parent
        node = group if name == "parent" else group.node(name)
        if node is None:
            raise fault(f"{self._name}: there is no node {name}")
        return node

    def _to_plain(self) -> Any:
        return {"expression": self._expression} if self._expression else self._value

    def _from_plain(self, plain: Any) -> None:
        if isinstance(plain, dict):
            self.setExpression(plain["expression"])
        else:
            self._value = plain

    def _taken(self, value: Any) -> Any:
        numbers = value if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise TypeError(f"{self._name}: {self.Class()} takes numbers, not {value!r}")
        return value if isinstance(value, (int, float)) else list(value)

    def _parsed(self, text: str) -> Any:
        return json.loads(text)


class Double_Knob(Array_Knob):
    pass


class AColor_Knob(Array_Knob):
    pass


@strict("Int_Knob")
class Int_Knob(Array_Knob):
    def __init__(self, name: str, label: str | None = None, value: int = 0) -> None:
        super().__init__(name, label, value)

    def setValue(self, val: int) -> bool:
        return self._set(val)

    def value(self) -> int:
        return self._value

    def getValue(self, *args: Any, **kwargs: Any) -> float:
        return float(self._value)

    def _taken(self, value: Any) -> int:
        if isinstance(value, str) or value != int(value):
            raise TypeError(f"{self._name}: Int_Knob takes whole numbers, not {value!r}")
        return int(value)


@strict("Boolean_Knob")
class Boolean_Knob(Array_Knob):
    def __init__(self, name: str, label: str | None = None, value: bool = False) -> None:
        super().__init__(name, label, bool(value))

    def setValue(self, b: bool) -> bool:
        return self._set(b)

    def value(self) -> bool:
        return self._value

    def getValue(self, *args: Any, **kwargs: Any) -> float:
        return float(self._value)

    def _taken(self, value: Any) -> bool:
        if value not in (0, 1):
            raise TypeError(f"{self._name}: Boolean_Knob takes True or False, not {value!r}")
        return bool(value)


@strict("Enumeration_Knob")
class Enumeration_Knob(Knob):
    """A choice among names; knows its index too."""

    def __init__(self, name: str, label: str | None = None, values: list[str] | None = None) -> None:
        self._values = [str(value) for value in values or []]
        super().__init__(name, label, self._values[0] if self._values else "")

    def values(self) -> list[str]:
        return list(self._values)

    def setValues(self, items: list[str]) -> None:
        self._values = list(items)
        if self._value not in self._values:
            self._value = self._values[0]

    def numValues(self) -> int:
        return len(self.values())

    def setValue(self, item: str | int) -> None:
        self._set(item)

    def value(self) -> str:
        return self._value

    def getValue(self, *args: Any, **kwargs: Any) -> float:
        return float(self.values().index(self.value()))

    def _taken(self, value: Any) -> str:
        values = self.values()
        if isinstance(value, (int, float)) and 0 <= value < len(values):
            value = values[int(value)]
        if value not in values:
            raise TypeError(f"{self._name} is none of {values}: {value!r}")
        return value


@strict("PyScript_Knob")
class PyScript_Knob(String_Knob):
    """A button; its script runs as Nuke runs it, with its node as thisNode() and, of a Group, as the current group."""

    def __init__(self, name: str, label: str | None = None, command: str | None = None) -> None:
        super().__init__(name, label, command or "")

    def setValue(self, cmd: str) -> None:
        self._set(cmd)

    def setCommand(self, cmd: str) -> None:
        self._set(cmd)

    def value(self) -> str:
        return self._value

    def command(self) -> str:
        return self._value

    def execute(self) -> None:
        self._node._press(self)


class _Dummy_Knob(Knob):
    """What knobChanged is told of where no knob changed: "inputChange", "showPanel"."""

    def __init__(self, name: str, node: Any) -> None:
        super().__init__(name)
        self._node = node


class _Curves_Knob(Knob):
    """The Roto's tree of shapes."""

    @property
    def rootLayer(self) -> Any:
        self._check_alive()
        return self._value

    def _to_plain(self) -> Any:
        return roto.to_plain(self._value)

    def _from_plain(self, plain: Any) -> None:
        self._value = roto.from_plain(plain)


@strict("Format_Knob")
class Format_Knob(Knob):
    def value(self) -> Any:
        return self._node._app.format

    def setValue(self, format: Any) -> bool:
        self._node._app.format = format
        return True


USER_CLASSES = {
    cls.__name__: cls
    for cls in (
        Tab_Knob, Text_Knob, String_Knob, EvalString_Knob, Multiline_Eval_String_Knob, File_Knob, Double_Knob, Int_Knob,
        Boolean_Knob, Enumeration_Knob, PyScript_Knob,
    )
}  # fmt: skip
