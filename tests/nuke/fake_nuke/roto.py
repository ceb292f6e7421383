# SPDX-License-Identifier: GPL-3.0-or-later
"""nuke.rotopaint as far as the keys go, and matte pixels drawn from polygons, so that mattes depend on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .strictness import Strict, strict

Point = tuple  # x and y, from the bottom left, in pixels
PARTS = ("center", "leftTangent", "rightTangent", "featherCenter", "featherLeftTangent", "featherRightTangent")


class _Part(Strict):
    """Layers, shapes, strokes, points and curves are told apart by what they have."""

    absent = frozenset((*PARTS, "getControlPointKeyTimes", "getTransformKeyTimes", "getTransform"))
    settable = frozenset((*PARTS, "name"))


@strict("AnimControlPoint", section="rotopaint")
class AnimControlPoint(_Part):
    """Keys by frame: a position, or what is added to one."""

    def __init__(self, keys: dict[float, Point] | None = None) -> None:
        self._keys = dict(keys or {})

    def getControlPointKeyTimes(self) -> list[float]:
        return sorted(map(float, self._keys))


@strict("AnimTransform", section="rotopaint")
class AnimTransform(_Part):
    """Keys by frame: a translation."""

    def __init__(self) -> None:
        self._keys: dict[float, Point] = {}

    def getTransformKeyTimes(self) -> list[float]:
        return sorted(map(float, self._keys))


class ShapeControlPoint(_Part):
    """A point with its tangents and feather."""

    def __init__(self, keys: dict[float, Point]) -> None:
        for part in PARTS:
            setattr(self, part, AnimControlPoint(keys if part == "center" else None))


@strict("Element", section="rotopaint")
class Element(_Part):
    """What a layer holds; iterable."""

    def __init__(self, name: str) -> None:
        self.name, self._transform = name, AnimTransform()
        self._items: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: int) -> Any:
        return self._items[number]

    def getTransform(self) -> AnimTransform:
        return self._transform


class Layer(Element):
    """Holds layers, shapes and strokes, and moves them."""


class Shape(Element):
    """A polygon."""


class Stroke(Element):
    """A painted line. Leaves no mark here."""


def polygon(layer: Layer, keys: dict[int, list[Point]], name: str = "Bezier1") -> Shape:
    """A shape in `layer`, all of whose points are keyed at the frames of `keys`."""
    shape = Shape(name)
    for number in range(len(next(iter(keys.values())))):
        shape._items.append(ShapeControlPoint({frame: points[number] for frame, points in keys.items()}))
    layer._items.append(shape)
    return shape


def key_transform(element: Element, keys: dict[int, Point]) -> None:
    """Move a shape or all that is in a layer, by so much at these frames."""
    element._transform._keys.update(keys)


def key_curve(curve: AnimControlPoint, keys: dict[int, Point]) -> None:
    """Key a curve of a point at these frames."""
    curve._keys.update(keys)


def draw(root: Layer, frame: float, height: int, width: int) -> np.ndarray:
    """The matte of all shapes, float32 of (height, width), 0 or 1 and in between along edges."""
    matte = np.zeros((height, width), np.float32)
    for points in _polygons(root, frame, np.zeros(2)):
        matte = np.maximum(matte, _inside(points, height, width))
    return matte


def _polygons(element: Element, frame: float, moved: np.ndarray) -> Iterator[np.ndarray]:
    moved = moved + _at(element._transform._keys, frame)
    if isinstance(element, Layer):
        for child in element:
            yield from _polygons(child, frame, moved)
    elif isinstance(element, Shape):
        yield np.array([_at(point.center._keys, frame) for point in element]) + moved


def _at(keys: dict[float, Point], frame: float) -> np.ndarray:
    times = sorted(keys)
    if not times:
        return np.zeros(2)
    return np.array([np.interp(frame, times, [keys[time][axis] for time in times]) for axis in (0, 1)])


def _inside(points: np.ndarray, height: int, width: int, fine: int = 3) -> np.ndarray:
    """Even-odd coverage, from `fine` x `fine` samples a pixel."""
    x = (np.arange(width * fine) + 0.5) / fine
    y = height - (np.arange(height * fine)[:, None] + 0.5) / fine
    inside = np.zeros((height * fine, width * fine), bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0)):  # noqa: B905 (Python 3.9)
        crossed = (y0 <= y) != (y1 <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crossed & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside.reshape(height, fine, width, fine).mean((1, 3), dtype=np.float32)


def to_plain(element: Any) -> Any:
    """The tree as plain JSON, for scripts."""
    if isinstance(element, ShapeControlPoint):
        return {part: _keys_to_plain(getattr(element, part)._keys) for part in PARTS}
    if isinstance(element, AnimControlPoint):
        return _keys_to_plain(element._keys)
    return {
        "class": type(element).__name__, "name": element.name, "transform": _keys_to_plain(element._transform._keys),
        "items": [to_plain(item) for item in element],
    }  # fmt: skip


def from_plain(plain: Any) -> Any:
    """The tree that `to_plain` wrote."""
    element = {"Layer": Layer, "Shape": Shape, "Stroke": Stroke}[plain["class"]](plain["name"])
    element._transform._keys = _keys_from_plain(plain["transform"])
    for item in plain["items"]:
        if isinstance(item, list):
            element._items.append(AnimControlPoint(_keys_from_plain(item)))
        elif "class" in item:
            element._items.append(from_plain(item))
        else:
            element._items.append(ShapeControlPoint({}))
            for part in PARTS:
                setattr(element[-1], part, AnimControlPoint(_keys_from_plain(item[part])))
    return element


def _keys_to_plain(keys: dict[float, Point]) -> list[list[Any]]:
    return [[frame, list(point)] for frame, point in sorted(keys.items())]


def _keys_from_plain(plain: list[list[Any]]) -> dict[float, Point]:
    return {frame: tuple(point) for frame, point in plain}
