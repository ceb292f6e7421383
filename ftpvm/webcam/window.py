# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: pygame's events become calls to the session, what the session shows becomes pixels."""

from __future__ import annotations

import math
import os
import textwrap
from types import ModuleType
from typing import Any

from ftpvm.errors import MissingDependencyError

from .keys import Key, keys, press
from .session import Session
from .views import Fit, Size

_LOOKS = 60  # times a second that the window looks for events and new frames
_SIDES = 960, 1280  # px: between these the window's long side is at first
_PAD, _LINE, _TEXT, _LETTER = 10, 20, 20, 9  # px; a letter is narrower on average
_COLUMN, _KEY = 308, 84  # of the help: how wide, and how far right of a key is what it does
_PAPER, _GROUND, _INK = (18, 18, 20), (0, 0, 0, 170), (235, 235, 238)
_ACCENT, _RED = (250, 176, 64), (255, 110, 100)

Text = tuple[str, tuple[int, int, int], int, int]  # what, its colour, px from the left, row


def require_pygame() -> ModuleType:
    """pygame; MissingDependencyError where it isn't installed."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ImportError as error:
        raise MissingDependencyError(
            'The live window needs pygame: install it with `pip install "ftpvm[webcam]"`.'
        ) from error
    return pygame


class Window:
    """A window on the screen, for frames of a size. MissingDependencyError without pygame or a screen."""

    def __init__(self, frame: Size) -> None:
        self._pygame = pygame = require_pygame()
        try:
            pygame.display.init()
            pygame.display.set_mode(_first_size(frame), pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()
            raise MissingDependencyError(
                f"There is no screen to open a window on ({error}): run it on a desktop."
            ) from error
        pygame.font.init()
        self._font = pygame.font.Font(None, _TEXT)
        self._caption = ""
        self._shown: object = None
        self._picture: object = None

    @property
    def _screen(self) -> Any:
        """Asked for each time: resizing makes a new one."""
        return self._pygame.display.get_surface()

    def run(self, session: Session) -> None:
        """Until the user leaves; raises what went wrong in the session for good."""
        clock = self._pygame.time.Clock()
        while not session.closed:
            fit = Fit.of(session.frame_size, self._screen.get_size())
            for event in self._pygame.event.get():
                self._handle(event, session, fit)
            session.tick()
            self._draw(session, Fit.of(session.frame_size, self._screen.get_size()))
            clock.tick(_LOOKS)

    def close(self) -> None:
        """Take it off the screen."""
        self._pygame.font.quit()
        self._pygame.display.quit()

    def _handle(self, event: Any, session: Session, fit: Fit) -> None:
        pygame = self._pygame
        if event.type == pygame.QUIT:
            session.leave()
        elif event.type == pygame.KEYDOWN:
            name = pygame.key.name(event.key)
            press(session, "return" if name == "enter" else name)  # the number pad has one too
        elif event.type == pygame.MOUSEWHEEL:
            session.resize_brush(event.y)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_LEFT:
            session.press_at(fit.to_frame(event.pos))
        elif event.type == pygame.MOUSEMOTION and event.buttons[0]:
            session.drag_to(fit.to_frame(event.pos))
        elif event.type == pygame.MOUSEBUTTONUP and event.button == pygame.BUTTON_LEFT:
            session.release()
        elif event.type == pygame.WINDOWEXPOSED:
            self._shown = None

    def _draw(self, session: Session, fit: Fit) -> None:
        """Only when something has changed: the network needs the processor more."""
        picture = session.picture(fit.size)
        mouse = self._pygame.mouse.get_pos() if session.painting else None
        shown = id(picture), fit, session.status, session.message, session.help, session.box, session.radius, mouse
        if shown == self._shown:
            return
        self._shown, self._picture = shown, picture  # held, so that no other gets its id
        self._screen.fill(_PAPER)
        if picture is not None:
            self._screen.blit(self._pygame.image.frombuffer(picture, fit.size, "RGB"), (fit.left, fit.top))
        self._draw_tool(session, fit)
        self._draw_words(session)
        self._pygame.display.flip()

    def _draw_tool(self, session: Session, fit: Fit) -> None:
        """The box while it is dragged, or the brush's outline at the mouse."""
        pygame = self._pygame
        if session.box is not None:
            (x0, y0), (x1, y1) = (fit.to_window(corner) for corner in session.box)
            sides = abs(x1 - x0), abs(y1 - y0)
            pygame.draw.rect(self._screen, _ACCENT, pygame.Rect((min(x0, x1), min(y0, y1)), sides), 2)
        elif session.painting is not None and session.brush is not None and pygame.mouse.get_focused():
            pygame.draw.circle(self._screen, _ACCENT, pygame.mouse.get_pos(), max(2, session.radius * fit.scale), 1)

    def _draw_words(self, session: Session) -> None:
        width, height = self._screen.get_size()
        words = session.status if session.painting else [*session.status, session.speed]
        self._panel([("   ".join(words), _RED if session.recording else _INK, 0, 0)], _PAD)
        if session.message:
            lines = textwrap.wrap(session.message, max(20, (width - 4 * _PAD) // _LETTER))
            self._panel([(line, _ACCENT, 0, row) for row, line in enumerate(lines)], 2 * _PAD + _LINE + _PAD)
        if session.help:
            help_ = _help(keys(session), width)
            self._panel(help_, height - 2 * _PAD - _LINE * (1 + max(row for *_, row in help_)))
        caption = " | ".join(["ftpvm webcam", *session.status])
        if caption != self._caption:
            self._caption = caption
            self._pygame.display.set_caption(caption)

    def _panel(self, texts: list[Text], top: int) -> None:
        """Texts on a dark ground at the left of the window, which begins at `top`."""
        drawn = [(self._font.render(text, True, colour), x, row) for text, colour, x, row in texts]
        width, rows = max(x + text.get_width() for text, x, _ in drawn), 1 + max(row for *_, row in drawn)
        ground = self._pygame.Surface((width + 2 * _PAD, rows * _LINE + _PAD), self._pygame.SRCALPHA)
        ground.fill(_GROUND)
        for text, x, row in drawn:
            ground.blit(text, (_PAD + x, _PAD // 2 + row * _LINE + (_LINE - text.get_height()) // 2))
        self._screen.blit(ground, (_PAD, top))


def _help(table: tuple[Key, ...], width: int) -> list[Text]:
    """Keys in as many columns as a window of this width has room for."""
    rows = math.ceil(len(table) / max(1, (width - 2 * _PAD) // _COLUMN))
    texts: list[Text] = []
    for i, key in enumerate(table):
        left, row = i // rows * _COLUMN, i % rows
        texts += [(key.shown, _ACCENT, left, row), (key.says, _INK, left + _KEY, row)]
    return texts


def _first_size(frame: Size) -> Size:
    scale = min(max(1.0, _SIDES[0] / max(frame)), _SIDES[1] / max(frame))
    return round(frame[0] * scale), round(frame[1] * scale)
