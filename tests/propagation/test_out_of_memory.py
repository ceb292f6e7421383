# SPDX-License-Identifier: GPL-3.0-or-later
"""Where memory is short: fewer frames at a time, then a lower resolution, and never an end without a word."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_shots import a_network, a_propagator, a_shot, assert_same, followed_run, left_behind, mattes_of
from torch import Tensor

from ftpvm.errors import DeviceError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Shot

WIDE = (320, 32)
ERRORS: dict[str, tuple[type[Exception], str]] = {
    "cuda": (torch.cuda.OutOfMemoryError, "Tried to allocate 2.00 GiB."),
    "cpu": (
        RuntimeError,
        "[enforce fail] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.",
    ),
    "mps": (RuntimeError, "MPS backend out of memory (MPS allocated: 1.00 GB)"),
    "cublas": (RuntimeError, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "python": (MemoryError, ""),
}


class Cramped(FTPVM):
    """Has room for so many frames of so many pixels, after the first `easy` calls."""

    frames = 1000
    pixels = 10**9
    easy = 0
    calls = 0
    refusals = 0
    error = ERRORS["cuda"]

    def encode_imgs_to_value(self, memory_imgs: Tensor, *args: Any, **options: Any) -> tuple[Tensor, Tensor]:
        self.fit(memory_imgs)
        return super().encode_imgs_to_value(memory_imgs, *args, **options)

    def forward_with_memory(self, query_imgs: Tensor, *args: Any, **options: Any) -> Any:
        self.fit(query_imgs)
        return super().forward_with_memory(query_imgs, *args, **options)

    def fit(self, images: Tensor) -> None:
        self.calls += 1
        pixels = images.shape[-1] * images.shape[-2]
        if self.calls > self.easy and (images.shape[1] > self.frames or pixels > self.pixels):
            self.refusals += 1
            kind, words = self.error
            raise kind(words)


@pytest.fixture
def cramped() -> Cramped:
    network = a_network(Cramped)
    assert isinstance(network, Cramped)
    return network


def a_wide_shot(folder: Path) -> Shot:
    return a_shot(folder, range(0, 6), [1, 4], size=WIDE)


@pytest.mark.parametrize("error", ERRORS)
def test_fewer_frames_at_a_time_give_the_same(tmp_path: Path, network: FTPVM, cramped: Cramped, error: str) -> None:
    shots = [a_shot(tmp_path / name, range(0, 6), [1, 4]) for name in ("roomy", "cramped")]
    followed_run(a_propagator(network), shots[0])
    cramped.frames, cramped.error = 1, ERRORS[error]
    report = followed_run(a_propagator(cramped), shots[1])
    assert report.warnings == [] and report.resolution == 64 and report.frames_run == 2 + 6 + 2
    assert cramped.refusals == 1  # what fits is remembered
    assert_same(*map(mattes_of, shots))


@pytest.mark.parametrize("easy", [0, 3, 6])
def test_at_a_lower_resolution_it_goes_on_and_says_so(tmp_path: Path, cramped: Cramped, easy: int) -> None:
    shot = a_wide_shot(tmp_path)
    cramped.pixels, cramped.easy = 300 * 32, easy
    report = followed_run(a_propagator(cramped), shot)
    assert report.resolution == 256 and report.warnings == ["Out of memory at 320 px: went on at 256 px."]
    assert {matte.shape[::-1] for matte in mattes_of(shot).values()} == {WIDE}
    assert left_behind(shot) == []
    again = followed_run(a_propagator(cramped), shot)
    assert (again.frames_run, again.spans_kept, again.resolution) == (0, 3, 256)
    assert again.warnings == ["Mattes that are kept are of 256 px, as memory ran out; delete them to try 320 px again."]


def test_what_was_made_at_a_lower_resolution_is_tried_again_when_asked(tmp_path: Path, cramped: Cramped) -> None:
    shot = a_wide_shot(tmp_path)
    cramped.pixels = 300 * 32
    followed_run(a_propagator(cramped), shot)
    cramped.pixels = 10**9
    for number in shot.frames:
        shot.mattes.path(number).unlink()  # type: ignore[attr-defined]
    again = followed_run(a_propagator(cramped), shot)
    assert (again.spans_run, again.resolution, again.warnings) == (3, 320, [])


def test_at_a_lower_resolution_frames_go_together_again(tmp_path: Path, cramped: Cramped) -> None:
    cramped.pixels, cramped.easy, propagator = 300 * 32, 1, a_propagator(cramped)  # its keyframe still fits
    followed_run(propagator, a_wide_shot(tmp_path))
    assert propagator.runner.chunk == propagator.runner.device.chunk > 1


def test_stopped_at_a_lower_resolution_it_goes_on_there(tmp_path: Path, cramped: Cramped) -> None:
    shot = a_wide_shot(tmp_path)
    cramped.pixels = 300 * 32
    first = followed_run(a_propagator(cramped), shot, stop_after=5)
    second = followed_run(a_propagator(cramped), shot)
    assert first.stopped and first.frames_run + second.frames_run == 2 + 6 + 2
    assert second.resolution == 256 and second.frames_resumed == first.frames_run - 2


def test_where_what_it_stopped_with_does_not_fit_the_span_starts_over(
    tmp_path: Path, network: FTPVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot, refused = a_wide_shot(tmp_path), list[Any]()
    followed_run(a_propagator(network), shot, stop_after=3)

    def to(tensor: Tensor, *args: Any, to: Any = Tensor.to, **options: Any) -> Tensor:
        if options.get("copy") and not refused:
            refused.append(tensor.shape)
            raise torch.cuda.OutOfMemoryError(ERRORS["cuda"][1])
        return to(tensor, *args, **options)

    monkeypatch.setattr(Tensor, "to", to)
    report = followed_run(a_propagator(network), shot)
    assert refused and report.warnings == ["Out of memory at 320 px: went on at 256 px."]
    assert left_behind(shot) == []


class Homeless(FTPVM):
    def to(self, *args: Any, **options: Any) -> Any:
        raise RuntimeError("CUDA error: out of memory")


def test_a_network_that_does_not_fit_is_told() -> None:
    with pytest.raises(DeviceError, match="cpu has too little memory for the network; close other programs"):
        a_propagator(Homeless())


def test_at_the_smallest_it_says_what_to_do(tmp_path: Path, cramped: Cramped) -> None:
    shot = a_wide_shot(tmp_path)
    cramped.pixels = 100
    with pytest.raises(DeviceError, match="even at 256 px; close other programs"):
        a_propagator(cramped).run(shot)
    assert not (shot.mattes.folder / ".ftpvm").exists()


def test_other_errors_of_the_network_pass(tmp_path: Path, cramped: Cramped) -> None:
    cramped.pixels, cramped.error = 100, (RuntimeError, "mat1 and mat2 shapes cannot be multiplied")
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        a_propagator(cramped).run(a_wide_shot(tmp_path))
