# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop on procedural clips: it learns, resumes exactly, stops when asked, refuses to go on with nonsense."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ftpvm.errors import CheckpointError, FtpvmError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.training.clip import Clip
from ftpvm.training.default_recipe import DefaultRecipe
from ftpvm.training.distributed import Processes
from ftpvm.training.feeding import drawn_clips
from ftpvm.training.log import RunLog
from ftpvm.training.loop import Intervals, carried, train, training_step
from ftpvm.training.published import Published
from ftpvm.training.state import TrainingState
from ftpvm.training.synthetic import ClipGenerator, ClipSpec, SpriteBank
from ftpvm.training.validation import validate

CPU = torch.device("cpu")
RECIPE = DefaultRecipe(
    steps=6, pixels=4 * 48 * 48, lengths=((2, 0),), shapes=((48, 48),) * 6, lr=1e-3, warmup=2, cooldown=0.3
)


@pytest.fixture(scope="module")
def generator() -> ClipGenerator:
    return ClipGenerator(SpriteBank.draw(3, sprites=6, backgrounds=2, size=48))


def fresh(seed: int = 0) -> TrainingState:
    torch.manual_seed(seed)
    return TrainingState.fresh(FTPVM(), RECIPE)


def advance(state: TrainingState, generator: ClipGenerator, until: int) -> None:
    for clip in drawn_clips(generator, RECIPE, 0, state.step, Processes(), CPU, workers=0):
        training_step(state, RECIPE, clip, bf16=False)
        state.step += 1
        if state.step == until:
            return


def test_resuming_the_default_recipe_gives_the_weights_of_one_run(generator: ClipGenerator, tmp_path: Path) -> None:
    whole, first, second = fresh(), fresh(), fresh(seed=99)
    advance(whole, generator, 6)
    advance(first, generator, 3)
    first.save(tmp_path / "last.pth")
    second.load(tmp_path / "last.pth")
    assert second.step == 3
    advance(second, generator, 6)
    for expected, got in ((whole.network, second.network), (whole.ema.network, second.ema.network)):
        got_state = got.state_dict()
        assert all(torch.equal(tensor, got_state[key]) for key, tensor in expected.state_dict().items())


def test_the_loss_falls_on_a_clip_seen_again_and_again(generator: ClipGenerator) -> None:
    state, clip = fresh(), generator(0, RECIPE.clips(0))
    losses = []
    for _ in range(25):
        losses.append(training_step(state, RECIPE, clip, bf16=False)[0]["trimap"].item())
        state.step = 3  # a matting pass, past the warm-up
    assert sum(losses[-3:]) < 0.5 * sum(losses[:3])


@pytest.mark.parametrize("segmentation", [True, False])
def test_the_recurrent_memory_is_carried_through_a_burn_in(generator: ClipGenerator, segmentation: bool) -> None:
    clip = generator(2, ClipSpec(clips=1, frames=2, memories=1, height=48, width=48, burn_in=3))
    query, alphas, _ = clip.query()
    assert query.shape[1] == alphas.shape[1] == 2 and clip.burn_in_images().shape[1] == 3
    torch.manual_seed(0)
    run = partial(FTPVM().eval(), segmentation_pass=segmentation)
    with torch.no_grad():
        whole = run(clip.images[:, 1:], *clip.memory())[0]
        asked = run(query, *clip.memory(), *carried(run, clip))[0]
        alone = run(query, *clip.memory())[0]
    assert torch.allclose(asked, whole[:, 3:], atol=1e-5)
    assert not torch.allclose(asked, alone, atol=1e-3)


@pytest.mark.parametrize("step", [1, 3])  # a segmentation pass, a matting pass
def test_after_a_burn_in_everything_still_learns(generator: ClipGenerator, step: int) -> None:
    """In bf16, where autocast keeps weights that it cast, and torch before 2.10 those without a gradient too."""
    state = fresh()
    state.step = step
    learnt = []
    for burn_in in (0, 3):
        clip = generator(2, ClipSpec(clips=1, frames=2, memories=1, height=48, width=48, burn_in=burn_in))
        training_step(state, replace(RECIPE, head_start=0.9), clip, bf16=True)
        learnt.append({name for name, p in state.network.named_parameters() if p.grad is not None})
    assert learnt[0] == learnt[1] and len(learnt[0]) > 100


def test_a_run_stops_when_asked_and_leaves_curves_and_pictures(generator: ClipGenerator, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    state, log = fresh(), RunLog(tmp_path, say=len)
    clips = drawn_clips(generator, RECIPE, 0, 0, Processes(), CPU, workers=0)
    every = Intervals(report=1, picture=1)
    train(state, RECIPE, clips, tmp_path, log, every=every, bf16=False, should_stop=lambda: state.step == 4)
    log.close()
    assert torch.load(tmp_path / "last.pth", weights_only=True)["step"] == 4
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4
    scalars, pictures = read_board(tmp_path / "tensorboard")
    assert {"trimap", "matte", "lr", "wait_share"} <= scalars
    assert pictures == {"segmentation", "matting"}


def read_board(folder: Path) -> tuple[set[str], set[str]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(folder)).Reload()
    return set(board.Tags()["scalars"]), set(board.Tags()["images"])


def test_going_on_forgets_what_a_killed_run_logged_after_its_checkpoint(tmp_path: Path) -> None:
    lines = [json.dumps({"step": step, "trimap": 1}) for step in (1, 2, 3, 4)]
    (tmp_path / "log.jsonl").write_text("\n".join([*lines, '{"step": 5, "tri']))
    RunLog(tmp_path, step=2, say=len).close()
    assert (tmp_path / "log.jsonl").read_text().splitlines() == lines[:2]


def test_a_run_that_blew_up_keeps_its_last_good_checkpoint(generator: ClipGenerator, tmp_path: Path) -> None:
    state = fresh()
    state.save(tmp_path / "last.pth")
    good = (tmp_path / "last.pth").read_bytes()
    with torch.no_grad():
        state.network.mat_project.conv.bias.fill_(torch.nan)
    with pytest.raises(FtpvmError, match="--resume"):
        state.save(tmp_path / "last.pth")
    with torch.no_grad():
        state.network.seg_project.conv.bias.fill_(torch.nan)
    log, clips = RunLog(tmp_path, say=len), drawn_clips(generator, RECIPE, 0, 0, Processes(), CPU, workers=0)
    with pytest.raises(FtpvmError, match="not a number"):
        train(state, RECIPE, clips, tmp_path, log, every=Intervals(report=2, save=1000), bf16=False)
    log.close()
    assert (tmp_path / "last.pth").read_bytes() == good


def test_a_run_does_not_go_on_with_another_recipe(tmp_path: Path) -> None:
    fresh().save(tmp_path / "last.pth")
    with pytest.raises(CheckpointError, match="--recipe default"):
        TrainingState.fresh(FTPVM(), Published()).load(tmp_path / "last.pth")


def test_validation_finds_the_truth_perfect_and_a_random_network_bad(generator: ClipGenerator) -> None:
    seen: list[Clip] = []

    def remembered(seed: int, spec: ClipSpec) -> Clip:
        seen.append(generator(seed, spec))
        return seen[-1]

    def truth(*_: Tensor) -> tuple[Tensor, Tensor, None, list[Tensor]]:
        _, alpha, trimap = seen[-1].query()
        return 50 * torch.cat([trimap == 0, trimap == 0.5, trimap == 1], 2).float(), alpha, None, []

    assert validate(truth, remembered, batches=2) == {"mad": 0, "background": 1, "foreground": 1}
    torch.manual_seed(0)
    random = validate(FTPVM().eval(), generator, batches=1)
    assert random["mad"] > 50 and random["foreground"] < 0.5
