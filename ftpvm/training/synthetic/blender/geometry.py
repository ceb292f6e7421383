# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes from numpy arrays: balls, tubes, sheets and outlines with holes."""

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

UP = np.array([0.0, 0.0, 1.0])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def place(obj: Any, into: Any, location: Sequence[float] = (0, 0, 0), parent: Any = None, material: Any = None) -> Any:
    """Link an object into its collection, at its place under its parent, with its material."""
    into.objects.link(obj)
    obj.location, obj.parent = tuple(location), parent
    if material is not None:
        obj.data.materials.append(material)
    return obj


def joint(into: Any, location: Sequence[float] = (0, 0, 0), parent: Any = None) -> Any:
    """A point that others turn around."""
    return place(bpy.data.objects.new("Joint", None), into, location, parent)


def mesh(vertices: np.ndarray, faces: Any, into: Any, material: Any, parent: Any = None, smooth: bool = True) -> Any:
    """An object from vertices (n, 3) and faces, lists of vertex numbers."""
    data = bpy.data.meshes.new("Mesh")
    data.from_pydata(np.asarray(vertices, float).tolist(), [], [list(map(int, face)) for face in faces])
    if smooth:
        data.shade_smooth()
    return place(bpy.data.objects.new("Mesh", data), into, parent=parent, material=material)


def grid_faces(rows: int, columns: int, around: bool = False) -> np.ndarray:
    """Quads (m, 4) of a grid of vertices in row order; `around` joins the last column to the first."""
    row, column = np.mgrid[: rows - 1, : columns if around else columns - 1].reshape(2, -1)
    following = (column + 1) % columns
    corners = [row * columns + column, row * columns + following, (row + 1) * columns + following]
    return np.stack([*corners, (row + 1) * columns + column], axis=1)


def smooth_path(points: Any, n: int) -> np.ndarray:
    """(n, d) points on a Catmull-Rom spline through `points` (k, d), ends included."""
    p = np.asarray(points, float)
    p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    at = np.linspace(0, len(p) - 3 - 1e-9, n)
    i, t = at.astype(int), (at % 1)[:, None]
    a, b, c, d = (p[i + k] for k in range(4))
    return np.asarray(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3))


def tube(
    path: np.ndarray, radii: Any, into: Any, material: Any, parent: Any = None, *, sides: int = 14, front: Any = None
) -> Any:
    """A closed tube along `path` (n, 3) with round ends.

    radii: a number, (n,), or (n, 2) for an elliptical section, across and along `front`.
    """
    path = np.asarray(path, float)
    radius = np.broadcast_to(np.asarray(radii, float).reshape(-1, 1) if np.ndim(radii) < 2 else radii, (len(path), 2))
    along = unit(np.gradient(path, axis=0))
    bow = np.linspace(0, np.pi / 2, 5)[1:]
    cap = [(path[i], along[i] * sign, radius[i]) for i, sign in ((0, -1), (-1, 1))]
    caps = [
        (p + np.sin(bow)[:, None] * way * r.mean(), np.cos(bow)[:, None] * r + 1e-4, np.repeat(abs(way)[None], 4, 0))
        for p, way, r in cap
    ]
    path = np.concatenate([caps[0][0][::-1], path, caps[1][0]])
    radius = np.concatenate([caps[0][1][::-1], radius, caps[1][1]])
    along = np.concatenate([np.repeat(along[:1], 4, 0), along, np.repeat(along[-1:], 4, 0)])
    vertices = path[:, None] + _rings(along, radius, sides, front)
    return mesh(vertices.reshape(-1, 3), grid_faces(len(path), sides, around=True), into, material, parent)


def _rings(along: np.ndarray, radius: np.ndarray, sides: int, front: Any) -> np.ndarray:
    """Offsets (n, sides, 3) of the rings; the frame turns as little as it can."""
    depth = np.asarray(front if front is not None else np.eye(3)[np.argmin(abs(along[0]))], float)
    rings = []
    angle = np.arange(sides) * 2 * np.pi / sides
    for way, (across, deep) in zip(along, radius, strict=True):
        depth = unit(depth - way * (depth @ way))
        side = np.cross(way, depth)
        rings.append(across * np.cos(angle)[:, None] * side + deep * np.sin(angle)[:, None] * depth)
    return np.array(rings)


def ball(
    radii: Any, into: Any, material: Any, location: Any = (0, 0, 0), parent: Any = None, *, detail: int = 20
) -> Any:
    """An ellipsoid around its own origin."""
    polar = np.linspace(1e-3, np.pi - 1e-3, detail)[:, None]
    angle = np.arange(2 * detail)[None] * np.pi / detail
    vertices = np.stack([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar) + 0 * angle], -1)
    obj = mesh((vertices * radii).reshape(-1, 3), grid_faces(detail, 2 * detail, True), into, material, parent)
    obj.location = tuple(location)
    return obj


def lathe(profile: Any, into: Any, material: Any, parent: Any = None, *, folds: int = 0, depth: float = 0.0) -> Any:
    """A surface turned around z from a profile (n, 2) of radius and height; folds grow along it, like a skirt's."""
    profile = np.asarray(profile, float)
    angle = np.arange(64)[None] * np.pi / 32
    grow = np.linspace(0, 1, len(profile))[:, None]
    radius = profile[:, :1] * (1 + depth * grow * np.cos(folds * angle))
    vertices = np.stack([radius * np.cos(angle), radius * np.sin(angle), profile[:, 1:] + 0 * angle], axis=-1)
    return mesh(vertices.reshape(-1, 3), grid_faces(len(profile), 64, True), into, material, parent)


def plate(outlines: list[np.ndarray], thickness: float, into: Any, material: Any, parent: Any = None) -> Any:
    """A bevelled plate in the xy plane; every outline (n, 2) inside another cuts a hole."""
    data = bpy.data.curves.new("Plate", "CURVE")
    data.dimensions, data.fill_mode = "2D", "BOTH"
    data.extrude, data.bevel_depth = thickness / 2, thickness * 0.12
    for outline in outlines:
        spline = data.splines.new("POLY")
        spline.points.add(len(outline) - 1)
        spline.points.foreach_set("co", np.pad(outline, ((0, 0), (0, 2))).astype(np.float32).ravel())
        spline.use_cyclic_u = True
    return place(bpy.data.objects.new("Plate", data), into, parent=parent, material=material)


def circle(radius: float, n: int = 32, centre: Any = (0, 0)) -> np.ndarray:
    """An outline (n, 2)."""
    angle = np.arange(n) * 2 * np.pi / n
    return np.asarray(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1) + centre)
