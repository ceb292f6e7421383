# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP-VM Matte: key a mask or paint a trimap on a few frames, press Propagate Matte. Registration only."""

from types import ModuleType

import bpy

from . import compositor, overlay, panels, preferences, results, session, setting_up, settings, trimap_images
from .operators import compositor as compositor_operator
from .operators import cut_out, keyframes, propagate, setup, trimaps

MODULES: tuple[ModuleType, ...] = (
    settings, results, compositor, compositor_operator, setting_up, preferences, session, setup, propagate, keyframes,
    trimap_images, cut_out, trimaps, panels, overlay,
)  # fmt: skip


def register() -> None:
    for module in MODULES:
        for cls in getattr(module, "CLASSES", ()):
            bpy.utils.register_class(cls)
        getattr(module, "register", lambda: None)()


def unregister() -> None:
    for module in reversed(MODULES):
        getattr(module, "unregister", lambda: None)()
        for cls in reversed(getattr(module, "CLASSES", ())):
            bpy.utils.unregister_class(cls)
