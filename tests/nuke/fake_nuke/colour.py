# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour: the names each colour management offers, and what they do to numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .knobs import Enumeration_Knob

# Name -> is it encoded as sRGB, or linear light? Nuke's own, and a few of an OCIO config.
SPACES = {
    "Nuke": {"linear": False, "sRGB": True},
    "OCIO": {"ACES - ACEScg": False, "Utility - Linear - sRGB": False, "Utility - sRGB - Texture": True},
}
_DEFAULTS = {
    "Nuke": {"float": "linear", "integer": "sRGB"},
    "OCIO": {"float": "ACES - ACEScg", "integer": "Utility - sRGB - Texture"},
}


class ColorspaceKnob(Enumeration_Knob):
    """The knob of Read and Write: reads "default (sRGB)" where it goes by the file's type."""

    def __init__(self, name: str) -> None:
        super().__init__(name, None, ["default"])

    def Class(self) -> str:
        return "Enumeration_Knob"

    def values(self) -> list[str]:
        return [self._shown("default"), *SPACES[self._management()]]

    def value(self) -> str:
        return self._shown(self._value)

    def is_encoded(self) -> bool:
        """Whether files hold sRGB-encoded values."""
        name = self._default_name() if self._value == "default" else self._value
        return SPACES[self._management()][name]

    def _taken(self, value: Any) -> str:
        if value in self._node._app.refused_spaces:
            return self._value
        return "default" if value in ("default", self._shown("default")) else super()._taken(value)

    def _shown(self, value: str) -> str:
        return f"default ({self._default_name()})" if value == "default" else value

    def _default_name(self) -> str:
        path = self._node["file"]._value.lower()
        return _DEFAULTS[self._management()]["integer" if path.endswith((".png", ".jpg", ".mov", ".mp4")) else "float"]

    def _management(self) -> str:
        return self._node._app.root["colorManagement"].value()


def to_linear(encoded: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, the inverse."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
