# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate vm108`, `vm240k`, `realhuman`, `folder` and `all`."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ftpvm.cli.evaluate_results import finish
from ftpvm.cli.progress import Display
from ftpvm.errors import SettingsError
from ftpvm.evaluation.clip import Clip
from ftpvm.evaluation.closed_form import require_solver
from ftpvm.evaluation.compare import BASELINE as FLOW
from ftpvm.evaluation.optional import require_all
from ftpvm.evaluation.protocol import flow_mattes, network_mattes
from ftpvm.evaluation.results import Evaluated, earlier_results, update_ending
from ftpvm.evaluation.run import Keep, Method, evaluate
from ftpvm.evaluation.sizes import evaluation_size
from ftpvm.evaluation.testsets import open_set
from ftpvm.model.checkpoint import load_network
from ftpvm.propagation import NetworkRunner, choose_device


def evaluate_sets(args: argparse.Namespace) -> None:
    """Run the methods on the sets; what can't work is said before the first is run."""
    require_all()
    if FLOW in args.against:
        require_solver()
    others = [each for path in args.against if path != FLOW for each in earlier_results(Path(path))]
    sets = [name for name in args.sets if not getattr(args, f"disable_{name}", False)]
    opened = {name: _clips(name, args) for name in sets}
    _spare_sets(opened, args)
    runner = NetworkRunner(load_network(args.weights), choose_device(args.device))
    keep = Keep(mattes=not args.disable_mattes, preview=not args.disable_video)
    for name, clips in opened.items():
        folder = args.out_root / f"{name}_{args.size}"
        done = [_evaluated(method, clips, folder, keep, args.clips) for method in _methods(args, name, runner)]
        finish(folder, done, [each for each in others if each.settings.get("set") not in opened.keys() - {name}])


def _clips(name: str, args: argparse.Namespace) -> list[Clip]:
    """All clips of a set at the size that was asked for."""
    size = evaluation_size(args.size)
    clips = [Clip(footage, size, args.trimap_width) for footage in open_set(name, args.root)]
    names = [clip.name for clip in clips]
    if unknown := sorted(set(args.clips or ()).difference(names)):
        raise SettingsError(f"{name} has no clip {unknown[0]}; it has {', '.join(names)}.")
    return clips


def _spare_sets(opened: dict[str, list[Clip]], args: argparse.Namespace) -> None:
    """Results beside a set's clips would be taken for a clip the next time."""
    beside = args.root.resolve() == args.out_root.resolve()
    if beside and any((args.root / clips[0].name).is_dir() for clips in opened.values()):
        raise SettingsError(f"Results would come among the clips in {args.root}: choose another folder (--out-root).")


def _methods(args: argparse.Namespace, name: str, runner: NetworkRunner) -> Iterator[Method]:
    """The network, and the baseline where it was asked for, each once for every update of the memory."""
    measured = {"set": name, "size": args.size, "trimap_width": args.trimap_width}
    path = Path(args.weights)
    model = path.stem if path.suffix else path.name
    for every in dict.fromkeys(args.memory_freq):
        ending, kept = update_ending(every), measured | {"memory_freq": every}
        ours = kept | {
            "downsample_ratio": args.downsample_ratio, "weights": runner.fingerprint,
            "precision": str(runner.device.half or "float32").removeprefix("torch."),
        }  # fmt: skip
        yield Method(
            model + ending, ours,
            partial(network_mattes, runner, memory_every=every, downsample_ratio=args.downsample_ratio,
                    batch=args.batch_size),
        )  # fmt: skip
        if FLOW in args.against:
            yield Method(FLOW + ending, kept | {"weights": FLOW}, partial(flow_mattes, memory_every=every))


def _evaluated(method: Method, clips: list[Clip], folder: Path, keep: Keep, chosen: list[str] | None) -> Evaluated:
    with Display(method.name, as_json=False) as show:
        return evaluate(
            method, clips, folder, keep,
            lambda clip, frame, done, total: show(done, total, frame, clip.frames), chosen=chosen or (),
        )  # fmt: skip
