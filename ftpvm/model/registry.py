# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks by the name that `--which_model` takes."""

from collections.abc import Callable
from typing import Any

from ..errors import SettingsError
from .network import FastTrimapPropagationVideoMatting

MODELS: dict[str, Callable[..., FastTrimapPropagationVideoMatting]] = {"FTPVM": FastTrimapPropagationVideoMatting}


def build_model(which_model: str = "FTPVM", **options: Any) -> FastTrimapPropagationVideoMatting:
    """Build a network by name; `options` go to its constructor.

    Raises:
        SettingsError: no network has that name.
    """
    try:
        build = MODELS[which_model]
    except KeyError:
        raise SettingsError(f"There is no model {which_model!r}; known models: {', '.join(sorted(MODELS))}.") from None
    return build(**options)
