# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be called, how, and from where: all of it is held against signatures.json, and nothing unknown passes."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BOOK = json.loads((Path(__file__).resolve().parents[1] / "signatures.json").read_text("utf-8"))
OFTEN_LEFT_OUT = {"chan", "oc", "quote", "context"}  # the interpreter's help doesn't say that these may be

faults: list[str] = []  # of this test; its fixture fails on them, so no `except` in the node can hide one


def fault(sentence: str) -> AssertionError:
    """A note of a call that Nuke wouldn't take, to be raised."""
    faults.append(sentence)
    return AssertionError(sentence)


class Strict:
    """An object whose unknown attributes are faults, also for hasattr and getattr with a default, and when set.

    absent: names that one may ask for, since kindred classes have them. settable: those that one may set.
    """

    absent: frozenset[str] = frozenset()
    settable: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self.absent:  # Python itself asks for the former
            raise AttributeError(name)
        raise fault(f"{type(self).__name__}.{name} isn't known to the fake")

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in self.settable:
            raise fault(f"{type(self).__name__}.{name} can't be set")
        super().__setattr__(name, value)

    def _check_alive(self) -> None:
        """ValueError where Nuke has deleted what stands behind this object."""


def strict(nuke_class: str, section: str = "classes", any_thread: bool = False) -> Callable[[type], type]:
    """Class decorator: public methods must be ones that `nuke_class` or its bases have, and are checked when called."""

    def decorate(cls: type) -> type:
        for name, method in list(vars(cls).items()):
            if inspect.isfunction(method) and not name.startswith("_"):
                full = f"{nuke_class}.{name}"
                setattr(cls, name, checked(full, _method(nuke_class, name, section), method, any_thread))
        return cls

    return decorate


def checked(name: str, text: str, call: Callable[..., Any], any_thread: bool = False) -> Callable[..., Any]:
    """`call`, behind the checks: the thread, the arguments as the signature `text` has them, objects that are gone."""
    form = signature(text)

    @functools.wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not any_thread and threading.current_thread() is not threading.main_thread():
            raise fault(f"{name} was called outside the main thread")
        try:
            bound = form.bind(*args, **kwargs)
            bound.apply_defaults()
        except TypeError as error:
            faults.append(f"{name}{text}: {error}")
            raise TypeError(faults[-1]) from None
        if args and isinstance(args[0], Strict):
            args[0]._check_alive()
        return call(*bound.args, **bound.kwargs)

    return wrapper


def function(name: str, call: Callable[..., Any], any_thread: bool = False) -> Callable[..., Any]:
    """A function of the module, checked."""
    return checked(f"nuke.{name}", BOOK["functions"][name], call, any_thread)


def _method(cls: str, name: str, section: str) -> str:
    while cls != "object":
        known = BOOK[section][cls]
        if name in known["methods"]:
            return known["methods"][name]
        cls = known["bases"][0]
    raise LookupError(f"the fake has a method that Nuke doesn't: {name}")


@functools.cache
def signature(text: str) -> inspect.Signature:
    arguments = ast.parse(f"def f{text}: pass").body[0].args  # type: ignore[attr-defined]
    required = len(arguments.args) - len(arguments.defaults)
    parameters = []
    for number, argument in enumerate(arguments.args):
        default = None if argument.arg in OFTEN_LEFT_OUT else inspect.Parameter.empty
        if number >= required:
            value = arguments.defaults[number - required]
            default = None if isinstance(value, ast.Attribute) else ast.literal_eval(value)  # sys.stdout
        parameters.append(inspect.Parameter(argument.arg, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default))
    if arguments.vararg:
        parameters.append(inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL))
    if arguments.kwarg:
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)
