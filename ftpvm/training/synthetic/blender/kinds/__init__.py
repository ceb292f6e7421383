# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sprite can be, and how often. Every kind builds itself, about one unit large, into a collection."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .cloth import cloth
from .creature import creature
from .feather import feathers
from .leaves import leaves
from .machine import machine
from .person import person
from .smoke import smoke
from .wig import wig
from .wire import wire

Kind = Callable[[np.random.Generator, Any], None]

KINDS: dict[str, tuple[Kind, float]] = {
    "person": (person, 0.36),
    "creature": (creature, 0.17),
    "wig": (wig, 0.08),
    "feathers": (feathers, 0.06),
    "leaves": (leaves, 0.09),
    "cloth": (cloth, 0.08),
    "wire": (wire, 0.05),
    "smoke": (smoke, 0.03),
    "machine": (machine, 0.08),
}
