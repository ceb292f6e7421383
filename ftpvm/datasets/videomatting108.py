# SPDX-License-Identifier: GPL-3.0-or-later
"""VideoMatting108 (Zhang et al. 2021) on disk: foreground clips with alpha, each paired with frames of a background."""

from pathlib import Path, PurePosixPath

from .layout import Files, Layout, by_number

Pairs = tuple[tuple[Path, Path], ...]  # foreground (RGBA) and background picture of every frame of a clip


def paired_clips(root: Path, listing: str) -> tuple[Layout, dict[str, Pairs]]:
    """The clips that a list in VideoMatting108 names, by name. Raises DatasetError where something is missing.

    root: the data root, or VideoMatting108 itself. listing: train_videos.txt or val_videos.txt.
    """
    inside = ("VideoMatting108",) if (root / "VideoMatting108").is_dir() or root.name != "VideoMatting108" else ()
    pattern = f"{{FG_done/CLIP/*.png,BG_done/VIDEO/*,{listing},frame_corr.json}}"
    layout = Layout(root, "VideoMatting108", "/".join((*inside, pattern)))
    names = [line.strip() for line in layout.text(*inside, listing).splitlines()]
    frames = _frames_by_clip(layout, inside)
    fronts, backs = (Files(layout, *inside, folder) for folder in ("FG_done", "BG_done"))
    clips = {}
    for name in filter(None, names):
        if name not in frames:
            raise layout.error(f"frame_corr.json has no frame of {name}, which {listing} names")
        clips[name] = tuple((fronts.find(front), backs.find(back)) for front, back in frames[name])
    if not clips:
        raise layout.error(f"{listing} names no clip")
    return layout, clips


def _frames_by_clip(layout: Layout, inside: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """frame_corr.json, {"CLIP/frame.png": "VIDEO/frame.jpg"}, as pairs by clip, in the order of their numbers."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    content = layout.json(*inside, "frame_corr.json")
    for front in sorted(content, key=by_number):
        back = content[front]
        if not isinstance(back, str):
            raise layout.error(f"frame_corr.json pairs {front} with {back!r}, which is no file name")
        pairs.setdefault(str(PurePosixPath(front).parent), []).append((front, back))
    return pairs
