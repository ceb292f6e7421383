# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ftpvm.training`: train the default recipe from scratch, go on, or resume."""

import argparse
import os
from pathlib import Path

# Clips come in several shapes; with room for 1024 prepared kernels the CPU forgets them and takes 4 times as long.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "40000")
os.environ.setdefault("LRU_CACHE_CAPACITY", "40000")

import torch

from ftpvm.model import build_model
from ftpvm.model.checkpoint import find_weights, load_checkpoint

from .loop import TrainingState, train
from .recipe import Recipe
from .synthetic import ClipGenerator, SpriteBank
from .validation import HELD_OUT_BANK, validate


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ftpvm.training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for last.pth and log.jsonl")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--pixels", type=int, default=Recipe.pixels, help="query pixels a frame index and step")
    parser.add_argument("--lr", type=float, default=Recipe.lr)
    parser.add_argument("--sprites", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--resume", type=Path, help="go on exactly from this last.pth")
    parser.add_argument("--load-network", metavar="NAME_OR_PATH", help="start a new run from these weights")
    parser.add_argument("--head-start", type=float, default=0.0, help="begin the curriculum this far in (0 to 1)")
    return parser.parse_args()


def main() -> None:
    """Train as the command line says."""
    args = parse()
    torch.manual_seed(args.seed)
    network = build_model("FTPVM").to(args.device).to(memory_format=torch.channels_last)
    if args.load_network:
        network.load_state_dict(load_checkpoint(find_weights(args.load_network)))
    recipe = Recipe(args.steps, args.pixels, lr=args.lr, head_start=args.head_start)
    state = TrainingState.fresh(network, args.lr)
    if args.resume:
        state.load(args.resume)
    clips, held_out = (
        ClipGenerator(SpriteBank.draw(seed, sprites, sprites // 2), args.device)
        for seed, sprites in ((args.seed, args.sprites), (HELD_OUT_BANK, 40))
    )
    train(
        state, recipe, clips, lambda averaged: validate(averaged, held_out), args.out,
        seed=args.seed, say=lambda line: print(line, flush=True),
    )  # fmt: skip


if __name__ == "__main__":
    main()
