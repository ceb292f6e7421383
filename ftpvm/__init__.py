# SPDX-License-Identifier: GPL-3.0-or-later
"""ftpvm: video matting by trimap propagation."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Lazily: `import ftpvm` must stay free of torch.
    if name == "FTPVM":
        from .model import FastTrimapPropagationVideoMatting

        return FastTrimapPropagationVideoMatting
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
