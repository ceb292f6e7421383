# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `ftpvm evaluate`. Published ones may be spelled with underscores, as they were."""

import argparse
from pathlib import Path
from typing import Any

from ftpvm.cli.option_types import positive, ratio, whole

# As ftpvm.evaluation.testsets has them; repeated because that needs OpenCV (a test compares them).
SETS = {
    "vm108": "VideoMatting108's validation clips: ROOT/VideoMatting108/{FG_done,BG_done,*.txt,frame_corr.json}",
    "vm240k": "VideoMatte240K over moving backgrounds: ROOT[/VideoMatte240K]/CLIP/{com|fgr,pha,trimap}",
    "realhuman": "filmed, partly annotated: ROOT[/RealHuman]/{image,alpha,trimap,image_allframe}/CLIP",
    "folder": "your own: ROOT/CLIP/{frames,alpha[,trimap]}",
}
PUBLISHED = ("vm108", "vm240k", "realhuman")
ALL = "all"
DEFAULT_SIZE = "1024"


def add_set_options(parser: argparse.ArgumentParser, name: str) -> None:
    """Everything about running a method on a set."""
    parser.add_argument("root", metavar="ROOT", type=Path, help="the data root, or the set's own folder")
    _add_method(parser.add_argument_group("the method"))
    measuring = parser.add_argument_group("measuring")
    add_measuring(measuring, "native" if name == "folder" else DEFAULT_SIZE)
    _option(
        measuring, "--memory-freq", metavar="N", type=whole, nargs="+", default=[0],
        help="memory update test: the true trimap of every Nth frame is put into memory, one evaluation for each N "
        "(30 60 120 240 480 1 as published); 0 is the first frame alone (default)",
    )  # fmt: skip
    if name == ALL:
        for each in PUBLISHED:
            _option(measuring, f"--disable-{each}", action="store_true", help=f"without {each}")
    else:
        measuring.add_argument("--clips", metavar="CLIP", nargs="+", help="only these clips")
    results = parser.add_argument_group("results")
    _option(
        results, "--out-root", "--out", metavar="DIR", type=Path, default=Path(),
        help="results go to DIR/SET_SIZE; default: here",
    )  # fmt: skip
    _option(results, "--disable-video", action="store_true", help="no side-by-side movies")
    _option(results, "--disable-mattes", action="store_true", help="keep no mattes")
    add_against(results, flow=True)


def add_score_options(parser: argparse.ArgumentParser) -> None:
    """Everything about scoring mattes made elsewhere."""
    add = parser.add_argument
    add("pred", metavar="PRED", type=Path, help="mattes: PRED/CLIP[/pha]/*.png, PRED/CLIP.mov, or one clip")
    add("true", metavar="TRUE", type=Path, help="true alpha in the same form, or the root of a set given with --set")
    add("--set", choices=tuple(SETS), help="TRUE is the root of this set")
    add_measuring(parser, "native")
    add("--name", help="of the method; default: PRED's")
    _option(
        parser, "--out-root", "--out", metavar="DIR", type=Path, help="folder for tables and the report; default: none"
    )
    add_against(parser, flow=False)


def add_compose_options(parser: argparse.ArgumentParser) -> None:
    """Everything about compositing VideoMatte240K."""
    add = parser.add_argument
    add("videomatte", metavar="VIDEOMATTE240K", type=Path, help="its test part: {fgr,pha}/CLIP.mp4 or CLIP/*.jpg")
    add("backgrounds", metavar="BACKGROUNDS", type=Path, help="moving backgrounds: VIDEO.mp4 or VIDEO/*.jpg")
    add("out", metavar="OUT", type=Path, help="folder for CLIP/{com,pha,trimap}/0000.png")
    add("--size", default="hd", help="sd, 1024, hd, 4k, native or WIDTHxHEIGHT; default: hd")
    _option(parser, "--trimap-width", metavar="PX", type=whole, default=25, help="default: 25")
    add(
        "--clips", metavar="FILE", type=Path,
        help="a text file with a line CLIP BACKGROUND [FIRST_BACKGROUND_FRAME] for each clip to make; "
        "default: all clips over the backgrounds in turn",
    )  # fmt: skip
    add("--frames", metavar="N", type=positive, help="at most so many of each clip; default: all")


def add_measuring(group: Any, size: str) -> None:
    """What scores depend on."""
    _option(
        group, "--size", default=size,
        help=f"sd (256x144), 1024 (1024x576), hd, 4k, WIDTHxHEIGHT, or native for each clip's own; default: {size}",
    )  # fmt: skip
    _option(
        group, "--trimap-width", metavar="PX", type=whole, default=25,
        help="width of the kernel that makes trimaps of the true alpha, where a set has none; default: 25",
    )  # fmt: skip


def add_against(group: Any, *, flow: bool) -> None:
    """What to set the results beside."""
    also = "flow: optical flow and closed-form matting, run beside it; PATH: " if flow else ""
    group.add_argument(
        "--against", metavar="flow|PATH" if flow else "PATH", action="append", default=[],
        help=f"{also}a folder of earlier results; a table by clip shows both",
    )  # fmt: skip


def _add_method(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--weights", default="default", metavar="NAME_OR_PATH", help="see `ftpvm weights list`")
    group.add_argument("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu")
    _option(group, "--batch-size", metavar="N", type=positive, default=8, help="frames in a batch; default: 8")
    _option(
        group, "--downsample-ratio", metavar="R", type=ratio, default=1.0,
        help="the network works at this fraction of the size, the guided filter brings the matte back; default: 1",
    )  # fmt: skip


def _option(group: Any, *names: str, **details: Any) -> None:
    """An option that underscores are allowed in."""
    published = [name.replace("-", "_").replace("__", "--", 1) for name in names if "-" in name[2:]]
    group.add_argument(*names, *published, dest=names[0][2:].replace("-", "_"), **details)
