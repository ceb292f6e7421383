# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus and windows: what was put into them, and the answers that a test has ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .strictness import Strict, fault, strict


@strict("MenuItem")
class MenuItem(Strict):
    def __init__(self, name: str, command: Any, run: Callable[[Any], None]) -> None:
        self._name, self._command, self._run = name, command, run

    def name(self) -> str:
        return self._name

    def invoke(self) -> None:
        """Do what a click does."""
        self._run(self._command)


@strict("Menu")
class Menu(Strict):
    """commands by path, as "FTP-VM/Propagate Matte"."""

    def __init__(self, run: Callable[[Any], None]) -> None:
        self._run = run
        self._items: dict[str, MenuItem] = {}

    def addCommand(self, name: str, command: Any = None, *_: Any) -> MenuItem:
        self._items[name] = MenuItem(name.rsplit("/", 1)[-1], command, self._run)
        return self._items[name]

    def findItem(self, name: str) -> MenuItem | None:
        return self._items.get(name)


def panel_class(answers: list[Any]) -> type:
    """The class nuke.Panel. Each show() takes the first of `answers`: values by label, or None for Cancel."""

    @strict("Panel")
    class Panel(Strict):
        def __init__(self, title: str = "") -> None:
            self._title = title
            self._values: dict[str, Any] = {}

        def addEnumerationPulldown(self, name: str, value: str) -> bool:
            self._values[name] = value.split('"')[1] if value.startswith('"') else value.split(" ")[0]
            return True

        def addSingleLineInput(self, name: str, value: str) -> bool:
            self._values[name] = value
            return True

        def addBooleanCheckBox(self, name: str, value: bool) -> bool:
            self._values[name] = value
            return True

        def show(self) -> int:
            if not answers:
                raise fault(f"the window {self._title!r} came up and the test has no answer ready")
            answer = answers.pop(0)
            if unknown := (answer or {}).keys() - self._values.keys():
                raise fault(f"the window {self._title!r} has no {unknown}")
            self._values.update(answer or {})
            return int(answer is not None)

        def value(self, name: str) -> Any:
            return self._values[name]

    return Panel
