# SPDX-License-Identifier: GPL-3.0-or-later
"""Training runs: they learn, resume exactly, and leave checkpoints that load as weights."""

import json
from pathlib import Path

import pytest
import torch

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import best_resolution, load_network, read_metadata
from ftpvm.training.export import export
from ftpvm.training.loop import TrainingState, train, training_step
from ftpvm.training.recipe import Recipe
from ftpvm.training.synthetic import ClipGenerator, SpriteBank
from ftpvm.training.validation import validate

RECIPE = Recipe(steps=6, pixels=2 * 48 * 48, frames=2, shapes=((48, 48),) * 6, warmup=2)


@pytest.fixture(scope="module")
def clips() -> ClipGenerator:
    return ClipGenerator(SpriteBank.draw(3, sprites=6, backgrounds=2, size=48))


def fresh(seed: int = 0) -> TrainingState:
    torch.manual_seed(seed)
    return TrainingState.fresh(FTPVM(), RECIPE.lr)


def advance(state: TrainingState, clips: ClipGenerator, until: int) -> list[dict[str, float]]:
    losses = []
    while state.step < until:
        losses.append(training_step(state, RECIPE, clips(state.step, RECIPE.clips(state.step)), bf16=False))
        state.step += 1
    return losses


def test_resuming_gives_the_weights_of_one_run(clips: ClipGenerator, tmp_path: Path) -> None:
    whole, first, second = fresh(), fresh(), fresh(seed=99)
    advance(whole, clips, 6)
    advance(first, clips, 3)
    first.save(tmp_path / "last.pth")
    second.load(tmp_path / "last.pth")
    assert second.step == 3
    advance(second, clips, 6)
    for expected, got in ((whole.network, second.network), (whole.ema.network, second.ema.network)):
        got_state = got.state_dict()
        assert all(torch.equal(tensor, got_state[key]) for key, tensor in expected.state_dict().items())


def test_the_loss_falls_on_a_clip_seen_again_and_again(clips: ClipGenerator) -> None:
    state, clip = fresh(), clips(0, RECIPE.clips(0))
    losses = []
    for _ in range(25):
        losses.append(training_step(state, RECIPE, clip, bf16=False)["trimap"])
        state.step = 3  # a matting pass, past the warm-up
    assert sum(losses[-3:]) < 0.5 * sum(losses[:3])


def test_a_run_leaves_a_log_and_a_checkpoint_that_loads_as_weights(clips: ClipGenerator, tmp_path: Path) -> None:
    train(fresh(), RECIPE, clips, lambda network: {"mad": 1.5}, tmp_path, report_every=3, bf16=False, say=len)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == [3, 6, 6]
    assert "matte" in log[1] and log[2]["validation"] == {"mad": 1.5}
    export(tmp_path / "last.pth", tmp_path / "w.safetensors", resolution=384)
    metadata = read_metadata(tmp_path / "w.safetensors")
    assert best_resolution(tmp_path / "w.safetensors") == 384
    assert metadata["licence"] == "CC0-1.0" and metadata["steps"] == "6"
    averaged = torch.load(tmp_path / "last.pth", weights_only=True)["ema"]
    loaded = load_network(tmp_path / "w.safetensors").state_dict()
    assert all(torch.allclose(averaged[k].float(), loaded[k].float(), atol=1e-3, rtol=1e-3) for k in loaded)


def test_validation_finds_a_random_network_bad(clips: ClipGenerator) -> None:
    numbers = validate(FTPVM().eval(), clips, batches=1)
    assert set(numbers) == {"mad", "background", "foreground"}
    assert numbers["mad"] > 0 and 0 <= numbers["foreground"] < 0.9


def test_the_recipe_goes_from_easy_to_hard() -> None:
    recipe = Recipe(steps=1000)
    assert recipe.clips(0).far == 0 and recipe.is_segmentation_pass(0)
    late = [recipe.clips(step) for step in range(500, 600)]
    assert max(c.far for c in late) == 30 and {c.memories for c in late} == {1, 2}
    assert {recipe.is_segmentation_pass(step) for step in range(500, 600)} == {True, False}
    rates = [recipe.learning_rate(step) for step in (0, 200, 699, 850, 999)]
    assert rates[0] < rates[1] == rates[2] > rates[3] > rates[4] > 0
