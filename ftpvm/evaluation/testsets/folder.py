# SPDX-License-Identifier: GPL-3.0-or-later
"""`folder`: clips of one's own, ROOT/CLIP/{frames,alpha[,trimap]}; alpha and trimap may be of some frames only.

A frame, its alpha and its trimap have the same number at the end of their names: plate.0012.png and matte.0012.png.
"""

from pathlib import Path

from ftpvm.datasets.layout import PICTURES, Layout, last_number

from .footage import Pictures, pictures_of


def open_folder(root: Path) -> list[Pictures]:
    """Every clip in `root`. Raises DatasetError."""
    layout = Layout(root, "The test set", "CLIP/{frames,alpha[,trimap]}/NAME.0000.png")
    return [_clip(layout, name) for name in layout.names(parts=("frames", "alpha"))]


def _clip(layout: Layout, name: str) -> Pictures:
    images, alphas = (_numbered(layout, name, part) for part in ("frames", "alpha"))
    trimaps = _numbered(layout, name, "trimap") if (layout.root / name / "trimap").is_dir() else {}
    return pictures_of(layout, name, images, alphas, trimaps)


def _numbered(layout: Layout, *folder: str) -> dict[str, Path]:
    """The pictures of a folder by their number, ascending."""
    numbered: dict[int, Path] = {}
    for stem, path in layout.files(*folder, suffixes=PICTURES).items():
        if (number := last_number(stem)) is None:
            raise layout.error(f"{path} has no frame number in its name")
        if number in numbered:
            raise layout.error(f"{numbered[number]} and {path.name} are both frame {number}")
        numbered[number] = path
    return {str(number): numbered[number] for number in sorted(numbered)}
