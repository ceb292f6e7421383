# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm weights`: list, import, export and show the networks' weights."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any


def add_parser(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command and its actions."""
    parser = subparsers.add_parser("weights", help="list, import, export and show weights", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="the names that --weights takes")
    listing.set_defaults(run=run, action=_list)

    adding = actions.add_parser("import", help="verify a checkpoint and register it under a name")
    adding.add_argument("checkpoint", type=Path, help="a .pth or .safetensors file")
    adding.add_argument("name", nargs="?", help="the name to use (default: the file's, without its ending)")
    adding.add_argument("--force", action="store_true", help="replace weights of that name")
    adding.add_argument("--backbone", metavar="ARCH", help="timm backbone of the checkpoint, if not the usual one")
    adding.add_argument("--licence", metavar="TEXT", help="kept beside the weights")
    adding.set_defaults(run=run, action=_import)

    exporting = actions.add_parser("export", help="make weights to share from a checkpoint of `ftpvm train`")
    exporting.add_argument("checkpoint", type=Path, help="last.pth of a run")
    exporting.add_argument("out", type=Path, help="the new .safetensors file")
    exporting.add_argument(
        "--resolution", metavar="PX", type=int, required=True, help="long side of the frames they do best on"
    )
    exporting.add_argument("--licence", metavar="TEXT", help="kept beside the weights")
    exporting.add_argument(
        "--average-with", metavar="NAME_OR_PATH", help="write the mean with these, which the run began with"
    )
    exporting.set_defaults(run=run, action=_export)

    showing = actions.add_parser("show", help="where weights lie and what they hold")
    showing.add_argument("weights", nargs="?", default="default", metavar="NAME_OR_PATH")
    showing.add_argument("--json", action="store_true", help="for machines")
    showing.set_defaults(run=run, action=_show)


def run(args: argparse.Namespace) -> int:
    """Do the chosen action."""
    args.action(args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from ..model.weights_library import list_weights, weights_folder

    known = list_weights()
    for name, path in known.items():
        print(f"{name}\t{path}")
    if not known:
        print(f"no weights yet; `ftpvm weights import` puts them into {weights_folder()}")


def _import(args: argparse.Namespace) -> None:
    from ..model.checkpoint import import_weights

    name = args.checkpoint.stem if args.name is None else args.name
    metadata = {"licence": args.licence} if args.licence else {}
    path = import_weights(args.checkpoint, name, backbone_arch=args.backbone, metadata=metadata, force=args.force)
    print(f"imported as {name}: {path}")


def _export(args: argparse.Namespace) -> None:
    from ..training.export import export

    made = export(args.checkpoint, args.out, args.resolution, args.licence, args.average_with)
    for name, value in made.items():
        print(f"{name}: {value}")


def _show(args: argparse.Namespace) -> None:
    description = describe(args.weights)
    if args.json:
        print(json.dumps(description))
        return
    metadata = description.pop("metadata")
    for key, value in (description | metadata).items():
        print(f"{key + ':':<16}{value}")


def describe(name_or_path: str) -> dict[str, Any]:
    """Path, size in bytes, SHA-256, number of keys and of learned parameters, metadata."""
    from ..model.weights_library import find_weights

    path = find_weights(name_or_path)  # a wrong name is told before torch is loaded
    from ..model.checkpoint import load_network, read_metadata

    network = load_network(path)
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "sha256": checksum,
        "keys": len(network.state_dict()),
        "parameters": sum(p.numel() for p in network.parameters()),
        "metadata": read_metadata(path),
    }
