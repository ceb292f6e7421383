# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen of its own for a window: Xvfb, with keys and mouse through XTEST, as if by hand."""

import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("Xlib", reason="python-xlib, which sends real keys, isn't installed")

from Xlib import XK, X, display
from Xlib.error import BadWindow
from Xlib.ext import xtest

Point = tuple[float, float]


class Screen:
    """An X server as a context manager; skips the test where there is no Xvfb."""

    def __init__(self, width: int, height: int) -> None:
        if shutil.which("Xvfb") is None:
            pytest.skip("Xvfb, a virtual screen, isn't installed (Debian and Ubuntu: apt install xvfb)")
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._server.stdout is not None
        self.name = f":{self._server.stdout.readline().strip()}"  # it says which number was free, once it is up
        self._display = display.Display(self.name)
        self._root = self._display.screen().root

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()
        self._server.terminate()
        self._server.wait(10)
        assert self._server.stdout is not None
        self._server.stdout.close()

    def press(self, key: str) -> None:
        """A key by X's name, down and up."""
        code = self._display.keysym_to_keycode(XK.string_to_keysym(key))
        for event in (X.KeyPress, X.KeyRelease):
            self._fake(event, code)

    def drag(self, *points: Point) -> None:
        """The left button goes down at the first point, moves along the others, and goes up."""
        self._fake(X.MotionNotify, x=round(points[0][0]), y=round(points[0][1]))
        self._fake(X.ButtonPress, 1)
        for x, y in points[1:]:
            self._fake(X.MotionNotify, x=round(x), y=round(y))
        self._fake(X.ButtonRelease, 1)

    def scroll_up(self) -> None:
        """One step of the wheel."""
        self._fake(X.ButtonPress, 4)
        self._fake(X.ButtonRelease, 4)

    def resize(self, width: int, height: int) -> None:
        """As when the window's corner is dragged."""
        self._window().configure(width=width, height=height)
        self._display.sync()

    def close_window(self) -> None:
        """As the button in its corner does."""
        from Xlib.protocol import event

        atoms = [self._display.intern_atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW")]
        window = self._window()
        message = event.ClientMessage(window=window, client_type=atoms[0], data=(32, [atoms[1], 0, 0, 0, 0]))
        window.send_event(message)
        self._display.sync()

    def title(self) -> str:
        """Of the window; empty without one."""
        name, window = self._display.intern_atom("_NET_WM_NAME"), self._window()
        try:
            held = window and window.get_full_property(name, X.AnyPropertyType)
        except BadWindow:  # gone meanwhile
            return ""
        return held.value.decode() if held else ""

    def wait(self, title: Callable[[str], bool] | str, process: "subprocess.Popen[str]", seconds: float = 60) -> None:
        """Until the title is so, or has this in it; fails when the program ends or `seconds` have passed."""
        holds = title if callable(title) else lambda text: title in text
        end = time.monotonic() + seconds
        while not holds(self.title()):
            assert process.poll() is None, f"it ended: {process.communicate()}"
            assert time.monotonic() < end, f"the title stayed {self.title()!r}"
            time.sleep(0.02)

    def picture(self) -> np.ndarray:
        """uint8 (h, w, 3) RGB: what is on the whole screen."""
        sides = self._root.get_geometry()
        raw = self._root.get_image(0, 0, sides.width, sides.height, X.ZPixmap, 0xFFFFFFFF)
        bgra = np.frombuffer(raw.data, np.uint8).reshape(sides.height, sides.width, 4)
        return bgra[..., 2::-1]

    def _window(self) -> Any:
        windows = self._root.query_tree().children
        return windows[0] if windows else None

    def _fake(self, event: int, detail: int = 0, **place: int) -> None:
        xtest.fake_input(self._display, event, detail, **place)
        self._display.sync()
        time.sleep(0.03)  # a hand isn't quicker
