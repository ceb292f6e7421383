# SPDX-License-Identifier: GPL-3.0-or-later
"""From a decoded movie frame to RGB, exactly.

libswscale would do, but its 16-bit output is up to two 8-bit levels off, even from RGB to RGB, and depends on flags.
So it only unpacks odd layouts; the matrix is ours.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

# ITU-T H.273 matrix coefficients -> (kr, kb); FCC, 601 (625 and 525 lines), 240M, 2020
_COEFFICIENTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
_FULL_RANGE, _LIMITED_RANGE = 2, 1
_SUBSAMPLING = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (4, 1): "411", (4, 4): "410", (1, 2): "440"}


def to_rgb(frame: Any) -> npt.NDArray[np.float32]:
    """A PyAV VideoFrame as float32 (h, w, 3) RGB; [0, 1] is black to white, limited range may step outside."""
    frame = _unpacked(frame)
    components = [part for part in frame.format.components if not part.is_alpha]
    bits = components[0].bits
    planes = [_plane(frame.planes[part.plane], bits) for part in components]
    if frame.format.is_rgb:
        return np.multiply(cv2.merge(planes), np.float32(1 / (2**bits - 1)), dtype=np.float32)
    if len(planes) == 1:
        full = frame.color_range != _LIMITED_RANGE  # grey is full range unless tagged
        black, white = (0.0, 2.0**bits - 1) if full else (16 * 2.0 ** (bits - 8), 235 * 2.0 ** (bits - 8))
        grey = (planes[0].astype(np.float32) - np.float32(black)) / np.float32(white - black)
        return np.repeat(grey[..., None], 3, axis=2)
    codes = cv2.merge([_at_size_of(planes[0], plane) for plane in planes]).astype(np.float32)
    return np.asarray(cv2.transform(codes, _matrix(frame, bits)), np.float32)


def _unpacked(frame: Any) -> Any:
    """The frame with one plane a component, 8 to 16 bits, little endian."""
    layout, parts = frame.format, frame.format.components
    bits = max(part.bits for part in parts)
    colour = [part for part in parts if not part.is_alpha]
    separate = len({part.plane for part in parts}) == len(parts) and 8 <= bits <= 16
    if separate and not layout.is_big_endian and not layout.has_palette:
        return frame
    if layout.is_rgb or layout.has_palette or layout.name.startswith("xyz"):
        return frame.reformat(format="gbrp" if bits <= 8 else "gbrp16le")
    if len(colour) == 1:
        return frame.reformat(format="gray" if bits <= 8 else "gray16le")
    # Same depth and subsampling: only moves samples, so range and precision stay.
    steps = tuple(round(getattr(frame, side) / getattr(colour[1], side)) for side in ("width", "height"))
    return frame.reformat(format=f"yuv{_SUBSAMPLING.get(steps, '444')}p" + ("" if bits == 8 else f"{bits}le"))


def _plane(plane: Any, bits: int) -> npt.NDArray[Any]:
    """A plane's samples (h, w), without the padding at the line ends; a view into the frame's buffer."""
    dtype = np.dtype(np.uint8 if bits == 8 else "<u2")
    lines = np.frombuffer(plane, dtype).reshape(plane.height, plane.line_size // dtype.itemsize)
    return lines[:, : plane.width]


def _at_size_of(luma: npt.NDArray[Any], plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if plane.shape == luma.shape:
        return plane
    (height, width), (rows, columns) = luma.shape, plane.shape
    # By whole factors, then cropped: an odd width must not stretch the colour.
    step_x, step_y = round(width / columns), round(height / rows)
    large = cv2.resize(plane, None, fx=step_x, fy=step_y, interpolation=cv2.INTER_LINEAR)
    return large[:height, :width]


def _matrix(frame: Any, bits: int) -> npt.NDArray[np.float32]:
    """The 3x4 matrix from Y, Cb, Cr code values and 1 to RGB."""
    large = frame.width >= 1280 or frame.height > 576
    red, blue = _COEFFICIENTS.get(frame.colorspace, _COEFFICIENTS[1 if large else 5])
    green = 1 - red - blue
    rgb = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    unit = 2.0 ** (bits - 8)
    if frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj"):
        zero, reach = np.array([0, 128, 128]) * unit, np.full(3, 2.0**bits - 1)
    else:
        zero, reach = np.array([16, 128, 128]) * unit, np.array([219, 224, 224]) * unit
    rgb = rgb / reach
    return np.column_stack([rgb, -rgb @ zero]).astype(np.float32)
