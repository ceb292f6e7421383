# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key does what, in the one table that the window obeys and shows."""

from collections.abc import Callable
from dataclasses import dataclass

from .painting import Brush
from .session import Session
from .views import View


@dataclass(frozen=True)
class Key:
    """name: pygame's. shown and says: for the help on the screen."""

    name: str
    shown: str
    says: str
    act: Callable[[Session], None]


_ALWAYS = (
    Key("h", "H", "hide or show these keys", lambda s: s.toggle_help()),
    Key("q", "Q", "quit", lambda s: s.leave()),
)
LIVE = (
    Key("space", "Space", "freeze a frame to mark on it", lambda s: s.freeze()),
    Key("c", "C", "composite", lambda s: s.show(View.COMPOSITE)),
    Key("m", "M", "matte", lambda s: s.show(View.MATTE)),
    Key("t", "T", "trimap", lambda s: s.show(View.TRIMAP)),
    Key("a", "A", "all of them", lambda s: s.show(View.ALL)),
    Key("b", "B", "next background", lambda s: s.change_background()),
    Key("r", "R", "start or end a recording", lambda s: s.record()),
    *_ALWAYS,
)
PAINTING = (
    Key("return", "Enter", "go: this is the keyframe", lambda s: s.go()),
    Key("a", "A", "go: one more keyframe", lambda s: s.go(add=True)),
    Key("x", "X", "box: drag it around the object", lambda s: s.choose(None)),
    Key("f", "F", "paint foreground", lambda s: s.choose(Brush.FOREGROUND)),
    Key("u", "U", "paint unknown", lambda s: s.choose(Brush.UNKNOWN)),
    Key("b", "B", "paint background", lambda s: s.choose(Brush.BACKGROUND)),
    Key("up", "Up", "larger brush, or wheel", lambda s: s.resize_brush(1)),
    Key("down", "Down", "smaller brush, or wheel", lambda s: s.resize_brush(-1)),
    Key("g", "G", "cut out what strokes mark", lambda s: s.cut_strokes()),
    Key("z", "Z", "undo", lambda s: s.undo()),
    Key("backspace", "Backspace", "start over", lambda s: s.clear()),
    Key("escape", "Esc", "back to live", lambda s: s.thaw()),
    *_ALWAYS,
)


def keys(session: Session) -> tuple[Key, ...]:
    """Those that do something now."""
    return LIVE if session.painting is None else PAINTING


def press(session: Session, name: str) -> None:
    """A key went down; nothing happens if it isn't one of ours."""
    for key in keys(session):
        if key.name == name:
            key.act(session)
            return
