# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips with exact alpha that training never saw: composed from held-out sprites, and rendered by a path tracer."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.source import Source
from ftpvm.media.stills import StillFormat, write_still
from ftpvm.propagation import Keyframe
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank
from ftpvm.training.validation import HELD_OUT_BANK, HELD_OUT_SEED
from ftpvm.trimaps import trimap_from_matte

WIDTH, HEIGHT, FRAMES = 512, 288, 40
BAND = 5  # px: keyframes' trimaps are the exact alpha, solid and empty parts eroded by this much
SHOWN = (0.01, 0.6)  # the share of the frame that a composed clip's object must cover on every keyframe


@dataclass(frozen=True)
class QualityClip:
    """A folder with the frames, `clip.mp4` or `clip/`, and the exact alpha, `alpha/` or `alpha.*`, as linear data."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def source(self) -> Source:
        return _open(self.folder, "clip", "auto")

    @cached_property
    def alphas(self) -> list[np.ndarray]:
        """(h, w) in [0, 1] of every frame, in the order of `source.frames`."""
        alphas = _open(self.folder, "alpha", "srgb")
        return [image[..., 0] for _, image in alphas.read(alphas.frames)]

    def trimap(self, index: int) -> np.ndarray:
        """The exact trimap (h, w) of the frame at `index`."""
        return trimap_from_matte(self.alphas[index], inner=BAND, outer=BAND)

    def keyframes(self, count: int) -> list[Keyframe]:
        """One on the first frame, three on the first, the middle and the last, or one on every frame."""
        return [Keyframe(self.source.frames[i], self.trimap(i)) for i in keyframe_indices(len(self.alphas), count)]

    def digest(self) -> str:
        """Changes with every pixel of the frames and the alpha."""
        digest = hashlib.sha256(f"band {BAND}".encode())
        for (_, image), alpha in zip(self.source.read(self.source.frames), self.alphas, strict=True):
            for pixels in (image, alpha):
                digest.update(np.rint(pixels * 255).astype(np.uint8).tobytes())
        return digest.hexdigest()[:12]


def keyframe_indices(frames: int, count: int) -> tuple[int, ...]:
    """(0,) for one keyframe, (first, middle, last) for three, all for as many as there are frames."""
    if count == frames:
        return tuple(range(frames))
    return (0,) if count == 1 else (0, frames // 2, frames - 1)


def rendered_clips(folder: Path) -> list[QualityClip]:
    """Every folder in `folder` that holds a clip and its alpha."""
    return [QualityClip(path) for path in sorted(folder.glob("*/")) if _find(path, "clip") and _find(path, "alpha")]


def composed_clips(folder: Path, count: int) -> Iterator[QualityClip]:
    """Draw and write `count` clips into `folder`: the first held-out seeds whose object is to be seen on keyframes."""
    clips = ClipGenerator(SpriteBank.draw(HELD_OUT_BANK, sprites=48, backgrounds=24))
    seed = HELD_OUT_SEED + 1000
    for number in range(count):
        while not _shows_its_object(clips, seed):
            seed += 1
        yield _written(clips, seed, folder / f"composed-{number + 1}")
        seed += 1


def _spec(width: int, height: int) -> ClipSpec:
    return ClipSpec(clips=1, frames=FRAMES, memories=1, height=height, width=width, far=0, absent=0)


def _shows_its_object(clips: ClipGenerator, seed: int) -> bool:
    """Looks at the same clip, small."""
    _, alphas, _ = clips(seed, _spec(WIDTH // 8, HEIGHT // 8)).query()
    covered = alphas[0].mean((1, 2, 3))
    return all(SHOWN[0] <= covered[i] <= SHOWN[1] for i in keyframe_indices(FRAMES, 3))


def _written(clips: ClipGenerator, seed: int, folder: Path) -> QualityClip:
    images, alphas, _ = clips(seed, _spec(WIDTH, HEIGHT)).query()
    mattes = MatteSequence(folder / "alpha", "alpha")
    for number, (image, alpha) in enumerate(zip(images[0], alphas[0], strict=True)):
        pixels = np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy())
        path = folder / "clip" / f"frame.{number:04d}.png"
        write_still(path, pixels, StillFormat.PNG8, channels=("R", "G", "B"), colorspace="sRGB")
        mattes.write(number, alpha[0].cpu().numpy())
    return QualityClip(folder)


def _find(folder: Path, stem: str) -> Path | None:
    return next((path for path in sorted(folder.iterdir()) if path.stem == stem), None)


def _open(folder: Path, stem: str, colorspace: str) -> Source:
    path = _find(folder, stem)
    assert path is not None
    return open_source(path, colorspace=colorspace)
