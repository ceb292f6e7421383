# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the `vm240k` set: VideoMatte240K's clips (Lin et al., CVPR 2021) over backgrounds that move."""

import json
import shlex
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftpvm.atomic import output_error
from ftpvm.datasets.layout import MOVIES
from ftpvm.errors import DatasetError
from ftpvm.media import Source, open_source
from ftpvm.media.composite import composite, cover
from ftpvm.media.resized import resized
from ftpvm.media.sequence import SUFFIXES
from ftpvm.media.stills import StillFormat, write_still
from ftpvm.trimaps import trimap_from_matte

Floats = NDArray[np.float32]
Size = tuple[int, int]

_FORMAT = StillFormat.PNG8
_LAYOUT = "{fgr,pha}/CLIP.mp4 or {fgr,pha}/CLIP/*.jpg"
_MADE_OF = "composition.json"


@dataclass(frozen=True)
class Composition:
    """What a clip is made of; start: the background's frame that comes first, counted from 0."""

    name: str
    foreground: Path
    alpha: Path
    background: Path
    start: int = 0


def planned(videomatte: Path, backgrounds: Path, listing: Path | None = None) -> list[Composition]:
    """Which clips to make: those a list names, else all of them over the backgrounds in turn.

    Args:
        videomatte: holds {fgr,pha}/CLIP, movies or folders of stills.
        backgrounds: holds movies or folders of stills.
        listing: a text file of lines "CLIP BACKGROUND [START]"; # begins a comment, names with spaces stand in quotes.

    Raises:
        DatasetError: something is missing, or a line can't be read.
    """
    foregrounds, alphas = (_videos(videomatte / part, f"VideoMatte240K should be {_LAYOUT}") for part in ("fgr", "pha"))
    behind = _videos(backgrounds, "Backgrounds should be VIDEO.mp4 or VIDEO/*.jpg")
    chosen = _listed(listing) if listing else [(*pair, 0) for pair in zip(foregrounds, cycle(behind), strict=False)]
    plan = []
    for name, background, start in chosen:
        for what, have, where in ((name, foregrounds, "fgr"), (name, alphas, "pha"), (background, behind, backgrounds)):
            if what not in have:
                raise DatasetError(f"There is no {what} in {where}, but {', '.join(have)}: correct the list of clips.")
        plan.append(Composition(name, foregrounds[name], alphas[name], behind[background], start))
    return plan


def compose(
    plan: Sequence[Composition],
    out: Path,
    size: Size | None,
    trimap_width: int,
    most: int | None = None,
    on_frame: Callable[[int, int, int, range], None] = lambda done, total, frame, frames: None,
) -> None:
    """Write `out`/CLIP/{com,pha,trimap}/0000.png, 8 bits, and what it was made of: composition.json.

    A clip appears when it is whole. One that is there and was made of the same is left as it is.
    Backgrounds that are too short go back and forth; all pictures are scaled to `size` (width, height), by default the
    foreground's, backgrounds so that they cover it.

    Args:
        trimap_width: width in px of the kernel that makes trimaps of the alpha.
        most: frames of a clip at most.
        on_frame: called with frames done, frames of all clips, and the frame's number and its clip's frames.

    Raises:
        DatasetError: foreground and alpha have different lengths or sizes, or a clip is there that was made of
            something else. SourceError, OutputError, DiskFullError.
    """
    opened = [_Opened(each, most) for each in plan]
    missing = [each for each in opened if not _is_there(out / each.composition.name, each.made_of(size, trimap_width))]
    total, done = sum(len(each.frames) for each in missing), 0
    for each in missing:
        with _appearing(out / each.composition.name) as folder:
            for number, (image, alpha) in enumerate(each.composited(size or each.foreground.size)):
                _write_frame(folder, f"{number:04d}.png", image, alpha, trimap_width // 2)
                done += 1
                on_frame(done, total, number, each.frames)
            (folder / _MADE_OF).write_text(json.dumps(each.made_of(size, trimap_width), indent=1), "utf-8")


def _write_frame(folder: Path, name: str, image: Floats, alpha: Floats, half: int) -> None:
    trimap = trimap_from_matte(alpha, inner=half, outer=half)
    write_still(folder / "com" / name, image, _FORMAT, channels=("R", "G", "B"), colorspace="sRGB")
    for part, grey in (("pha", alpha), ("trimap", trimap)):
        write_still(folder / part / name, grey[..., None], _FORMAT, channels=("Y",), colorspace="data")


def _is_there(folder: Path, made_of: dict[str, Any]) -> bool:
    """Whether a clip is there already. Raises DatasetError where it was made of something else."""
    if not folder.exists():
        return False
    try:
        held = json.loads((folder / _MADE_OF).read_text("utf-8"))
    except (OSError, ValueError):
        held = None
    if held != made_of:
        raise DatasetError(f"{folder} was made of something else: choose another folder, or delete that clip.")
    return True


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder that gets its name when all is in it; what an earlier run left of it goes."""
    hidden = folder.with_name(f".{folder.name}.partial")
    try:
        if hidden.exists():
            shutil.rmtree(hidden)
        yield hidden
        hidden.rename(folder)
    except OSError as error:
        raise output_error(folder, error) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


@dataclass(frozen=True)
class _Opened:
    """A composition with its files open; most: frames at most."""

    composition: Composition
    most: int | None

    @cached_property
    def foreground(self) -> Source:
        return open_source(self.composition.foreground)

    @cached_property
    def alpha(self) -> Source:
        alpha = open_source(self.composition.alpha, colorspace="srgb")
        for what, one, other in (
            ("frames", len(self.foreground.frames), len(alpha.frames)), ("size", self.foreground.size, alpha.size),
        ):  # fmt: skip
            if one != other:
                raise DatasetError(
                    f"{self.composition.foreground} and {self.composition.alpha} differ in {what} ({one} and {other}): "
                    "they belong together frame by frame."
                )
        return alpha

    @cached_property
    def background(self) -> Source:
        background = open_source(self.composition.background)
        if self.composition.start not in range(len(background.frames)):
            raise DatasetError(
                f"{background.path} has {len(background.frames)} frames, so none to begin with at "
                f"{self.composition.start}: correct the list of clips."
            )
        return background

    @cached_property
    def frames(self) -> range:
        return range(len(self.alpha.frames))[: self.most]

    def made_of(self, size: Size | None, trimap_width: int) -> dict[str, Any]:
        """All that the clip's pixels depend on, as JSON has it."""
        return {
            "background": self.composition.background.name, "start": self.composition.start,
            "size": list(size or self.foreground.size), "frames": len(self.frames), "trimap_width": trimap_width,
            "files": [source.identity() for source in (self.foreground, self.alpha, self.background)],
        }  # fmt: skip

    def composited(self, size: Size) -> Iterator[tuple[Floats, Floats]]:
        """(image (h, w, 3), alpha (h, w)) of every frame at `size`; composited at the foreground's own."""
        frames = (source.read(source.frames[: len(self.frames)]) for source in (self.foreground, self.alpha))
        for (_, front), (_, alpha), back in zip(
            *frames, _to_and_fro(self.background, self.composition.start), strict=False
        ):
            grey = np.ascontiguousarray(alpha[..., 0])
            image = composite(front, grey, cover(back, self.foreground.size))
            yield resized(image, size), resized(grey, size)


def _to_and_fro(source: Source, start: int) -> Iterator[Floats]:
    """A source's frames from `start` to the last, back to the first, and so on for ever."""
    leg = source.frames[start:]
    while True:
        for _, image in source.read(leg):
            yield image
        turned = source.frames[::-1] if leg.step > 0 else source.frames
        leg = turned[1:] or turned  # the end is not shown twice, unless it is all there is


def _videos(folder: Path, expected: str) -> dict[str, Path]:
    """Movies and folders of stills by name."""
    if not folder.is_dir():
        raise DatasetError(f"{expected}, but there is no folder {folder}: check the path, or unpack the set again.")
    found: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if path.is_dir() and any(p.suffix.lower() in SUFFIXES for p in path.iterdir()):
            name = path.name
        elif path.is_file() and path.suffix.lower() in MOVIES:
            name = path.stem
        else:
            continue
        if name in found:
            raise DatasetError(f"{found[name]} and {path} have the same name: rename one of them.")
        found[name] = path
    if not found:
        raise DatasetError(f"{expected}, but {folder} holds neither movies nor folders of stills: check the path.")
    return found


def _listed(listing: Path) -> list[tuple[str, str, int]]:
    """Clip, background and the background's first frame of every line."""
    try:
        lines = listing.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"The list of clips {listing} can't be read ({error}): check the path.") from error
    chosen = []
    for number, line in enumerate(lines, start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # an open quote
            words = [line]
        if not words:
            continue
        if len(words) not in (2, 3) or not all(word.isdecimal() for word in words[2:]):
            raise DatasetError(
                f"Line {number} of {listing} should be CLIP BACKGROUND [FRAME], but is {line.strip()!r}."
            )
        chosen.append((words[0], words[1], int(words[2]) if len(words) == 3 else 0))
    if not chosen:
        raise DatasetError(f"{listing} names no clip: write lines of CLIP BACKGROUND [FRAME].")
    name, count = Counter(name for name, _, _ in chosen).most_common(1)[0]
    if count > 1:
        raise DatasetError(f"{listing} names {name} {count} times: a clip goes over one background.")
    return chosen
