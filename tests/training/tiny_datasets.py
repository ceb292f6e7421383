# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny data sets in exactly the published layouts, for tests and for running the published commands end to end."""

import json
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

PALETTE = ((0, 0, 0), (236, 95, 103), (249, 145, 87))  # YouTubeVOS: background and the first two objects


def write_all(root: Path) -> Path:
    """Every set that the two published commands use, and YouTubeVOS; returns the root."""
    for write in (distinctions646, videomatting108, bg20k, youtubevis, youtubevos):
        write(root)
    return root


def distinctions646(root: Path, pictures: int = 3, size: tuple[int, int] = (72, 96)) -> Path:
    """Distinctions646/Train/{FG,GT}/NAME_k.png: a textured ball with a soft edge and its matte; size is (h, w)."""
    folder = root / "Distinctions646" / "Train"
    for number in range(pictures):
        alpha = ball(size, (0.5 + 0.1 * number, 0.5), 0.35)
        _write(folder / "FG" / f"ball_{number}.png", texture(number, size))
        _write(folder / "GT" / f"ball_{number}.png", alpha)
    return folder


def videomatting108(root: Path, clips: int = 2, frames: int = 24, size: tuple[int, int] = (64, 96)) -> Path:
    """VideoMatting108 with `clips` clips to train on and one to validate on: a ball that crosses the picture."""
    folder = root / "VideoMatting108"
    pairs = {}
    for clip in range(clips + 1):
        for frame in range(frames):
            foreground, background = f"clip{clip}/{frame:05}.png", f"street{clip}/{frame:04}.jpg"
            alpha = ball(size, (0.2 + 0.6 * frame / frames, 0.5), 0.25)
            _write(folder / "FG_done" / foreground, np.dstack([texture(10 + clip, size), alpha]))
            _write(folder / "BG_done" / background, np.roll(texture(20 + clip, size), frame, axis=1))
            pairs[foreground] = background
    (folder / "frame_corr.json").write_text(json.dumps(pairs))
    (folder / "train_videos.txt").write_text("".join(f"clip{clip}\n" for clip in range(clips)))
    (folder / "val_videos.txt").write_text(f"clip{clips}\n")
    return folder


def bg20k(root: Path, pictures: int = 3, size: tuple[int, int] = (60, 80)) -> Path:
    """BG20k/BG-20k/train/*.jpg"""
    folder = root / "BG20k" / "BG-20k" / "train"
    for number in range(pictures):
        _write(folder / f"h_{number}.jpg", texture(30 + number, size))
    return folder


def youtubevis(root: Path, videos: int = 2, frames: int = 12, size: tuple[int, int] = (54, 96)) -> Path:
    """YoutubeVIS/train: two balls a video, the second one absent from its first frame."""
    folder = root / "YoutubeVIS" / "train"
    content: dict[str, list[dict[str, object]]] = {"videos": [], "annotations": [], "categories": []}
    for video in range(1, videos + 1):
        names = [f"video{video}/{5 * frame:05}.jpg" for frame in range(frames)]
        tracks = [_write_two_balls(folder / "JPEGImages" / name, i / frames, size) for i, name in enumerate(names)]
        content["videos"].append({"id": video, "file_names": names, "height": size[0], "width": size[1]})
        for number in range(2):
            masks = [run_lengths(track == number + 1) for track in tracks]
            segmentations = [None, *masks[1:]] if number else masks
            content["annotations"].append(
                {"id": 2 * video + number, "video_id": video, "category_id": 1, "segmentations": segmentations}
            )
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def youtubevos(root: Path, videos: int = 2, frames: int = 8, size: tuple[int, int] = (54, 96)) -> Path:
    """YoutubeVOS/train/{JPEGImages,Annotations}: the annotations are PNGs with a palette, as published."""
    folder = root / "YoutubeVOS" / "train"
    for video in range(videos):
        for frame in range(frames):
            name = f"shot{video}/{5 * frame:05}"
            labels = _write_two_balls(folder / "JPEGImages" / f"{name}.jpg", frame / frames, size)
            write_palette_png(folder / "Annotations" / f"{name}.png", labels)
    return folder


def ball(size: tuple[int, int], centre: tuple[float, float], radius: float, softness: float = 4) -> np.ndarray:
    """Matte (h, w) uint8 of a disc; centre as (x, y) in shares of the picture, radius in shares of its height."""
    y, x = np.mgrid[: size[0], : size[1]]
    distance = np.hypot(x - centre[0] * size[1], y - centre[1] * size[0])
    inside = np.clip((radius * size[0] - distance) / softness + 0.5, 0, 1)
    return np.asarray(inside * 255, np.uint8)


def texture(seed: int, size: tuple[int, int]) -> np.ndarray:
    """Smooth coloured noise (h, w, 3) uint8; each seed has its own colours."""
    cells = np.random.default_rng(seed).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(cells, size[::-1], interpolation=cv2.INTER_CUBIC))


def run_lengths(mask: np.ndarray) -> dict[str, list[int]]:
    """Uncompressed RLE of a mask (h, w): column by column, first the zeros."""
    flat = mask.T.ravel().astype(np.int8)
    changes = np.flatnonzero(np.diff(flat, prepend=0, append=1 - flat[-1]))
    return {"size": list(mask.shape), "counts": np.diff(changes, prepend=0).tolist()}


def write_palette_png(path: Path, labels: np.ndarray) -> None:
    """Labels (h, w) uint8 as an 8-bit PNG with a palette, which OpenCV can't write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", labels.shape[1], labels.shape[0], 8, 3, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in labels.astype(np.uint8))
    palette = bytes(value for colour in PALETTE for value in colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", palette)
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )  # fmt: skip


def _write_two_balls(path: Path, progress: float, size: tuple[int, int]) -> np.ndarray:
    """Write a frame of two balls that cross over a background; returns labels (h, w): 0, 1 or 2."""
    picture, labels = texture(40, size), np.zeros(size, np.uint8)
    for label, centre in ((1, (0.3 + 0.3 * progress, 0.4)), (2, (0.7 - 0.3 * progress, 0.7))):
        inside = ball(size, centre, 0.25, softness=1) > 127
        picture[inside], labels[inside] = texture(50 + label, size)[inside], label
    _write(path, picture)
    return labels


def _write(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
