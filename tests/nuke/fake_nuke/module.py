# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `nuke` of one Nuke: its functions, constants and classes, and nothing else."""

from __future__ import annotations

import json
import shlex
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import graph, images, knobs, menus, roto, script_text
from .callbacks import KINDS
from .colour import ColorspaceKnob
from .events import progress_task
from .graph import Group, Node
from .node_classes import CLASSES
from .strictness import BOOK, Strict, checked, fault, function, strict

CLIPBOARD = "%clipboard%"
_OF_THE_GRAPH = (
    "EXPRESSIONS", "INPUTS", "HIDDEN_INPUTS", "TO_SCRIPT", "TO_VALUE", "WRITE_NON_DEFAULT_ONLY", "WRITE_ALL",
)  # fmt: skip


def build_module(app: Any) -> Any:
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
    module.Undo, module.nodes = _Undo(app), _Constructors(app)
    module.rotopaint = types.ModuleType("nuke.rotopaint")
    for cls in (roto.Layer, roto.Shape, roto.Stroke):
        setattr(module.rotopaint, cls.__name__, cls)
    return module


def _constants(app: Any) -> dict[str, Any]:
    flags = ("STARTLINE", "ENDLINE", "READ_ONLY", "NO_ANIMATION", "NO_UNDO", "ALWAYS_SAVE")
    own = {name: getattr(knobs, name) for name in ("INVISIBLE", "DISABLED", "DO_NOT_WRITE")}
    own.update({name: getattr(graph, name) for name in _OF_THE_GRAPH})
    version = {"NUKE_VERSION_STRING": "15.0v1", "NUKE_VERSION_MAJOR": 15, "NUKE_VERSION_MINOR": 0}
    return {"GUI": app.gui, **version, **own, **{name: 1 << (12 + number) for number, name in enumerate(flags)}}


def _functions(app: Any) -> dict[str, Callable[..., Any]]:
    merged: dict[str, Callable[..., Any]] = {}
    for part in (_graph_functions, _script_functions, _window_functions, _callback_functions):
        functions = part(app)
        assert not merged.keys() & functions.keys(), merged.keys() & functions.keys()
        merged.update(functions)
    return merged


def _graph_functions(app: Any) -> dict[str, Callable[..., Any]]:
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


def _script_functions(app: Any) -> dict[str, Callable[..., Any]]:
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


def _window_functions(app: Any) -> dict[str, Callable[..., Any]]:
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
        "tprint": lambda value, *_: app.printed.append(str(value)),
    }  # fmt: skip


def _callback_functions(app: Any) -> dict[str, Callable[..., Any]]:
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

    def __init__(self, app: Any) -> None:
        self._app = app

    def __getattr__(self, cls: str) -> Any:
        if cls not in CLASSES:
            return super().__getattr__(cls)
        construct = checked(f"nuke.nodes.{cls}", "(**kwargs)", lambda **values: values)
        return lambda **values: self._app._made(cls, construct(**values))


@strict("Undo")
class _Undo(Strict):
    """Counted, so that what is left disabled shows."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def disable(self) -> None:
        self._app.undo_disabled += 1

    def enable(self) -> None:
        self._app.undo_disabled -= 1
