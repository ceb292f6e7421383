# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm package`: make what artists install, from a source checkout."""

import argparse
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("package", help="build a host's add-on from a source checkout", description=__doc__)
    parser.add_argument("host", choices=["blender", "nuke"], help="what it is for")
    parser.add_argument("--out", type=Path, default=Path("dist"), metavar="FOLDER", help="default: dist")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build it and print its path and size."""
    from ..packaging.blender import build_extension
    from ..packaging.checkout import checkout
    from ..packaging.nuke import build_node

    path = {"blender": build_extension, "nuke": build_node}[args.host](checkout(), args.out)
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0
