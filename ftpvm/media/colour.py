# SPDX-License-Identifier: GPL-3.0-or-later
"""From a file's colour space to the picture a plain sRGB viewer shows, which is what the network was trained on."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ftpvm.errors import ColorspaceError

STUDIO_CONFIG = "ocio://studio-config-latest"


class SrgbView:
    """Turns images of one colour space into sRGB, in place.

    colorspace: "srgb" (pixels pass), "linear" (linear Rec.709), "cineon" (Kodak log, as DPX headers mean it), or a
        name, alias or role of the OCIO config.
    ocio_config: an .ocio file or an "ocio://..." name; None takes $OCIO, else OCIO's newest studio config.

    There is no tone mapping: values are clipped to [0, 1] and sRGB-encoded. So a linear render gives the very pixels
    its PNG gives, as in Blender's "Standard" and Nuke's sRGB view, and the same number gives the same pixel on every
    frame, where a tone curve fitted to a frame would flicker. What is above 1 is white, nothing below it is darkened.

    Raises ColorspaceError for an unknown space (it lists close names) or a config that can't be used.
    """

    def __init__(self, colorspace: str, ocio_config: str | Path | None = None) -> None:
        name = colorspace.lower()
        self._processor: Any = None
        self.identity = name
        if name != "srgb":
            processor = _own_processor(name) or _config_processor(colorspace, ocio_config)
            self.identity = processor.getCacheID()
            self._processor = processor.getDefaultCPUProcessor()
            self._ceiling = _largest_safe_input(self._processor)

    def __call__(self, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Convert a C-contiguous float32 (h, w, 3) image in place and return it: finite, in [0, 1]; NaN becomes 0."""
        if self._processor is not None:
            # A matrix would spread NaN and Inf to the other channels, so they go first.
            image[np.isnan(image)] = 0
            np.clip(image, -self._ceiling, self._ceiling, out=image)
            self._processor.applyRGB(image)
        np.fmax(image, 0, out=image)  # fmax, not clip: it turns NaN into 0
        return np.fmin(image, 1, out=image)


def _own_processor(name: str) -> Any:
    """The processor for a space that needs no config, or None."""
    if name not in ("linear", "cineon"):
        return None
    import PyOpenColorIO as ocio

    group = ocio.GroupTransform()
    if name == "cineon":
        # Kodak's numbers: black 95, white 685 of 1023, 0.002 density a code, film gamma 0.6.
        black = 10 ** ((95 - 685) * 0.002 / 0.6)
        log = {"logSideSlope": 0.6 / 0.002 / 1023, "logSideOffset": 685 / 1023}
        linear = {"linSideSlope": 1 - black, "linSideOffset": black}
        values = {key: [value] * 3 for key, value in (log | linear).items()}
        density = ocio.LogAffineTransform(**values, direction=ocio.TRANSFORM_DIR_INVERSE)
        density.setBase(10)
        group.appendTransform(density)
    srgb = ocio.ExponentWithLinearTransform(direction=ocio.TRANSFORM_DIR_INVERSE)
    srgb.setGamma([2.4, 2.4, 2.4, 1.0])
    srgb.setOffset([0.055, 0.055, 0.055, 0.0])
    group.appendTransform(srgb)
    return ocio.Config.CreateRaw().getProcessor(group)


def _config_processor(colorspace: str, ocio_config: str | Path | None) -> Any:
    import PyOpenColorIO as ocio

    origin = str(ocio_config or os.environ.get("OCIO") or STUDIO_CONFIG)
    try:
        config = ocio.Config.CreateFromFile(origin)
    except (ocio.Exception, ocio.ExceptionMissingFile) as error:
        raise ColorspaceError(f"The OCIO config {origin} can't be used: {_first_line(error)}") from error
    if config.getColorSpace(colorspace) is None:
        raise ColorspaceError(f"{origin} has no colour space {colorspace!r}; {_suggestion(colorspace, config)}")
    try:
        return ocio.Config.GetProcessorToBuiltinColorSpace(config, colorspace, "sRGB - Texture")
    except (ocio.Exception, ocio.ExceptionMissingFile) as error:
        raise ColorspaceError(
            f"{origin} can't convert {colorspace!r} to sRGB; give its interchange roles or take another config: "
            f"{_first_line(error)}"
        ) from error


def _suggestion(colorspace: str, config: Any) -> str:
    """ "did you mean ...", from names, aliases and roles; the config's names when nothing is close."""
    names = list(config.getColorSpaceNames())
    pool = {alias.lower(): name for name in names for alias in config.getColorSpace(name).getAliases()}
    pool |= {name.lower(): name for name in (*config.getRoleNames(), *names, "srgb", "linear", "cineon")}
    wanted = colorspace.lower()
    near = [key for key in pool if wanted in key] + difflib.get_close_matches(wanted, pool, n=5, cutoff=0.5)
    close = list(dict.fromkeys(pool[key] for key in near))[:5]
    if close:
        return f"did you mean {', '.join(map(repr, close))}?"
    return f"it has {', '.join(map(repr, names[:20]))}{', ...' if len(names) > 20 else ''}."


def _largest_safe_input(processor: Any) -> float:
    """The largest value that stays finite through the processor: half's maximum for linear, little for logs."""
    for ceiling in (65504.0, 256.0, 16.0, 4.0, 2.0):
        corners = np.array(np.meshgrid(*[[-ceiling, 0, ceiling]] * 3), np.float32).reshape(3, -1).T.copy()
        processor.applyRGB(corners)
        if np.isfinite(corners).all():
            return ceiling
    return 1.0


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
