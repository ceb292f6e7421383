# SPDX-License-Identifier: GPL-3.0-or-later
"""From a box or a few strokes to a trimap: GrabCut (Rother et al., SIGGRAPH 2004), as OpenCV has it, and an edge zone.

GrabCut cuts hard. What it can't be sure of becomes unknown: a band along its edge, and beside the band whatever has a
colour of the other side, as hair before a wall has.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ftpvm.errors import TrimapError
from ftpvm.trimaps.bands import trimap_from_matte
from ftpvm.trimaps.levels import three_levels

Image = NDArray[np.float32]
Mask = NDArray[np.uint8]
Model = NDArray[np.float64]  # (1, 65): 5 Gaussians' weights, 5x3 means, 5x9 covariances of BGR, 0 to 255

_LONG_SIDE = 640  # px at which GrabCut works: it takes seconds at HD, and its edge is given up anyway
_ROUNDS = 5
_BAND = 0.012  # of the long side, to either side of the edge
_DOUBT = 3  # bands: how far from the edge a misleading colour counts
_SPECK = 0.05  # of the largest part's area
_MIN_BOX = 4  # px


def trimap_from_box(image: Image, box: tuple[int, int, int, int]) -> Image:
    """Trimap float32 (h, w) of 0, 0.5 and 1 of what stands out in a box; all outside is background.

    Args:
        image: (h, w, 3) in [0, 1], sRGB.
        box: x, y, width, height in px from the top left, cropped to the picture.

    Raises:
        TrimapError: the box is too small, covers the whole picture, or nothing stands out in it.
    """
    height, width = image.shape[:2]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    if min(right - left, bottom - top) < _MIN_BOX:
        raise TrimapError("The box is too small or outside the picture: draw it around the whole object.")
    if (right - left, bottom - top) == (width, height):
        raise TrimapError("The box covers the whole picture: leave out some background, or paint strokes instead.")
    hints = np.full((height, width), cv2.GC_BGD, np.uint8)
    hints[top:bottom, left:right] = cv2.GC_PR_FGD
    trimap = _cut(image, hints)
    trimap[hints == cv2.GC_BGD] = 0
    return trimap


def trimap_from_strokes(image: Image, strokes: Image) -> Image:
    """Trimap float32 (h, w) of 0, 0.5 and 1 from strokes (h, w): 1 on the object, 0 beside it, 0.5 where none is.

    image: (h, w, 3) in [0, 1], sRGB. Raises TrimapError where one kind of stroke is missing.
    """
    for level, kind, where in ((1, "foreground (white)", "on the object"), (0, "background (black)", "beside it")):
        if not (strokes == level).any():
            raise TrimapError(f"There is no {kind} stroke: paint one {where}.")
    hints = np.select([strokes == 1, strokes == 0], [cv2.GC_FGD, cv2.GC_BGD], cv2.GC_PR_BGD).astype(np.uint8)
    trimap = _cut(image, hints)
    return np.where(strokes == 0.5, trimap, strokes)


def _cut(image: Image, hints: Mask) -> Image:
    """The trimap of GrabCut's mask for hints (h, w) of its four classes."""
    height, width = hints.shape
    scale = min(1.0, _LONG_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize((image * 255).round().astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    mask = _shrunk(hints, size)
    bgr, background, foreground = cv2.cvtColor(small, cv2.COLOR_RGB2BGR), np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)  # the same hints give the same trimap
    try:  # with a mask, the box is not looked at
        cv2.grabCut(bgr, mask, (0, 0, 1, 1), background, foreground, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error as error:  # too few pixels of one kind to learn its colours from
        raise TrimapError("There is too little to learn colours from: make the box or the strokes larger.") from error
    inside = _without_specks(mask).astype(np.float32)
    if not inside.any():
        raise TrimapError("Nothing stands out from the background there: paint strokes on the object and beside it.")
    trimap = _with_doubts(inside, np.asarray(bgr, np.float64), background, foreground)
    return three_levels(cv2.resize(trimap, (width, height), interpolation=cv2.INTER_LINEAR))


def _shrunk(hints: Mask, size: tuple[int, int]) -> Mask:
    """Hints at another size (width, height): a thin stroke must not fall between its pixels."""
    small = cv2.resize(hints, size, interpolation=cv2.INTER_NEAREST)
    for kind in (cv2.GC_BGD, cv2.GC_FGD):
        touched = cv2.resize((hints == kind).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.2
        small[touched] = kind
    return np.asarray(small)


def _without_specks(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """What GrabCut takes for the object, without parts that are small and unpainted: elsewhere, with its colours."""
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    _, parts, facts, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    areas = np.array(facts[:, cv2.CC_STAT_AREA])
    areas[0] = 0  # the outside
    wanted = areas >= _SPECK * max(1, areas.max())
    wanted[np.unique(parts[mask == cv2.GC_FGD])] = True
    return np.asarray(wanted[parts])


def _with_doubts(inside: Image, bgr: NDArray[np.float64], background: Model, foreground: Model) -> Image:
    """The mask `inside` (h, w) with its edge, and misleading colours near it, made unknown."""
    band = max(1, round(_BAND * max(inside.shape)))
    trimap = trimap_from_matte(inside, inner=band, outer=band)
    near = trimap_from_matte(inside, inner=_DOUBT * band, outer=_DOUBT * band) == 0.5
    colours = bgr.reshape(-1, 3)
    gain = (_log_likelihood(foreground, colours) - _log_likelihood(background, colours)).reshape(inside.shape)
    misleading = np.where(inside == 1, gain < 0, gain > 0)
    trimap[near & misleading] = 0.5
    return trimap


def _log_likelihood(model: Model, colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well a model explains each of the colours (n, 3), BGR from 0 to 255."""
    weights, means, covariances = np.split(model.ravel(), [5, 20])
    density = np.full(len(colours), 1e-300)
    for weight, mean, covariance in zip(weights, means.reshape(5, 3), covariances.reshape(5, 3, 3), strict=True):
        if weight > 0:
            spread = covariance + np.eye(3) * 0.01
            offset = colours - mean
            distance = np.einsum("ni,ij,nj->n", offset, np.linalg.inv(spread), offset)
            density += weight * np.exp(-distance / 2) / np.sqrt(np.linalg.det(spread))
    return np.log(density)
