# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `ftpvm matte`, most of which each shot of `ftpvm batch` has too."""

import argparse
from pathlib import Path

from ftpvm.cli.option_types import fps

STILLS = ("png16", "png8", "exr")
MOVIES = ("prores", "ffv1", "vp9")


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them, in groups."""
    parser.add_argument(
        "--keyframe", metavar="FRAME=IMAGE", action="append", required=True, type=_keyframe,
        help="a frame number and its trimap (or mask, with --band); repeat for more keyframes",
    )  # fmt: skip
    add_shot_options(parser)
    parser.add_argument(
        "--json", action="store_true",
        help="JSON lines on stdout: events progress, then one of done, stopped or error",
    )  # fmt: skip


def add_shot_options(parser: argparse.ArgumentParser) -> None:
    """Those of one shot, apart from its keyframes."""
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a movie, name.%%04d.ext, name.####.ext, a folder or a still")
    add("--out", metavar="DIR", required=True, type=Path, help="folder for the mattes")
    add("--name", help="name of the mattes; default: the source's name and _matte")
    add(
        "--range", metavar="FIRST:LAST", type=_range, default=(None, None),
        help="frames to matte, both ends included; default: all",
    )  # fmt: skip
    _add_propagation(parser.add_argument_group("propagation"))
    _add_reading(parser.add_argument_group("reading"))
    _add_writing(parser.add_argument_group("writing"))


def _add_propagation(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--direction", choices=("both", "forward", "backward"), default="both",
        help="both blends a forward and a backward pass between keyframes (default)",
    )  # fmt: skip
    add(
        "--resolution", type=int, metavar="PX",
        help="long side at which the network works; larger frames are shrunk (default: what the weights are best at)",
    )  # fmt: skip
    add(
        "--adapt", action=argparse.BooleanOptionalAction, default=False,
        help="train the network on the keyframes first: better mattes of hard shots; takes a CPU a minute or two at "
        "512 px for every stretch between two keyframes",
    )  # fmt: skip
    add("--weights", default="default", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    add("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu")


def _add_reading(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--band", metavar="PX[,PX]", type=band,
        help="keyframes are masks or mattes: this many px inside and outside their edge are unknown",
    )  # fmt: skip
    add(
        "--fit", action=argparse.BooleanOptionalAction, default=False,
        help="scale keyframe images that aren't the shot's size",
    )  # fmt: skip
    add("--colorspace", default="auto", help="of the source: auto, srgb, linear, cineon or an OCIO name")
    add("--ocio-config", metavar="PATH", help="default: $OCIO, else OCIO's own studio config")
    add("--on-missing", choices=("error", "hold"), default="error", help="hold repeats the frame before a gap")
    add("--fps", type=fps, help="frame rate of the movies made; default: the source's, for sequences 24")


def _add_writing(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--format", choices=(*STILLS, *MOVIES), default="png16",
        help="a movie format makes a movie with alpha beside 16-bit PNG mattes",
    )  # fmt: skip
    add("--exr-channel", choices=("A", "Y"), help="name of an EXR matte's channel (default: A)")
    add("--exr-compression", metavar="NAME", help="none, rle, zip (default), zips, piz, dwaa, ...")
    add(
        "--foreground", action=argparse.BooleanOptionalAction, default=False,
        help="also write RGBA stills (or fill the movie) with the estimated foreground",
    )  # fmt: skip
    add(
        "--premultiplied", action=argparse.BooleanOptionalAction, default=None,
        help="of the RGBA stills; default: EXR is, PNG is not",
    )  # fmt: skip
    add("--composite", metavar="BACKGROUND", help="also a movie over #rrggbb, green, checker or an image")
    add("--preview", metavar="PNG", type=_png, help="also ONE picture of the result at a few times")


def _keyframe(text: str) -> tuple[int, Path]:
    number, found, path = text.partition("=")
    if not found or not path or not number.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not FRAME=IMAGE, as in 120=trimap.png")
    return int(number), Path(path)


def _range(text: str) -> tuple[int | None, int | None]:
    first, found, last = text.partition(":")
    if not found or not all(end == "" or end.isdecimal() for end in (first, last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:LAST, as in 0:240 or 100:")
    return int(first) if first else None, int(last) if last else None


def band(text: str) -> tuple[int, int]:
    """A `type=` of argparse: px inside and outside an edge."""
    widths = text.split(",")
    if len(widths) > 2 or not all(w.isdecimal() for w in widths):
        raise argparse.ArgumentTypeError(f"{text!r} is not a width in px, as in 12, or 4,16 for inside and outside")
    return int(widths[0]), int(widths[-1])


def _png(text: str) -> Path:
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"{text!r} doesn't end in .png")
    return Path(text)
