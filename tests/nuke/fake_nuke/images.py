# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels: what each class of node makes of its inputs, and real files read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from . import roto
from .colour import to_linear, to_srgb
from .strictness import fault

RGB = ("rgba.red", "rgba.green", "rgba.blue")
RGBA = (*RGB, "rgba.alpha")
_NAMES = dict(zip("RGBA", RGBA))  # noqa: B905 (Python 3.9)
_DATATYPES = {"16 bit half": "half", "32 bit float": "float", "8 bit": "uint8", "16 bit": "uint16"}
_COMPRESSION = {"none": "none", "Zip (1 scanline)": "zips", "Zip (16 scanlines)": "zip", "RLE": "rle"}


@dataclass
class Image:
    """channels: scene-linear float32 of (height, width) by Nuke's names, top row first. box: left, top, right, bottom
    outside which all is zero."""

    width: int
    height: int
    channels: dict[str, np.ndarray]
    box: tuple[int, int, int, int]

    @classmethod
    def full(cls, width: int, height: int, channels: dict[str, np.ndarray]) -> Image:
        return cls(width, height, channels, (0, 0, width, height))

    def plane(self, name: str) -> np.ndarray:
        """A channel, zero where there is none."""
        return self.channels.get(name, np.zeros((self.height, self.width), np.float32))


def render(node: Any, frame: int) -> Image:
    """The picture that comes out of `node`. RuntimeError where Nuke would show an error."""
    if node is None:
        raise fault("an image was asked of an input with nothing in it")
    if node["disable"].value():
        return _input(node, frame)
    return _RENDERERS[node._class](node, frame)


def size(node: Any) -> tuple[int, int]:
    """Width and height of the picture that comes out of `node`."""
    try:
        image = render(node, node._app.frame)
    except RuntimeError:
        return node._app.format._width, node._app.format._height
    return image.width, image.height


def write_file(node: Any, frame: int) -> Path:
    """What a Write does at a frame; returns the path. RuntimeError where it can't."""
    path, file_type = Path(node["file"]._at(frame)), node["file_type"].value()
    if not file_type:
        raise RuntimeError(f"{node.name()}: no file type is chosen")
    if not path.parent.is_dir():
        raise RuntimeError(f"{node.name()}: {path.parent}: No such file or directory")
    image = _halved(_input(node, frame)) if node._app.root.proxy() else _input(node, frame)
    names = {"rgb": RGB, "rgba": RGBA, "alpha": RGBA[3:]}[node["channels"].value()]
    if file_type == "png" and len(names) == 1:
        raise fault("what Nuke writes into a PNG of alpha alone isn't known")
    encode = to_srgb if node["colorspace"].is_encoded() and not node["raw"].value() else np.asarray
    pixels = np.stack([encode(image.plane(name)) if name in RGB else image.plane(name) for name in names], -1)
    _save(path, image, np.ascontiguousarray(pixels, np.float32), names, node)
    return path


def _save(path: Path, image: Image, pixels: np.ndarray, names: tuple[str, ...], node: Any) -> None:
    kind = _DATATYPES[node["datatype"].value()]
    left, top, right, bottom = (0, 0, image.width, image.height)
    if path.suffix == ".exr":  # its data window may be smaller than the picture, but never empty
        left, top, right, bottom = image.box if image.box[2] > image.box[0] else (0, image.height - 1, 1, image.height)
    spec = oiio.ImageSpec(right - left, bottom - top, len(names), kind)
    spec.x, spec.y, spec.full_width, spec.full_height = left, top, image.width, image.height
    spec.channelnames = tuple(key for key, name in _NAMES.items() if name in names)
    spec.attribute("oiio:UnassociatedAlpha", 1)  # numbers go into the file as they are
    if path.suffix == ".exr":
        spec.attribute("compression", _COMPRESSION[node["compression"].value()])
    file = oiio.ImageOutput.create(str(path))
    if not file or not file.open(str(path), spec):
        raise RuntimeError(f"{node.name()}: {path}: {oiio.geterror() or file.geterror()}")
    written = file.write_image(np.ascontiguousarray(pixels[top:bottom, left:right]))
    if not (file.close() and written):
        raise RuntimeError(f"{node.name()}: {path}: {file.geterror()}")


def _halved(image: Image) -> Image:
    height, width = image.height // 2, image.width // 2
    shrunk = {
        name: plane[: height * 2, : width * 2].reshape(height, 2, width, 2).mean((1, 3))
        for name, plane in image.channels.items()
    }
    return Image.full(width, height, shrunk)


def _input(node: Any, frame: int, number: int = 0) -> Image:
    if node._inputs.get(number) is None:
        return Image(node._app.format._width, node._app.format._height, {}, (0, 0, 0, 0))
    return render(node._inputs[number], frame)


def _outside(node: Any, frame: int) -> Image:
    return _input(node._parent, frame, node["number"].value())


def _group(node: Any, frame: int) -> Image:
    if node.output() is None:
        raise RuntimeError(f"{node.name()}: no Output")
    return render(node.output(), frame)


def _copy(node: Any, frame: int) -> Image:
    below, above = _input(node, frame, 0), _input(node, frame, 1)
    channels = dict(below.channels)
    for n in range(4):
        source, target = node[f"from{n}"].value(), node[f"to{n}"].value()
        if "none" not in (source, target):
            channels[target] = _aligned(above.plane(source), below.height, below.width)
    return Image.full(below.width, below.height, channels)


def _aligned(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Cropped or filled up at the top and the right, since Nuke counts from the bottom left."""
    placed = np.zeros((height, width), np.float32)
    h, w = min(height, plane.shape[0]), min(width, plane.shape[1])
    placed[height - h :, :w] = plane[plane.shape[0] - h :, :w]
    return placed


def _switch(node: Any, frame: int) -> Image:
    return _input(node, frame, int(node["which"].value()))


def _grade(node: Any, frame: int) -> Image:
    image, by = _input(node, frame), node["multiply"].value()
    factors = by if isinstance(by, list) else [by] * 3
    graded = {name: image.plane(name) * np.float32(factors[n]) for n, name in enumerate(RGB) if name in image.channels}
    return replace(image, channels={**image.channels, **graded})


def _constant(node: Any, frame: int) -> Image:
    form = node._app.format
    shape = form._height, form._width
    planes = {name: np.full(shape, node["color"].value()[n], np.float32) for n, name in enumerate(RGBA)}
    return Image.full(form._width, form._height, planes)


def _roto(node: Any, frame: int) -> Image:
    below = _input(node, frame)
    matte = roto.draw(node["curves"]._value, frame, below.height, below.width)
    rows, columns = np.flatnonzero(matte.any(1)), np.flatnonzero(matte.any(0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else (0, 0, 0, 0)
    if node._inputs.get(0) is not None:
        box = (0, 0, below.width, below.height)
    return Image(below.width, below.height, {**below.channels, "rgba.alpha": matte}, box)


def _read(node: Any, frame: int) -> Image:
    wanted = _file_frame(node, frame)
    if wanted is None:
        return _empty(_file(node, node["first"].value()))
    image = _file(node, wanted)
    how = node["on_error"].value()
    if image is not None:
        return image
    if how == "error":
        raise RuntimeError(f"{node.name()}: {node['file']._at(wanted)}: No such file or directory")
    first, last = node["first"].value(), node["last"].value()
    there = [f for f in range(first, last + 1) if how == "nearest frame" and _file(node, f) is not None]
    if there:
        return _file(node, min(there, key=lambda f: abs(f - wanted)))  # type: ignore[return-value]
    blank = _empty(None, node._app.format)
    squares = np.indices((blank.height, blank.width)).sum(0) // 8 % 2 if how == "checkerboard" else None
    return blank if squares is None else replace(blank, channels=dict.fromkeys(RGBA, squares.astype(np.float32)))


def _empty(like: Image | None, form: Any = None) -> Image:
    width, height = (like.width, like.height) if like else (form._width, form._height)
    return Image.full(width, height, {name: np.zeros((height, width), np.float32) for name in RGBA})


def _file_frame(node: Any, frame: int) -> int | None:
    """The number of the file that a Read shows at `frame`; None for black."""
    first, last, typed = node["first"].value(), node["last"].value(), node["frame"].value()
    if typed:
        mode = node["frame_mode"].value()
        if mode == "expression":
            raise fault("the fake's Read takes no expression")
        frame = frame - int(float(typed)) + (first if mode == "start at" else 0)
    if first <= frame <= last:
        return frame
    how, length = node["before" if frame < first else "after"].value(), last - first + 1
    if how == "bounce":
        at = (frame - first) % max(2 * length - 2, 1)
        return first + min(at, 2 * length - 2 - at)
    return {"hold": min(max(frame, first), last), "loop": first + (frame - first) % length, "black": None}[how]


def _file(node: Any, number: int) -> Image | None:
    """A file as Nuke first saw it: what was written since is seen after a reload only."""
    path = node["file"]._at(number)
    path = node._app.path_filter(path) or path
    if path not in node._kept:
        encoded = node["colorspace"].is_encoded() and not node["raw"].value()
        node._kept[path] = _load(path, encoded) if Path(path).is_file() else None
    return node._kept[path]


def _load(path: str, encoded: bool) -> Image:
    hints = oiio.ImageSpec()
    hints.attribute("oiio:UnassociatedAlpha", 1)
    file = oiio.ImageInput.open(path, hints)
    if not file:
        raise RuntimeError(f"{path}: {oiio.geterror()}")
    spec = file.spec()
    pixels = file.read_image(format="float")
    file.close()
    image = Image(
        spec.full_width, spec.full_height, {}, (spec.x, spec.y, spec.x + spec.width, spec.y + spec.height)
    )  # fmt: skip
    left, top, right, bottom = image.box
    for number, key in enumerate(spec.channelnames):
        plane = np.zeros((image.height, image.width), np.float32)
        plane[top:bottom, left:right] = pixels[..., number]
        is_grey = key == "Y" and not path.endswith(".exr")
        for name in RGB if is_grey else [_NAMES.get(key, f"other.{key}")]:
            image.channels[name] = to_linear(plane).astype(np.float32) if encoded and name in RGB else plane
    return image


_RENDERERS: dict[str, Callable[[Any, int], Image]] = {
    "Group": _group, "StudioLook": _group, "Input": _outside, "Output": _input, "Dot": _input, "NoOp": _input,
    "Write": _input, "Read": _read, "Copy": _copy, "Switch": _switch, "Roto": _roto, "RotoPaint": _roto,
    "Grade": _grade, "Constant": _constant,
}  # fmt: skip
