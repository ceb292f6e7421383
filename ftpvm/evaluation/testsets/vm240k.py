# SPDX-License-Identifier: GPL-3.0-or-later
"""`vm240k`: VideoMatte240K's test clips over moving backgrounds, as `ftpvm evaluate compose-vm240k` makes them."""

from pathlib import Path

from ftpvm.datasets.layout import PICTURES, Layout

from .footage import Pictures, pictures_of

IMAGES = ("com", "fgr")  # the folder of the composited frames, whichever is there


def open_vm240k(root: Path) -> list[Pictures]:
    """The clips of VideoMatte240K under `root`, or of `root` itself. Raises DatasetError."""
    inside = ("VideoMatte240K",) if (root / "VideoMatte240K").is_dir() else ()
    layout = Layout(root, "VideoMatte240K", "/".join((*inside, "CLIP/{com|fgr,pha,trimap}/*.png")))
    return [_clip(layout, inside, name) for name in layout.names(*inside, parts=(*IMAGES, "pha", "trimap"))]


def _clip(layout: Layout, inside: tuple[str, ...], name: str) -> Pictures:
    folder = layout.root.joinpath(*inside, name)
    kind = next((kind for kind in IMAGES if (folder / kind).is_dir()), IMAGES[0])
    images, alphas, trimaps = (layout.files(*inside, name, part, suffixes=PICTURES) for part in (kind, "pha", "trimap"))
    for stem, image in images.items():
        for part, files in (("pha", alphas), ("trimap", trimaps)):
            if stem not in files:
                raise layout.error(f"{image} has no picture of its name in {part}")
    return pictures_of(layout, name, images, alphas, trimaps)
