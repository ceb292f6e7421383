# SPDX-License-Identifier: GPL-3.0-or-later
"""What the colours of a plate are called: in Nuke, and for the worker, which turns them into what a viewer shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Names of Nuke's own and the ACES configs, in lower case, for spaces that the worker knows whatever its config is.
_KNOWN = {
    **dict.fromkeys(
        ("srgb", "srgb - texture", "srgb texture", "srgb_texture", "srgb_tx", "srgb encoded rec.709 (srgb)",
         "utility - srgb - texture", "input - generic - srgb - texture", "output - srgb", "srgb - display"), "srgb"
    ),
    **dict.fromkeys(
        ("linear", "linear rec.709 (srgb)", "lin_rec709", "lin_srgb", "utility - linear - srgb",
         "utility - linear - rec.709"), "linear"
    ),
    **dict.fromkeys(("acescg", "aces - acescg", "lin_ap1"), "ACEScg"),
    **dict.fromkeys(("aces2065-1", "aces - aces2065-1", "lin_ap0"), "ACES2065-1"),
    "cineon": "cineon",
}  # fmt: skip
# A Write's names for the picture that a plain viewer shows, the likeliest first.
_DISPLAY = (
    "srgb", "srgb - texture", "srgb encoded rec.709 (srgb)", "utility - srgb - texture", "srgb_texture", "srgb_tx",
)  # fmt: skip


def plain(name: str) -> str:
    """A colour space without the dressing of Nuke's menus: "scene_linear (ACES - ACEScg)" is ACES - ACEScg.

    Before the brackets stands "default" or a role of the config. Before a tab stands the value, after it its label.
    """
    name = name.split("\t")[0].strip()
    wrapped = re.fullmatch(r"[a-z_]+ ?\((.*)\)", name)
    return (wrapped[1] if wrapped else name).split("/")[-1].strip()


def worker_name_or_none(name: str, *, raw: bool, shared_config: bool) -> str | None:
    """What the worker calls a Read's colour space; None where only Nuke can tell what it looks like.

    raw: the Read doesn't convert. shared_config: the worker has the very OCIO config that Nuke uses.
    """
    name = plain(name)
    if raw or not name or name == "default":
        return None
    return name if shared_config else _KNOWN.get(name.lower())


def working_name(name: str, *, shared_config: bool) -> str:
    """What the worker calls Nuke's working space, in which pictures are between nodes."""
    return worker_name_or_none(name, raw=False, shared_config=shared_config) or "linear"


def display_name_or_none(names: Iterable[str]) -> str | None:
    """The colour space, of those that a Write offers, in which the written picture is what a viewer shows."""
    offered = {plain(name).lower(): plain(name) for name in names}
    return next((offered[name] for name in _DISPLAY if name in offered), None)
