# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm train`: train the network as published, or on licence-free clips."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ftpvm.cli import INTERRUPTED
from ftpvm.cli.progress import polite_interrupt
from ftpvm.cli.train_options import DEFAULT, ITERATIONS, LEARNING_RATE, NUM_WORKER, add_options, refuse_other_recipes
from ftpvm.errors import CheckpointError, DeviceError, OutputError, SettingsError

if TYPE_CHECKING:
    import torch
    from torch.utils.data import Dataset

    from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
    from ftpvm.training.clip import Clip
    from ftpvm.training.default_recipe import DefaultRecipe
    from ftpvm.training.distributed import Processes
    from ftpvm.training.published import Published

    Validate = Callable[[FTPVM], dict[str, float]]

DESCRIPTION = """\
Train the network. The published recipe needs data sets in --root; --recipe default draws its own clips instead.
Stop with Ctrl-C and run the same command with --resume to go on exactly. With torchrun it runs on several GPUs."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "train", help="train the network", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 130 when stopped by Ctrl-C; what is done is in the checkpoint then."""
    # Clips come in several shapes; with room for 1024 prepared kernels the CPU forgets them and takes 4 times as long.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "40000")
    os.environ.setdefault("LRU_CACHE_CAPACITY", "40000")
    import torch

    refuse_other_recipes(args)
    try:
        return _run(args)
    except torch.cuda.OutOfMemoryError as error:
        smaller = "--pixels" if args.recipe == DEFAULT else "--size or the clips a step"
        raise DeviceError(f"The GPU's memory is too small for these clips: lower {smaller}.") from error


def _run(args: argparse.Namespace) -> int:
    import torch

    from ftpvm.model.depthwise import quicken_depthwise
    from ftpvm.shots import require_writable
    from ftpvm.training.distributed import Processes, share_batch_norm
    from ftpvm.training.log import LOG, RunLog
    from ftpvm.training.loop import Intervals, train
    from ftpvm.training.state import TrainingState

    processes = Processes.from_environment()
    out = args.out or Path("runs") / (args.id or args.recipe)
    checkpoint = _checkpoint(args, out)
    device = _device(args, processes)
    torch.backends.cudnn.benchmark = args.benchmark
    torch.manual_seed(args.seed)
    network = _network(args, from_scratch=checkpoint is None).to(device).to(memory_format=torch.channels_last)
    quicken_depthwise(network)
    plan = _plan(args)
    state = TrainingState.fresh(network, plan)
    if checkpoint:
        state.load(checkpoint)
        if state.step >= plan.steps:
            if processes.is_first:
                print(f"{checkpoint} is finished: {state.step} of {plan.steps} steps; raise --iterations to go on.")
            return 0
    clips, validate = _clips(args, plan, state.step, device, processes)
    if processes.is_first:
        require_writable([out / LOG])
    with ExitStack() as stack:
        stack.enter_context(processes.joined(device))
        if processes.count > 1 and args.recipe != DEFAULT:  # there each process has a batch of its own
            share_batch_norm(network)
        log = RunLog(out, state.step, say=lambda line: print(line, flush=True)) if processes.is_first else None
        if log:
            stack.callback(log.close)
        # Several processes can't agree on the step after which to stop: torchrun ends them at once.
        should_stop = stack.enter_context(polite_interrupt()) if processes.count == 1 else lambda: False
        report = 1 if "debug" in args else args.report_interval
        train(
            state, plan, clips, out, log, validate=validate, bf16=args.precision == "bf16", should_stop=should_stop,
            forward=torch.compile(network) if args.compile else network,
            every=Intervals(report, args.save_im_interval, args.save_model_interval),
        )  # fmt: skip
    return 0 if state.step >= plan.steps else INTERRUPTED


def _checkpoint(args: argparse.Namespace, out: Path) -> Path | None:
    """Where to go on from, if anywhere. OutputError where that would be the end of another run."""
    from ftpvm.training.loop import CHECKPOINT

    if args.resume is not None and args.load_network:
        raise SettingsError("--load_network starts a new run and --resume goes on with one: leave one of them out.")
    own = out / CHECKPOINT
    checkpoint: Path | None = own if args.resume is True else args.resume
    if own.exists() and (checkpoint is None or checkpoint.resolve() != own.resolve()):
        raise OutputError(f"{out} holds a run already: add --resume to go on with it, or choose another --id or --out.")
    if checkpoint and not checkpoint.exists():
        raise CheckpointError(f"No run can go on from {checkpoint}, it doesn't exist: leave out --resume to start one.")
    return checkpoint


def _device(args: argparse.Namespace, processes: Processes) -> torch.device:
    import torch

    from ftpvm.propagation.device import choose_device

    device = choose_device(args.device).torch
    if device.type == "cuda":
        device = torch.device("cuda", processes.local_rank if processes.count > 1 else device.index or 0)
        torch.cuda.set_device(device)
    return device


def _network(args: argparse.Namespace, *, from_scratch: bool) -> FTPVM:
    from ftpvm.model import build_model

    if args.load_network:
        from ftpvm.model import load_network
        from ftpvm.model.network import DEFAULT_BACKBONE

        network = load_network(args.load_network)
        if network.backbone_arch != DEFAULT_BACKBONE:
            raise SettingsError(
                f"--load_network {args.load_network} has the backbone {network.backbone_arch}, and checkpoints of "
                f"training only {DEFAULT_BACKBONE}: choose other weights."
            )
        return network
    if args.freeze_bn and from_scratch:
        raise SettingsError("--freeze_bn keeps the statistics of trained weights: name them with --load_network.")
    if not from_scratch or args.recipe == DEFAULT or args.no_pretrained:
        return build_model(args.which_model)
    try:
        return build_model(args.which_model, backbone_pretrained=True)
    except CheckpointError as error:
        raise CheckpointError(
            "The published recipe starts from timm's ImageNet weights, which are neither in its cache nor can be "
            "downloaded: connect to the internet once, or add --no_pretrained to start without them."
        ) from error


def _plan(args: argparse.Namespace) -> Published | DefaultRecipe:
    from ftpvm.training.default_recipe import DefaultRecipe
    from ftpvm.training.published import Published

    steps = ITERATIONS[args.recipe] if args.steps is None else args.steps
    lr = LEARNING_RATE[args.recipe] if args.lr is None else args.lr
    if args.recipe == DEFAULT:
        clip_grad = DefaultRecipe.clip_grad if args.clip_grad is None else args.clip_grad
        return DefaultRecipe(
            steps, args.pixels, lr=lr, head_start=args.head_start, freeze_bn=args.freeze_bn, clip_grad=clip_grad
        )
    return Published(
        steps=steps, lr=lr, seg_start=args.seg_start, seg_iter=args.seg_iter, seg_cd=args.seg_cd,
        seg_stop=args.seg_stop, iter_switch_dataset=args.iter_switch_dataset, celoss_type=args.celoss_type,
        tvloss_type=args.tvloss_type, lambda_segtv=args.lambda_segtv, start_segtv=args.start_segtv,
        lambda_tc=args.lambda_tc, full_matte=args.full_matte, clip_grad=args.clip_grad,
    )  # fmt: skip


def _clips(
    args: argparse.Namespace, plan: Published | DefaultRecipe, first: int, device: torch.device, processes: Processes
) -> tuple[Iterator[Clip], Validate | None]:
    """The clips from step `first` on, and how to validate where the recipe knows."""
    from ftpvm.training.published import Published

    if isinstance(plan, Published):
        return _read(args, plan, first, device, processes), None
    return _drawn(args, plan, first, device, processes)


def _read(
    args: argparse.Namespace, plan: Published, first: int, device: torch.device, processes: Processes
) -> Iterator[Clip]:
    from ftpvm.training import datasets
    from ftpvm.training.feeding import read_clips
    from ftpvm.training.published import Pass

    near = {name: getattr(args, name) for name in ("same_mem_que", "nb_frame_only", "random_memtrimap")}
    matting = near | {name: getattr(args, name) for name in ("use_background_dataset", "compose_multiobj")}
    kinds: dict[Pass, tuple[str, Callable[..., Dataset[Clip]], dict[str, bool]]] = {
        Pass.SEGMENTATION: ("seg", datasets.segmentation, near | {"ytvos": args.ytvos}),
        Pass.IMAGE_MATTING: ("img_mat", datasets.image_matting, matting),
        Pass.VIDEO_MATTING: ("vid_mat", datasets.video_matting, matting),
    }
    opened, batch = {}, {}
    for kind in sorted(plan.passes()):
        name, open_dataset, options = kinds[kind]
        batch[kind] = getattr(args, f"b_{name}")
        if batch[kind] % processes.count:
            raise SettingsError(f"-b_{name} {batch[kind]} can't be shared evenly by {processes.count} processes.")
        opened[kind] = open_dataset(
            args.root, size=args.size, frames=getattr(args, f"s_{name}"), seed=args.seed, **options
        )
    return read_clips(opened, plan, batch, first, processes, device, _workers(args))


def _drawn(
    args: argparse.Namespace, plan: DefaultRecipe, first: int, device: torch.device, processes: Processes
) -> tuple[Iterator[Clip], Validate]:
    from ftpvm.training.feeding import drawn_clips
    from ftpvm.training.synthetic import ClipGenerator, SpriteBank
    from ftpvm.training.validation import HELD_OUT_BANK, HELD_OUT_SPRITES, validate

    if args.seed < 0 or args.seed == HELD_OUT_BANK:
        raise SettingsError(f"--seed must be 0 or more, and not {HELD_OUT_BANK}: validation keeps that one's sprites.")

    def generator(seed: int, sprites: int, held_out: bool, device: torch.device | str) -> ClipGenerator:
        bank = SpriteBank.draw(seed, sprites, max(1, sprites // 2))
        if args.sprite_pack:
            bank = bank.with_packs(args.sprite_pack, held_out=held_out)
        return ClipGenerator(bank.cluttered(seed), device)

    workers = _workers(args)
    drawing = generator(args.seed, args.sprites, False, "cpu" if workers else device)
    held_out = generator(HELD_OUT_BANK, HELD_OUT_SPRITES, True, device)
    clips = drawn_clips(drawing, plan, args.seed, first, processes, device, workers)
    return clips, lambda averaged: validate(averaged, held_out)


def _workers(args: argparse.Namespace) -> int:
    return NUM_WORKER[args.recipe] if args.num_worker is None else args.num_worker
