# SPDX-License-Identifier: GPL-3.0-or-later
"""One Nuke: its script, what tests may look at and steer, and the functions of the module."""

from __future__ import annotations

import json
import shlex
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import images, knobs, menus, roto, script_text, strictness
from .callbacks import KINDS, Callbacks
from .colour import ColorspaceKnob
from .events import Bar, Events, progress_task
from .graph import Format, Group, Node
from .node_classes import CLASSES, make_node, write_knobs
from .strictness import BOOK, Strict, checked, fault, function

CLIPBOARD = "%clipboard%"
_OURS = ("nuke", "ftpvm_nuke")  # packages of which there is one for each Nuke


class FakeNuke:
    """One Nuke, with a window or, as `nuke -t`, without.

    events: the event loop. bars: progress bars so far. messages: windows with a text. printed: lines of tprint.
    answers: what the next windows are answered with. executed: (path, frame) of every frame written. refusals: by
    frame, why Nuke won't write it, each once: "cancelled" is its own bar's button. reloads: presses of a Read's reload.
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
        self._sys_path, self._sys_modules = list(sys.path), {}
        self.write_knobs, self.size = write_knobs, images.size
        self._new_script()
        self.module = _module(self)
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
        self.events.longest, self.reloads, self.undo_disabled = 0.0, 0, 0
        self.path_filter: Callable[[str], str | None] = lambda path: None  # of the studio
        self.refusals: dict[int, list[str]] = {}

    def wrong(self) -> list[str]:
        """What was wrong with the calls made since `begin`."""
        found = [*strictness.faults, *self.events.errors]
        found += ["a group was begun and never ended"] if len(self.context) > 1 else []
        return found + (["undo was left disabled"] if self.undo_disabled else [])

    def start(self, folder: Path) -> None:
        """Come up with `folder` on NUKE_PATH: every init.py, then, with a window, every menu.py."""
        self._sys_modules = _taken_out(_OURS)
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
        context = list(self.context)
        self.callbacks.about.append((node or self.root, knob))
        if isinstance(node, Group):
            self.context.append(node)
        try:
            if callable(command):
                command()
            else:
                exec(compile(command, "<command>", "exec"), {"nuke": self.module, "__name__": "__main__"})
        finally:
            self.callbacks.about.pop()
            self.context = context if context[0] is self.root else [self.root]

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


def _module(app: FakeNuke) -> Any:
    """The module `nuke`, whose unknown names are faults."""

    class Module(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            raise fault(f"nuke.{name} isn't known to the fake")

    module = Module("nuke")
    for name, call in _functions(app).items():
        any_thread = name.startswith("executeInMainThread")
        setattr(module, name, function(name, call, any_thread))
    for name, value in _constants(app).items():
        assert name in BOOK["constants"], name
        setattr(module, name, value)
    for name, cls in {**knobs.USER_CLASSES, "Node": Node, "Group": Group}.items():
        setattr(module, name, cls)
    module.ProgressTask, module.Panel = progress_task(app.bars), menus.panel_class(app.answers)
    module.Undo, module.nodes = _undo(app), _Constructors(app)
    module.rotopaint = types.ModuleType("nuke.rotopaint")
    for cls in (roto.Layer, roto.Shape, roto.Stroke):
        setattr(module.rotopaint, cls.__name__, cls)
    return module


def _constants(app: FakeNuke) -> dict[str, Any]:
    flags = ("STARTLINE", "ENDLINE", "READ_ONLY", "NO_ANIMATION", "NO_UNDO", "ALWAYS_SAVE", "WRITE_ALL",
             "WRITE_NON_DEFAULT_ONLY", "WRITE_USER_KNOB_DEFS", "TO_SCRIPT", "TO_VALUE", "INPUTS", "HIDDEN_INPUTS",
             "EXPRESSIONS")  # fmt: skip
    own = {"INVISIBLE": knobs.INVISIBLE, "DISABLED": knobs.DISABLED, "DO_NOT_WRITE": knobs.DO_NOT_WRITE}
    version = {"NUKE_VERSION_STRING": "15.0v1", "NUKE_VERSION_MAJOR": 15, "NUKE_VERSION_MINOR": 0}
    return {"GUI": app.gui, **version, **own, **{name: 1 << (12 + number) for number, name in enumerate(flags)}}


def _functions(app: FakeNuke) -> dict[str, Callable[..., Any]]:
    return {**_graph_functions(app), **_script_functions(app), **_window_functions(app), **_callback_functions(app)}


def _graph_functions(app: FakeNuke) -> dict[str, Callable[..., Any]]:
    def create_node(cls: str, args: str | None = None, inpanel: bool | None = None) -> Any:
        above = [node for node in app.context[-1]._children if node["selected"].value()]
        node = app._made(cls, {})
        words = shlex.split(args or "")
        for name, text in zip(words[::2], words[1::2]):  # noqa: B905 (Python 3.9)
            node[name].setValue(node[name]._parsed(text))
        if above and app.maximum_inputs(node):
            node.setInput(0, above[-1])
        for other in app.context[-1]._children:
            other["selected"]._value = other is node
        if inpanel is not False:
            node.showControlPanel()
        return node

    def delete(node: Any) -> None:
        for other in node._parent._children:
            other._inputs = {number: above for number, above in other._inputs.items() if above is not node}
        node._parent._children.remove(node)
        for gone in app._everything(node) if isinstance(node, Group) else [node]:
            gone._alive = False

    def selected_nodes(wanted: str | None = None) -> list[Any]:
        return [node for node in all_nodes(wanted) if node["selected"].value()]

    def all_nodes(wanted: str | None = None, group: Any = None) -> list[Any]:
        return [node for node in (group or app.context[-1])._children if wanted in (None, node._class)]

    def selected_node() -> Any:
        if not selected_nodes():
            raise ValueError("no node selected")
        return selected_nodes()[-1]

    def execute(node: Any, start: Any, end: Any, incr: Any, views: Any, go_on: bool) -> None:
        if views is not None and not set(views) <= {"main"}:
            raise fault(f"there are no views {views}")
        writer = app.root.node(node) if isinstance(node, str) else node
        writer._check_alive()
        if writer._class != "Write":
            raise RuntimeError(f"{writer.name()} is not executable")
        first, last = start if start is not None else app.root.firstFrame(), end if end is not None else start
        for frame in range(first, last + 1, incr or 1):
            if app.refusals.get(frame):
                raise RuntimeError(app.refusals[frame].pop(0))
            app.executed.append((images.write_file(writer, frame), frame))

    return {
        "root": lambda: app.root, "createNode": create_node, "delete": delete, "execute": execute,
        "allNodes": all_nodes,
        "toNode": lambda name: app.context[-1].node(name) or app.root.node(name), "selectedNodes": selected_nodes,
        "selectedNode": selected_node, "thisNode": lambda: app.callbacks.about[-1][0],
        "thisKnob": lambda: app.callbacks.about[-1][1], "thisGroup": lambda: app.context[-1],
        "getColorspaceList": _colorspaces, "filenameFilter": lambda path: app.path_filter(path),
    }  # fmt: skip


def _script_functions(app: FakeNuke) -> dict[str, Callable[..., Any]]:
    def frame(number: int | None = None) -> int:
        app.frame = app.frame if number is None else number
        return app.frame

    def save_as(path: str | None = None, overwrite: int = -1) -> None:
        if Path(path or "").exists() and overwrite in (0, -1):
            raise RuntimeError(f"{path} exists already")
        app.callbacks.tell("OnScriptSave", app.root)
        app.root._knobs["name"]._value = str(path)
        whole = {"root": script_text.root_written(app.root), "nodes": script_text.written(app.root.nodes())}
        Path(path or "").write_text(json.dumps(whole), "utf-8")

    def copy(target: str) -> bool:
        chosen = [node for node in app.context[-1]._children if node["selected"].value()]
        text = script_text.written(chosen)
        if target == CLIPBOARD:
            app.clipboard = text
        else:
            Path(target).write_text(text, "utf-8")
        return bool(chosen)

    def paste(source: str) -> Any:
        text = app.clipboard if source == CLIPBOARD else Path(source).read_text("utf-8")
        made = script_text.read(app, text, app.context[-1])
        for node in app.context[-1]._children:
            node["selected"]._value = node in made
        app._introduce(made)
        return made[-1] if made else None

    return {
        "frame": frame, "scriptSaveAs": save_as, "scriptClear": lambda *_: app._clear(), "nodeCopy": copy,
        "nodePaste": paste, "pluginAddPath": lambda path, also=True: app._add_plugin_path(path, also),
        "executeInMainThread": app.events.execute_in_main_thread,
        "executeInMainThreadWithResult": app.events.execute_in_main_thread_with_result,
    }  # fmt: skip


def _window_functions(app: FakeNuke) -> dict[str, Callable[..., Any]]:
    def message(text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"nuke.message takes a text, not {text!r}")
        app.messages.append(text)

    def ask(text: str) -> bool:
        if not app.answers:
            raise fault(f"Nuke asked {text!r} and the test has no answer ready")
        return bool(app.answers.pop(0))

    def menu(name: str) -> menus.Menu:
        if not app.gui:
            raise fault(f"nuke.menu({name!r}) in a Nuke without a window")
        return app.menus.setdefault(name, menus.Menu(app.run_script))

    return {
        "message": message, "ask": ask, "menu": menu, "views": lambda: ["main"],
        "filenameFilter": lambda path: path,
        "tprint": lambda value, *_: app.printed.append(str(value)),
    }  # fmt: skip


def _callback_functions(app: FakeNuke) -> dict[str, Callable[..., Any]]:
    def changes(change: Callable[..., None], kind: str) -> Callable[..., None]:
        def registered(call: Any, args: Any, kwargs: Any, cls: str, node: Any = None) -> None:
            change(kind, cls, (call, args if isinstance(args, tuple) else (args,), kwargs, node))

        return registered

    added = {f"add{kind}": changes(app.callbacks.add, kind) for kind in KINDS}
    return {**added, **{f"remove{kind}": changes(app.callbacks.remove, kind) for kind in KINDS}}


def _colorspaces(knob: Any) -> list[str]:
    if not isinstance(knob, ColorspaceKnob):
        raise fault(f"{knob!r} isn't a colorspace knob")
    return knob.values()


class _Constructors(Strict):
    """nuke.nodes: a function for each class of node, which takes knobs and `inputs`."""

    def __init__(self, app: FakeNuke) -> None:
        self._app = app

    def __getattr__(self, cls: str) -> Any:
        if cls not in CLASSES:
            return super().__getattr__(cls)
        construct = checked(f"nuke.nodes.{cls}", "(**kwargs)", lambda **values: values)
        return lambda **values: self._app._made(cls, construct(**values))


def _undo(app: FakeNuke) -> type:
    class Undo(Strict):
        """Counted, so that what is left disabled shows."""

        def __init__(self, name: str = "") -> None:
            pass

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: Any) -> None:
            pass

        @staticmethod
        def disable() -> None:
            app.undo_disabled += 1

        @staticmethod
        def enable() -> None:
            app.undo_disabled -= 1

    return Undo
