# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast training clips are drawn beside how fast the trainer uses them up, on the same device and threads."""

import argparse
import time
from dataclasses import replace

import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.depthwise import quicken_depthwise
from ftpvm.training.default_recipe import DefaultRecipe
from ftpvm.training.loop import training_step
from ftpvm.training.state import TrainingState
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank

MATTING_EVERY = 3  # steps, as in the recipe


def main() -> None:
    """A table row for each kind of clips that late steps of the default recipe get."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help=f"of {MATTING_EVERY} steps a row")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    recipe = DefaultRecipe()
    generator = ClipGenerator(SpriteBank.draw(0, sprites=60, backgrounds=30), args.device)
    network = FTPVM().to(args.device).to(memory_format=torch.channels_last)
    quicken_depthwise(network)
    state = TrainingState.fresh(network, recipe)
    print(f"| clips a step ({args.device}) | clips/s | frames/s | drawing | training step | drawing's share |")
    print("|---|---|---|---|---|---|")
    for spec in specs(recipe):
        measure(generator, state, recipe, spec, rounds=1)
        drawing, training = measure(generator, state, recipe, spec, args.rounds)
        rate, frames = spec.clips / drawing, spec.memories + spec.burn_in + spec.frames
        print(
            f"| {spec.clips} of {frames} x {spec.width}x{spec.height} | {rate:.1f} | {rate * frames:.1f} "
            f"| {drawing:.3f} s | {training:.3f} s | {drawing / (drawing + training):.0%} |",
            flush=True,
        )


def specs(recipe: DefaultRecipe) -> list[ClipSpec]:
    """Every length and shape that late steps get, with one memory."""
    late = (replace(recipe.clips(step), memories=1, far=30) for step in range(recipe.steps - 500, recipe.steps))
    return sorted(set(late), key=lambda spec: (spec.frames, spec.burn_in, spec.height * spec.width))


def measure(
    generator: ClipGenerator, state: TrainingState, recipe: DefaultRecipe, spec: ClipSpec, rounds: int
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
