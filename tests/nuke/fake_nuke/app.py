# SPDX-License-Identifier: GPL-3.0-or-later
"""One Nuke: its script, and what tests may look at and steer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import images, menus, script_text, strictness
from .callbacks import Callbacks
from .events import Bar, Events
from .graph import Format, Group
from .module import build_module
from .node_classes import CLASSES, make_node, write_knobs
from .strictness import fault

_OURS = ("nuke", "ftpvm_nuke")  # packages of which there is one for each Nuke


class FakeNuke:
    """One Nuke, with a window or, as `nuke -t`, without.

    events: the event loop. bars: progress bars so far. messages: windows with a text. printed: lines of tprint.
    answers: what the next windows are answered with. executed: (path, frame) of every frame written. refusals: by
    frame, why Nuke won't write it, each once: "cancelled" is its own bar's button. refused_spaces: colour spaces that
    no knob takes, without a word. reloads: presses of a Read's reload.
    """

    def __init__(self, gui: bool = True) -> None:
        self.gui = gui
        self.events, self.callbacks = Events(), Callbacks()
        self.bars: list[Bar] = []
        self.messages: list[str] = []
        self.printed: list[str] = []
        self.answers: list[Any] = []
        self.executed: list[tuple[Path, int]] = []
        self.menus: dict[str, menus.Menu] = {}
        self.plugin_path: list[Path] = []
        self._running_init: list[Path] = []
        self._sys_path, self._sys_modules = list(sys.path), _taken_out(_OURS)
        self.write_knobs, self.size = write_knobs, images.size
        self._new_script()
        self.module = build_module(self)
        self.begin()

    # What a test does in place of the artist

    def begin(self, width: int = 64, height: int = 48) -> None:
        """An empty script of this format, nothing told or recorded yet, the plug-ins as they are."""
        self.events.drain()
        self._clear()
        for record in (self.bars, self.messages, self.printed, self.answers, self.executed, self.events.errors):
            record.clear()
        strictness.faults.clear()
        self.frame, self.format, self.clipboard = 1, Format(width, height, name="shot"), ""
        self.reloads, self.undo_disabled = 0, 0
        self.path_filter: Callable[[str], str | None] = lambda path: None  # of the studio
        self.refusals: dict[int, list[str]] = {}
        self.refused_spaces: set[str] = set()

    def wrong(self) -> list[str]:
        """What was wrong with the calls made since `begin`."""
        found = [*strictness.faults, *self.events.errors]
        found += ["a group was begun and never ended"] if len(self.context) > 1 else []
        return found + (["undo was left disabled"] if self.undo_disabled else [])

    def start(self, folder: Path) -> None:
        """Come up with `folder` on NUKE_PATH: every init.py, then, with a window, every menu.py."""
        sys.modules["nuke"], sys.modules["nuke.rotopaint"] = self.module, self.module.rotopaint
        self._add_plugin_path(folder)
        for path in list(self.plugin_path):
            if self.gui and (path / "menu.py").is_file():
                self._run_file(path / "menu.py")

    def close(self) -> None:
        """Quit. Another Nuke that this one had taken the place of goes on."""
        self.events.close()
        sys.path[:] = self._sys_path
        _taken_out(_OURS)
        sys.modules.update(self._sys_modules)

    def press(self, node: Any, button: str) -> None:
        """Click a button of a node."""
        node[button].execute()

    def select(self, *nodes: Any) -> None:
        """Select these and no others."""
        for node in self.root._children:
            node["selected"]._value = node in nodes

    def save(self, path: Path) -> None:
        """Save the script as `path`."""
        self.module.scriptSaveAs(str(path), True)

    def open(self, path: Path) -> None:
        """Open a script in place of this one."""
        self._clear()
        whole = json.loads(path.read_text("utf-8"))
        script_text.root_read(self.root, whole["root"])
        self.root._knobs["name"]._value = str(path)
        self._introduce(script_text.read(self, whole["nodes"], self.root))
        self.callbacks.tell("OnScriptLoad", self.root)

    def pixels(self, node: Any, frame: int) -> dict[str, Any]:
        """Channels as a viewer of `node` gets them: scene-linear float32 of (height, width), top row first."""
        return images.render(node, frame).channels

    # The script

    def _new_script(self) -> None:
        self.root: Any = make_node(self, "Root", None)
        self.root._ready = True
        self.context: list[Any] = [self.root]

    def _clear(self) -> None:
        self.callbacks.tell("OnScriptClose", self.root)
        for node in self._everything(self.root):
            node._alive = False
        self._new_script()

    def _everything(self, group: Any) -> list[Any]:
        found = [group]
        for node in group._children:
            found += self._everything(node) if isinstance(node, Group) else [node]
        return found

    def _introduce(self, nodes: list[Any]) -> None:
        """Tell of nodes that came from a text, what is in groups too."""
        for node in nodes:
            node._ready = True
            if isinstance(node, Group):
                self._introduce(node._children)
            self.callbacks.tell("OnCreate", node)

    def maximum_inputs(self, node: Any) -> int:
        if isinstance(node, Group):
            return sum(child._class == "Input" for child in node._children)
        return CLASSES[node._class][2]

    def _made(self, cls: str, values: dict[str, Any]) -> Any:
        """A new node in the current group, with these knobs and `inputs`."""
        if cls not in CLASSES or cls == "Root":
            raise fault(f"nodes of class {cls} aren't known to the fake")
        group = self.context[-1]
        node = make_node(self, cls, group)
        node["name"]._value = group._free_name(values.pop("name", f"{cls}1"))
        if cls == "Input":
            node["number"]._value = self.maximum_inputs(group)
        wires = values.pop("inputs", [])
        for name, value in values.items():
            if node.knob(name) is None:
                raise fault(f"{cls} has no knob {name}")
            node[name].setValue(value)
        group._children.append(node)
        for number, above in enumerate(wires):
            if not node.setInput(number, above):
                raise fault(f"{cls} has no input {number}")
        node._ready = True
        self.callbacks.tell("OnCreate", node)
        return node

    # Scripts in Python that Nuke runs

    def run_script(self, command: Any, node: Any = None, knob: Any = None) -> None:
        """Run a button's or a menu's command: text, or a function."""
        outside = list(self.context)
        inside = [*outside, node] if isinstance(node, Group) else outside
        self.context = list(inside)
        self.callbacks.about.append((node or self.root, knob))
        try:
            if callable(command):
                command()
            else:
                exec(compile(command, "<command>", "exec"), {"nuke": self.module, "__name__": "__main__"})
        finally:
            self.callbacks.about.pop()
            if outside[0] is self.root:  # it may have opened another script
                if self.context != inside:
                    strictness.faults.append(f"{command!r} began a group and didn't end it")
                self.context = outside

    def _run_file(self, path: Path) -> None:
        code = compile(path.read_text("utf-8"), str(path), "exec")
        self._running_init.append(path.parent)
        try:
            exec(code, {"__file__": str(path), "__name__": "__main__", "nuke": self.module})
        finally:
            self._running_init.pop()

    def _add_plugin_path(self, path: Any, add_to_sys_path: bool = True) -> None:
        folder = Path(self._running_init[-1] if self._running_init else Path.cwd(), path).resolve()
        if folder in self.plugin_path:
            return
        self.plugin_path.insert(0, folder)
        if add_to_sys_path:
            sys.path.insert(0, str(folder))
        if (folder / "init.py").is_file():
            self._run_file(folder / "init.py")


def _taken_out(packages: tuple[str, ...]) -> dict[str, Any]:
    """Remove modules of these packages, so that the next import is a fresh one; returns them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in packages}
