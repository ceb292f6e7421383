# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoke, steam and dust: a few puffs that fade towards their edge. A volume would cost a hundred times as much."""

from typing import Any

import numpy as np

from ..geometry import ball
from ..materials import cover, facing, math_node, principled, random_colour, texture


def smoke(rng: np.random.Generator, into: Any) -> None:
    """A rising column or a cloud."""
    mats = [_puff(rng, random_colour(rng, 0.4, 0.1)) for _ in range(2)]
    column, n = rng.random() < 0.6, int(rng.integers(7, 14))
    for t in np.linspace(0, 1, n):
        spread = 0.1 + 0.45 * t if column else 0.5
        at = rng.normal(0, spread * 0.6, 3) * [1, 1, 0.3] + [0, 0, 2 * t if column else rng.normal(0, 0.25)]
        radius = rng.uniform(0.5, 1.1) * spread
        ball(radius * rng.uniform(0.8, 1.3, 3), into, mats[rng.integers(2)], at, detail=16)


def _puff(rng: np.random.Generator, colour: np.ndarray) -> Any:
    """Thick where the ball is seen face on, nothing at its rim, torn by noise."""
    mat = principled(colour, 1.0, Specular_IOR_Level=0.0)
    body = math_node(mat, "SUBTRACT", 1.0, facing(mat, 0.5))
    body = math_node(mat, "POWER", body, rng.uniform(1.5, 3.0))
    torn = texture(rng, mat, "ShaderNodeTexNoise", rng.uniform(2, 6))
    torn.node.inputs["Detail"].default_value = 2
    torn = math_node(mat, "MULTIPLY_ADD", torn, 3.0, -1.0)
    coverage = math_node(mat, "MULTIPLY", math_node(mat, "MULTIPLY", body, torn), rng.uniform(0.7, 1.0))
    # Both sides of a ball would count otherwise.
    back = mat.node_tree.nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"]
    cover(mat, math_node(mat, "MULTIPLY", coverage, math_node(mat, "SUBTRACT", 1.0, back)))
    return mat
