# SPDX-License-Identifier: GPL-3.0-or-later
"""How a kind moves: people walk, gesture and turn, cloth flutters, everything else is turned before the camera."""

from collections.abc import Callable
from functools import partial
from typing import Any

import bpy
import numpy as np

from .geometry import joint
from .kinds import KINDS
from .kinds.cloth import folds, sheer, sheet
from .kinds.person import Body, build, juggle, reach, stand, stride, walk
from .studio import points_of

Pose = Callable[[float], None]  # at a moment of the act, 0 to 1


def act(kind: str, rng: np.random.Generator, into: Any) -> Pose:
    """Build one of a kind into a collection, and what puts it where it is at a moment."""
    return {"person": _person, "cloth": _cloth}.get(kind, partial(_turntable, kind))(rng, into)


def _person(rng: np.random.Generator, into: Any) -> Pose:
    """From one random pose to another, turning, half of them on walking legs."""
    body = build(rng, into)
    start, end = (_posed(rng, body) for _ in range(2))
    walks, strides, effort = rng.random() < 0.5, rng.uniform(0.3, 1.5), rng.uniform(0.2, 0.7)
    heading, turn, first = rng.uniform(-np.pi, np.pi), rng.normal(0, 1.3), rng.uniform(0, 2 * np.pi)

    def pose(moment: float) -> None:
        if walks:
            walk(body, first + 2 * np.pi * strides * moment, effort)
        share = (1 - np.cos(np.pi * moment)) / 2
        for name, angles in start.items():
            if not (walks and name.endswith(("hip", "knee", "ankle"))):
                body.turn(name, *(angles + share * (end[name] - angles)))
        body.turn("hips", 0, 0, heading + turn * moment)

    return pose


def _posed(rng: np.random.Generator, body: Body) -> dict[str, np.ndarray]:
    """The angles (3,) of every joint in a random pose."""
    (juggle, stride, reach, reach, stand)[int(rng.integers(5))](rng, body)
    return {name: np.array(at.rotation_euler) for name, at in body.joints.items()}


def _cloth(rng: np.random.Generator, into: Any) -> Pose:
    """A sheer sheet in the wind, swinging a little."""
    v, u = np.mgrid[-1:1:90j, -1:1:90j]
    seed, speed, swing = int(rng.integers(1 << 31)), rng.uniform(1, 6), rng.normal(0, 0.5)
    at_rest = folds(np.random.default_rng(seed), u, v, 0.0)
    mat = sheer(rng)
    obj = sheet(into, mat, at_rest)
    _fasten(mat, obj.data, at_rest)

    def pose(moment: float) -> None:
        points = folds(np.random.default_rng(seed), u, v, speed * moment)
        obj.data.vertices.foreach_set("co", points.astype(np.float32).ravel())
        obj.data.update()
        obj.rotation_euler = (0, 0, swing * moment)

    return pose


def _fasten(mat: Any, mesh: Any, at_rest: np.ndarray) -> None:
    """Make a material's patterns go with the points of a mesh, instead of standing in space."""
    mesh.attributes.new("at_rest", "FLOAT_VECTOR", "POINT").data.foreach_set("vector", at_rest.astype("f").ravel())
    tree = mat.node_tree
    place = tree.nodes.new("ShaderNodeAttribute")
    place.attribute_name = "at_rest"
    for link in [link for link in tree.links if link.from_node.bl_idname == "ShaderNodeTexCoord"]:
        tree.links.new(place.outputs["Vector"], link.to_socket)


def _turntable(kind: str, rng: np.random.Generator, into: Any) -> Pose:
    """Turned about the vertical, swaying."""
    KINDS[kind][0](rng, into)
    loose = [obj for obj in into.objects if obj.parent is None]
    bpy.context.view_layer.update()
    base = joint(into, points_of(into).mean(0))
    for obj in loose:
        obj.parent, obj.location = base, obj.location - base.location
    heading, turn, sway = rng.uniform(-np.pi, np.pi), rng.normal(0, 1.5), rng.normal(0, 0.25, 2)
    if kind in ("wig", "wire", "machine"):
        heading = 0.3 * heading  # with a front that is worth seeing

    def pose(moment: float) -> None:
        lean = np.sin(2 * np.pi * moment)
        base.rotation_euler = (sway[0] * lean, sway[1] * lean, heading + turn * (moment - 0.5))

    return pose
