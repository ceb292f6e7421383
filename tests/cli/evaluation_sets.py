# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny test sets in each published layout, and what `ftpvm evaluate` leaves of them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from command_shots import Result

SIZE = (96, 64)  # width, height
WIDTH = 9  # px of trimap that suits them
Evaluate = Callable[..., Result]


def image(frame: int, seed: int = 1) -> np.ndarray:
    """uint8 (h, w, 3): soft colours that drift."""
    coarse = np.random.default_rng(seed).random((8, 12, 3), np.float32)
    return np.rint(np.roll(cv2.resize(coarse, SIZE), 2 * frame, axis=1) * 255).astype(np.uint8)


def alpha(frame: int) -> np.ndarray:
    """uint8 (h, w): a soft disc that moves."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(rows - 32, columns - 40 - 2 * frame)
    return np.rint(np.clip((22 - distance) / 6, 0, 1) * 255).astype(np.uint8)


def trimap(frame: int) -> np.ndarray:
    """uint8 (h, w) of 0, 128 and 255."""
    return np.select([alpha(frame) == 255, alpha(frame) == 0], [255, 0], 128).astype(np.uint8)


def write(path: Path, picture: np.ndarray) -> None:
    """RGB, RGBA or grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(picture.shape[-1] if picture.ndim == 3 else 1)
    assert cv2.imwrite(str(path), picture if order is None else picture[..., order])


def folder(root: Path, clips: tuple[str, ...] = ("ball",), frames: int = 3, first: int = 0) -> Path:
    """ROOT/CLIP/{frames,alpha}"""
    for clip in clips:
        for frame in range(frames):
            write(root / clip / "frames" / f"plate.{first + frame:04d}.png", image(frame, len(clip)))
            write(root / clip / "alpha" / f"alpha.{first + frame:04d}.png", alpha(frame))
    return root


def vm108(root: Path, frames: int = 3) -> Path:
    """ROOT/VideoMatting108; backgrounds are of another size."""
    base, pairs = root / "VideoMatting108", {}
    for clip in ("rope", "smoke"):
        for frame in range(frames):
            front, back = f"{clip}/{frame:05d}.png", f"street/{frame + 7:04d}.jpg"
            write(base / "FG_done" / front, np.dstack([image(frame, 2), alpha(frame)]))
            write(base / "BG_done" / back, cv2.resize(image(frame, 3), (48, 32)))
            pairs[front] = back
    (base / "frame_corr.json").write_text(json.dumps(pairs))
    (base / "val_videos.txt").write_text("rope\nsmoke\n")
    return root


def vm240k(root: Path, images: str = "com", frames: int = 3) -> Path:
    """ROOT/VideoMatte240K/CLIP/{com,pha,trimap}"""
    for frame in range(frames):
        for part, picture in ((images, image(frame)), ("pha", alpha(frame)), ("trimap", trimap(frame))):
            write(root / "VideoMatte240K" / "0000" / part / f"{frame:04d}.png", picture)
    return root


def realhuman(root: Path, frames: int = 5, every: int = 2) -> Path:
    """ROOT/RealHuman, one frame in `every` annotated."""
    base = root / "RealHuman"
    for frame in range(frames):
        write(base / "image_allframe" / "walk" / f"{10 + frame:05d}.jpg", image(frame))
        if frame % every == 0:
            for part, picture in (("image", image(frame)), ("alpha", alpha(frame)), ("trimap", trimap(frame))):
                write(base / part / "walk" / f"{10 + frame:05d}.png", picture)
    return root


def rows(path: Path) -> list[dict[str, str]]:
    """Of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def grey(path: Path) -> np.ndarray:
    """A matte or alpha (h, w) in [0, 1]."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture / np.iinfo(picture.dtype).max
