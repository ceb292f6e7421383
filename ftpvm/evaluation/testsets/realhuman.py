# SPDX-License-Identifier: GPL-3.0-or-later
"""`realhuman`: filmed clips of which only some frames have a true alpha and trimap.

The network sees every frame of image_allframe; scores are taken on the annotated ones.
"""

from pathlib import Path

from ftpvm.datasets.layout import PICTURES, Layout

from .footage import Pictures, pictures_of


def open_realhuman(root: Path) -> list[Pictures]:
    """The clips of RealHuman under `root`, or of `root` itself. Raises DatasetError."""
    inside = ("RealHuman",) if (root / "RealHuman").is_dir() else ()
    layout = Layout(root, "RealHuman", "/".join((*inside, "{image,alpha,trimap,image_allframe}/CLIP/*")))
    return [_clip(layout, inside, name) for name in layout.names(*inside, "alpha")]


def _clip(layout: Layout, inside: tuple[str, ...], name: str) -> Pictures:
    images, alphas, trimaps = (
        layout.files(*inside, part, name, suffixes=PICTURES) for part in ("image_allframe", "alpha", "trimap")
    )
    for stem, alpha in alphas.items():
        if stem not in trimaps:
            raise layout.error(f"{alpha} has no picture of its name in trimap")
    return pictures_of(layout, name, images, alphas, trimaps)
