# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast training clips are drawn beside how fast the trainer uses them up, on the same device and threads."""

import argparse
import time

import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.training.loop import training_step
from ftpvm.training.recipe import Recipe
from ftpvm.training.state import TrainingState
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank

MATTING_EVERY = 3  # steps, as in the recipe


def main() -> None:
    """A table row a shape of the default recipe, with the clips that a late step of it gets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help=f"of {MATTING_EVERY} steps a shape")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    recipe = Recipe()
    generator = ClipGenerator(SpriteBank.draw(0, sprites=60, backgrounds=30), args.device)
    network = FTPVM().to(args.device).to(memory_format=torch.channels_last)
    state = TrainingState.fresh(network, recipe)
    print(f"| clips a step ({args.device}) | clips/s | frames/s | drawing | training step | drawing's share |")
    print("|---|---|---|---|---|---|")
    for height, width in recipe.shapes:
        count = max(1, round(recipe.pixels / (height * width)))
        spec = ClipSpec(count, recipe.frames, 1, height, width, far=30)
        measure(generator, state, recipe, spec, rounds=1)
        drawing, training = measure(generator, state, recipe, spec, args.rounds)
        rate, frames = count / drawing, recipe.frames + 1
        print(
            f"| {count} of {frames} x {width}x{height} | {rate:.1f} | {rate * frames:.1f} | {drawing:.3f} s "
            f"| {training:.3f} s | {drawing / (drawing + training):.0%} |",
            flush=True,
        )


def measure(
    generator: ClipGenerator, state: TrainingState, recipe: Recipe, spec: ClipSpec, rounds: int
) -> tuple[float, float]:
    """Mean seconds of drawing a batch and of a step on it, in turn, so that a busy machine slows both alike."""
    drawing = training = 0.0
    # Past the first fifth, where the recipe mixes segmentation and matting passes.
    first, steps = recipe.steps // 2, rounds * MATTING_EVERY
    for state.step in range(first, first + steps):
        began = now(generator.device)
        clip = generator(state.step, spec)
        drawn = now(generator.device)
        training_step(state, recipe, clip, bf16=True)
        drawing, training = drawing + drawn - began, training + now(generator.device) - drawn
    return drawing / steps, training / steps


def now(device: torch.device) -> float:
    """Seconds, once the device has done all that it was asked to."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


if __name__ == "__main__":
    main()
