# SPDX-License-Identifier: GPL-3.0-or-later
"""Ellipsoids and strands of hair, in a collection, under a parent."""

import bpy  # first: it brings bmesh and mathutils
import numpy as np

# isort: split
import bmesh
from mathutils import Vector, noise


def put(obj, collection, location=(0, 0, 0), parent=None, mat=None):
    """Link an object into its collection, in place, under its parent, with its material."""
    collection.objects.link(obj)
    obj.location, obj.parent = location, parent
    if mat:
        obj.data.materials.append(mat)
    return obj


def ball(name, collection, location, radii, mat, parent=None, detail=4, rough=0.0):
    """A smooth ellipsoid; `rough` turns it into a stone."""
    mesh = bpy.data.meshes.new(name)
    tool = bmesh.new()
    bmesh.ops.create_icosphere(tool, subdivisions=detail, radius=1)
    for vertex in tool.verts:
        shift = rough * noise.fractal(vertex.co * 1.3 + Vector(location), 0.8, 2.0, 4) if rough else 0
        vertex.co = Vector(c * r for c, r in zip(vertex.co * (1 + shift), radii, strict=True))
    tool.to_mesh(mesh)
    tool.free()
    mesh.shade_smooth()
    return put(bpy.data.objects.new(name, mesh), collection, location, parent, mat)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def strands(name, collection, points, radius, tint, mat, parent=None):
    """Hair curves from points (n, k, 3), the root radius (n,) and colours (n, k, 3); they taper to the tip."""
    n, k, _ = points.shape
    data = bpy.data.hair_curves.new(name)
    data.add_curves([k] * n)
    data.position_data.foreach_set("vector", points.astype(np.float32).ravel())
    taper = radius[:, None] * np.linspace(1.0, 0.15, k)
    data.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", taper.astype(np.float32).ravel())
    rgba = np.concatenate([tint, np.ones((n, k, 1))], axis=2).astype(np.float32)
    data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", rgba.ravel())
    return put(bpy.data.objects.new(name, data), collection, parent=parent, mat=mat)
