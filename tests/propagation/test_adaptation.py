# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that is trained on the keyframes first: better, the same every time, and as easily stopped and redone."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_shots import a_network, a_propagator, a_shot, a_trimap, left_behind, mattes_of
from torch import Tensor

from ftpvm.errors import DeviceError
from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import load_network
from ftpvm.propagation import Keyframe, Progress, Propagator, Report, Settings, Shot, Span
from ftpvm.propagation.warping import FRAMES, warped_clip
from ftpvm.trimaps.bands import trimap_from_matte

FURRY = Path(__file__).parents[2] / "benchmarks" / "validation_clips" / "furry"
STEPS = 3


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to change what comes out."""
    for module in ("adaptation", "span_runner", "propagate"):
        monkeypatch.setattr(f"ftpvm.propagation.{module}.STEPS", STEPS)


def run(propagator: Propagator, shot: Shot, *, stop_after: int | None = None) -> tuple[Report, int]:
    """A run, asked to stop after so many steps and frames; how many steps it took."""
    steps: list[int] = []
    frames: list[Progress] = []

    def adapting(span: Span, done: int, total: int) -> None:
        assert total == STEPS and 0 < done <= total
        steps.append(done)

    report = propagator.run(
        shot, on_adapting=adapting, on_progress=frames.append,
        should_stop=lambda: stop_after is not None and len(steps) + len(frames) >= stop_after,
    )  # fmt: skip
    assert report.frames_run == len(frames)
    return report, len(steps)


def difference(one: Shot, other: Shot) -> float:
    pairs = zip(mattes_of(one).values(), mattes_of(other).values(), strict=True)
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


def test_the_default_weights_follow_what_turns_better(tmp_path: Path) -> None:
    frames, source = range(21), open_source(FURRY / "clip.mp4")
    alphas = [image[..., 0] for _, image in open_source(FURRY / "alpha.mkv").read(frames)]
    keyframes = [Keyframe(number, trimap_from_matte(alphas[number], inner=5, outer=5)) for number in (0, 20)]
    errors = []
    for adapt in (False, True):
        mattes = MatteSequence(tmp_path / str(adapt), "m")
        shot = Shot(source, keyframes, frames, mattes, Settings(resolution=320, adapt=adapt))
        a_propagator(load_network()).run(shot)
        errors.append(np.mean([np.abs(mattes.read(n) - alphas[n]).mean() for n in frames]))
    assert errors[1] < 0.95 * errors[0]


@pytest.mark.usefixtures("few_steps")
def test_it_changes_the_mattes_the_same_way_every_time_and_not_the_network(tmp_path: Path) -> None:
    network = a_network()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    plain = a_shot(tmp_path / "plain", range(0, 4), [1])
    one, other = (a_shot(tmp_path / name, range(0, 4), [1], adapt=True) for name in ("one", "other"))
    for shot in (plain, one, other):
        report, _ = run(a_propagator(network), shot)
        assert report.frames_run == 2 + 3
    assert difference(plain, one) > 1e-3
    assert difference(one, other) == 0
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())


@pytest.mark.usefixtures("few_steps")
def test_only_what_hangs_on_a_corrected_keyframe_or_on_the_setting_runs_again(tmp_path: Path, network: FTPVM) -> None:
    propagator = a_propagator(network)
    plain = a_shot(tmp_path, range(0, 12), [2, 5, 8])
    run(propagator, plain)
    shot = replace(plain, settings=replace(plain.settings, adapt=True))
    report, steps = run(propagator, shot)
    assert (report.spans_run, steps) == (4, 4 * STEPS)
    assert run(propagator, shot)[0].spans_kept == 4
    corrected = replace(shot, keyframes=[Keyframe(2, a_trimap(shift=3)), *shot.keyframes[1:]])
    report, steps = run(propagator, corrected)
    assert (report.spans_run, report.spans_kept, steps) == (2, 2, 2 * STEPS)


@pytest.mark.usefixtures("few_steps")
def test_a_keyframe_alone_is_not_worth_it(tmp_path: Path, network: FTPVM) -> None:
    report, steps = run(a_propagator(network), a_shot(tmp_path, range(0, 5), [0, 4], adapt=True))
    assert (report.spans_run, steps) == (2, STEPS)


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("stop_after", [1, STEPS, STEPS + 1, STEPS + 4])
def test_stopped_and_run_again_it_is_as_if_never_stopped(tmp_path: Path, network: FTPVM, stop_after: int) -> None:
    whole, stopped = (a_shot(tmp_path / name, range(0, 6), [0, 4], adapt=True) for name in ("whole", "stopped"))
    run(a_propagator(network), whole)
    first, steps = run(a_propagator(network), stopped, stop_after=stop_after)
    assert first.stopped and steps + first.frames_run < stop_after + 2
    second, _ = run(a_propagator(network), stopped)
    assert first.frames_run + second.frames_run == 4 + 4 + 2
    assert difference(whole, stopped) < 1e-4
    assert left_behind(stopped) == []


@pytest.mark.usefixtures("few_steps")
def test_an_adapted_network_is_kept_for_the_next_press(tmp_path: Path, network: FTPVM) -> None:
    propagator, shot = a_propagator(network), a_shot(tmp_path, range(0, 6), [0], adapt=True)
    first, _ = run(propagator, shot, stop_after=STEPS + 1)
    second, steps = run(propagator, shot)
    assert second.frames_resumed == first.frames_run > 0 and steps == 0


@pytest.mark.usefixtures("few_steps")
def test_stopped_before_the_first_frame_the_mattes_there_are_still_count(tmp_path: Path, network: FTPVM) -> None:
    propagator, plain = a_propagator(network), a_shot(tmp_path, range(0, 4), [0])
    run(propagator, plain)
    adapting = replace(plain, settings=replace(plain.settings, adapt=True))
    assert run(propagator, adapting, stop_after=1)[0].stopped
    report, _ = run(propagator, plain)
    assert (report.spans_kept, report.frames_run) == (1, 0)


class Narrow(FTPVM):
    """Too little memory to learn from pictures wider than `room`, after the first step; running them fits."""

    calls, room = 0, 256

    def forward(self, query_imgs: Tensor, *args: object, **options: object) -> list[object]:  # type: ignore[override]
        self.calls += 1
        if query_imgs.shape[-1] > self.room and self.calls > 1:
            raise torch.cuda.OutOfMemoryError("Tried to allocate 2.00 GiB.")
        return super().forward(query_imgs, *args, **options)  # type: ignore[arg-type]


@pytest.mark.usefixtures("few_steps")
def test_where_learning_does_not_fit_it_learns_from_smaller_pictures(tmp_path: Path) -> None:
    """And the next span's without trying the larger ones again."""
    shot = a_shot(tmp_path, range(1, 5), [1, 3], size=(320, 32), adapt=True)
    report, steps = run(a_propagator(a_network(Narrow)), shot)
    assert report.resolution == 320 and steps == 1 + STEPS + STEPS
    assert report.warnings == ["Out of memory at 320 px: adapted to the keyframes at 256 px."]


@pytest.mark.usefixtures("few_steps")
def test_where_learning_does_not_fit_at_all_the_error_names_it(tmp_path: Path) -> None:
    network = a_network(Narrow)
    network.room = 0  # type: ignore[assignment]
    with pytest.raises(DeviceError, match=r"Adapting .* even at 256 px; do without it"):
        run(a_propagator(network), a_shot(tmp_path, range(0, 4), [0], size=(320, 32), adapt=True))


def test_a_keyframe_of_another_picture_is_learnt_from_that_picture(
    tmp_path: Path, network: FTPVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[np.ndarray] = []

    def note(runner: object, pictures: list[SimpleNamespace], **_: object) -> object:
        learnt.extend(picture.image for picture in pictures)
        return runner

    monkeypatch.setattr("ftpvm.propagation.span_runner.adapted", note)
    shot = a_shot(tmp_path, range(0, 3), [1], adapt=True)
    image = np.random.default_rng(0).random((48, 64, 3), np.float32)
    a_propagator(network).run(replace(shot, keyframes=[Keyframe(1, a_trimap(), image)]))
    assert [(picture == image).all() for picture in learnt] == [True]


@pytest.mark.usefixtures("few_steps")
def test_what_the_artist_marked_is_learnt_as_it_is_from_a_larger_picture(
    tmp_path: Path, network: FTPVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[tuple[Tensor, ...]] = []

    def note(image: Tensor, trimap: Tensor, matte: Tensor, chance: torch.Generator) -> tuple[Tensor, ...]:
        learnt.append((trimap, matte))
        return warped_clip(image, trimap, matte, chance)

    monkeypatch.setattr("ftpvm.propagation.adaptation.warped_clip", note)
    shot = a_shot(tmp_path, range(0, 2), [0], size=(999, 540), adapt=True, resolution=128)
    run(a_propagator(network), shot)
    for trimap, matte in learnt:
        assert set(trimap.unique().tolist()) == {0.0, 0.5, 1.0}
        assert torch.equal(matte[trimap != 0.5], trimap[trimap != 0.5])


def test_warping_moves_picture_trimap_and_matte_together() -> None:
    trimap = torch.from_numpy(a_trimap())[None]
    images, trimaps, mattes = warped_clip(
        0.5 * trimap.expand(3, -1, -1), trimap, trimap, torch.Generator().manual_seed(3)
    )
    assert images.shape == (FRAMES, 3, 48, 64) and trimaps.shape == mattes.shape == (FRAMES, 1, 48, 64)
    assert set(trimaps.unique().tolist()) == {0.0, 0.5, 1.0}
    inside = mattes > 0.95
    assert inside.float().mean() > 0.01 and (trimaps[inside] == 1).all()
    assert (trimaps[mattes < 0.05] == 0).all()
    assert not torch.equal(trimaps[0], trimaps[-1])
    gains = images.amax((0, 2, 3), keepdim=True)  # a channel is the trimap times its gain
    torch.testing.assert_close(images, gains * mattes)
