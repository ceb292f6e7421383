# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes of nodes the fake knows, each with the knobs that may be relied on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .colour import ColorspaceKnob
from .graph import Gizmo, Group, Node, Root
from .knobs import (
    AColor_Knob,
    Array_Knob,
    Boolean_Knob,
    Double_Knob,
    Enumeration_Knob,
    File_Knob,
    Format_Knob,
    Int_Knob,
    Knob,
    Multiline_Eval_String_Knob,
    PyScript_Knob,
    String_Knob,
    _Curves_Knob,
)
from .roto import Layer


def _choice(name: str, *values: str, at: int = 0) -> Enumeration_Knob:
    knob = Enumeration_Knob(name, None, list(values))
    knob._value = knob._default = values[at]
    return knob


def _common() -> list[Knob]:
    return [
        String_Knob("name"), Multiline_Eval_String_Knob("label"), Double_Knob("xpos"), Double_Knob("ypos"),
        Boolean_Knob("selected"), Int_Knob("tile_color"), Boolean_Knob("disable"), Boolean_Knob("postage_stamp"),
        String_Knob("note_font"), Boolean_Knob("hide_input"),
    ]  # fmt: skip


def _read() -> list[Knob]:
    return [
        File_Knob("file"), File_Knob("proxy"), Format_Knob("format"),
        *(Int_Knob(name, None, 1) for name in ("first", "last", "origfirst", "origlast")),
        _choice("before", "hold", "loop", "bounce", "black"), _choice("after", "hold", "loop", "bounce", "black"),
        _choice("frame_mode", "expression", "start at", "offset"), String_Knob("frame"), ColorspaceKnob("colorspace"),
        Boolean_Knob("raw"), Boolean_Knob("premultiplied"),
        _choice("on_error", "error", "black", "checkerboard", "nearest frame"), PyScript_Knob("reload"),
        _choice("localizationPolicy", "on", "from auto-localize path", "on demand", "off", at=1),
    ]  # fmt: skip


def _write() -> list[Knob]:
    return [
        File_Knob("file"), _choice("file_type", "", "exr", "png"), _choice("channels", "rgb", "rgba", "alpha"),
        ColorspaceKnob("colorspace"), Boolean_Knob("raw"),
    ]  # fmt: skip


def write_knobs(file_type: str) -> list[Knob]:
    """The knobs that a Write has only once its file type is set."""
    if file_type == "exr":
        compressions = ("none", "Zip (1 scanline)", "Zip (16 scanlines)", "PIZ Wavelet (32 scanlines)", "RLE")
        return [_choice("datatype", "16 bit half", "32 bit float"), _choice("compression", *compressions, at=1)]
    return [_choice("datatype", "8 bit", "16 bit")] if file_type else []


def _copy() -> list[Knob]:
    return [_choice(f"{end}{n}", *_CHANNELS, at=4 if n == 0 else 0) for n in range(4) for end in ("from", "to")]


_CHANNELS = ("none", "rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")


def _roto() -> list[Knob]:
    curves = _Curves_Knob("curves")
    curves._value = Layer("Root")
    return [curves]


def _root() -> list[Knob]:
    return [
        Int_Knob("first_frame", None, 1), Int_Knob("last_frame", None, 100), Double_Knob("fps", None, 24.0),
        Boolean_Knob("proxy"), Format_Knob("format"), _choice("colorManagement", "Nuke", "OCIO"),
        String_Knob("OCIO_config"), String_Knob("workingSpaceLUT", None, "linear"),
    ]  # fmt: skip


# Class -> how its Python object is made, its knobs, how many inputs it takes
CLASSES: dict[str, tuple[type, Callable[[], list[Knob]], int]] = {
    "Root": (Root, _root, 0),
    "Group": (Group, list, 0),  # as many inputs as it has Input nodes
    "StudioLook": (Gizmo, list, 0),
    "Input": (Node, lambda: [Int_Knob("number")], 0),
    "Output": (Node, list, 1),
    "Dot": (Node, list, 1),
    "NoOp": (Node, list, 1),
    "Read": (Node, _read, 0),
    "Write": (Node, _write, 1),
    "Copy": (Node, _copy, 2),
    "Switch": (Node, lambda: [Array_Knob("which", None, 0)], 10),
    "Roto": (Node, _roto, 1),
    "RotoPaint": (Node, _roto, 1),
    "Grade": (Node, lambda: [AColor_Knob("multiply", None, 1.0)], 1),
    "Constant": (Node, lambda: [AColor_Knob("color", None, [0.0, 0.0, 0.0, 0.0])], 0),
}


def make_node(app: Any, cls: str, parent: Any) -> Node:
    """A node of a known class with its knobs at their defaults, in no group yet."""
    python_class, knobs, _ = CLASSES[cls]
    return python_class(app, cls, [*_common(), *knobs()], parent)
