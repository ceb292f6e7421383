# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm doctor`: what works on this machine, what doesn't, and what to do about it."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ftpvm.errors import CodecError, FtpvmError

if TYPE_CHECKING:
    from ftpvm.media.movie_writer import MovieCodec


@dataclass(frozen=True)
class Finding:
    """status: "ok", "missing" (something optional) or "broken" (the main job won't run). todo: what to do."""

    name: str
    status: str
    detail: str
    todo: str = ""


REQUIRED = {
    "torch": "torch", "timm": "timm", "huggingface_hub": "huggingface-hub", "numpy": "numpy",
    "cv2": "opencv-python-headless", "safetensors": "safetensors",
    "av": "av", "OpenImageIO": "OpenImageIO", "PyOpenColorIO": "opencolorio", "platformdirs": "platformdirs",
}  # fmt: skip
EXTRAS = {  # packages that one part needs, and the extra that brings it
    "pymatting": "foreground", "tensorboard": "training",
    "openpyxl": "evaluation", "matplotlib": "evaluation", "jinja2": "evaluation", "pygame-ce": "webcam",
}  # fmt: skip
MARKS = {"ok": "ok     ", "missing": "missing", "broken": "BROKEN "}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("doctor", help="say what works on this machine and what doesn't")
    parser.add_argument("--json", action="store_true", help="the findings as one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where the main job can run, 5 where something it needs is broken."""
    findings = examine()
    usable = all(f.status != "broken" for f in findings)
    if args.json:
        print(json.dumps({"usable": usable, "findings": [asdict(f) for f in findings]}))
    else:
        for f in findings:
            print(f"{MARKS[f.status]}  {f.name:<22} {f.detail}" + (f"  ->  {f.todo}" if f.todo else ""))
        print("\nftpvm can matte here." if usable else "\nftpvm can't matte here until what is BROKEN is mended.")
    return 0 if usable else 5


def examine() -> list[Finding]:
    """Every finding, in the order to read them."""
    findings = [Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")]
    findings += [_required(module, package) for module, package in REQUIRED.items()]
    findings += [_optional(package, extra) for package, extra in EXTRAS.items()]
    for name, look in {"memory": _memory, "devices": _devices, "codecs": _codecs, "default weights": _weights}.items():
        findings += _guarded(name, look)
    return findings


def _required(module: str, package: str) -> Finding:
    """Imported, not only looked up: a package may be there and lack a system library."""
    try:
        found = import_module(module)
    except Exception as error:  # a broken library raises anything
        return Finding(package, "broken", f"{type(error).__name__}: {error}", f"pip install {package}")
    return Finding(package, "ok", getattr(found, "__version__", "installed"))


def _optional(package: str, extra: str) -> Finding:
    try:
        return Finding(package, "ok", version(package))
    except PackageNotFoundError:
        return Finding(package, "missing", "not installed", f'pip install "ftpvm[{extra}]"')


def _guarded(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """A doctor must not die of what it finds."""
    try:
        return look()
    except FtpvmError as error:
        return [Finding(name, "broken", str(error))]
    except Exception as error:
        todo = "install ftpvm again in a fresh environment"
        return [Finding(name, "broken", f"{type(error).__name__}: {error}", todo)]


def _memory() -> list[Finding]:
    if not hasattr(os, "sysconf"):  # Windows
        return []
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return [Finding("memory", "ok", f"{gib:.1f} GiB, {os.cpu_count()} cores")]


def _devices() -> list[Finding]:
    import torch

    from ftpvm.propagation import choose_device

    chosen = choose_device()
    found = [Finding("device", "ok", f"{chosen.name} is chosen; torch {torch.__version__}")]
    for index in range(torch.cuda.device_count()):
        free, total = (n / 2**30 for n in torch.cuda.mem_get_info(index))
        found.append(
            Finding(f"cuda:{index}", "ok", f"{torch.cuda.get_device_name(index)}, {free:.1f} of {total:.1f} GiB free")
        )
    if chosen.name == "cpu":
        todo = "install a torch build for your GPU if this machine has one"
        found.append(Finding("gpu", "missing", "torch sees none; the CPU takes seconds a frame", todo))
    return found


def _codecs() -> list[Finding]:
    from ftpvm.media.movie_writer import MovieCodec

    return [_codec(codec) for codec in MovieCodec]


def _codec(codec: "MovieCodec") -> Finding:
    from ftpvm.media.movie_writer import require_encoder

    try:
        require_encoder(codec)
    except CodecError as error:
        return Finding(f"write {codec}", "missing", str(error))
    return Finding(f"write {codec}", "ok", codec.suffix)


def _weights() -> list[Finding]:
    from ftpvm.model.checkpoint import find_weights, load_network

    network = load_network("default")
    count = sum(p.numel() for p in network.parameters()) / 1e6
    return [Finding("default weights", "ok", f"{count:.2f} M parameters, {find_weights('default')}")]
