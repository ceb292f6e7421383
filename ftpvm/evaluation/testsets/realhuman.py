# SPDX-License-Identifier: GPL-3.0-or-later
"""`realhuman`: filmed clips of which only some frames have a true alpha and trimap.

The network sees every frame of image_allframe; scores are taken on the annotated ones.
"""

from pathlib import Path

from ftpvm.datasets.layout import PICTURES, Layout

from .footage import Pictures, by_frame, require_no_gap


def open_realhuman(root: Path) -> list[Pictures]:
    """The clips of RealHuman under `root`, or of `root` itself. Raises DatasetError."""
    inside = ("RealHuman",) if (root / "RealHuman").is_dir() else ()
    layout = Layout(root, "RealHuman", "/".join((*inside, "{image,alpha,trimap,image_allframe}/CLIP/*")))
    return [_clip(layout, inside, name) for name in layout.names(*inside, "alpha")]


def _clip(layout: Layout, inside: tuple[str, ...], name: str) -> Pictures:
    images, alphas, trimaps = (
        layout.files(*inside, part, name, suffixes=PICTURES) for part in ("image_allframe", "alpha", "trimap")
    )
    require_no_gap(layout, list(images.values()))
    frames = {stem: frame for frame, stem in enumerate(images)}
    for stem, alpha in alphas.items():
        if stem not in trimaps:
            raise layout.error(f"{alpha} has no picture of its name in trimap")
    return Pictures(
        layout, name, tuple(images.values()), by_frame(layout, alphas, frames, "an alpha"),
        by_frame(layout, trimaps, frames, "a trimap"),
    )  # fmt: skip
