# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine refuses before it starts, in sentences that say what to do."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_shots import a_propagator, a_shot, a_trimap

from ftpvm.errors import DeviceError, KeyframeError, SettingsError
from ftpvm.host.torch_builds import TORCH_BUILDS
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation import Device, Keyframe, Settings, choose_device


@pytest.mark.parametrize(
    ("keyframes", "words"),
    [
        ([], "no keyframe"),
        ([Keyframe(2, a_trimap()), Keyframe(2, a_trimap())], "Frame 2 has two trimaps"),
        ([Keyframe(0, a_trimap()), Keyframe(2, a_trimap())], "Keyframe 0 lies outside the range 1 to 3"),
        ([Keyframe(4, a_trimap())], "Keyframe 4 lies outside"),
        ([Keyframe(2, np.zeros((64, 48), np.float32))], "frame 2 is 48x64 but the shot is 64x48"),
        ([Keyframe(2, a_trimap(), np.zeros((9, 9, 3), np.float32))], "image of frame 2 is 9x9 but the shot is 64x48"),
    ],
)
def test_contradicting_keyframes(tmp_path: Path, network: FTPVM, keyframes: list[Keyframe], words: str) -> None:
    shot = replace(a_shot(tmp_path, range(0, 5), [2]), keyframes=keyframes, frames=range(1, 4))
    for call in (a_propagator(network).plan, a_propagator(network).run):
        with pytest.raises(KeyframeError, match=words):
            call(shot)
    assert not shot.mattes.folder.exists()


@pytest.mark.parametrize("frames", [range(0), range(0, 6), range(-1, 3), range(0, 4, 2), range(4, -1, -1)])
def test_a_range_that_is_not_in_the_shot(tmp_path: Path, frames: range) -> None:
    shot = a_shot(tmp_path, range(0, 5), [2])
    with pytest.raises(SettingsError, match="inside the shot's frames, 0 to 4"):
        replace(shot, frames=frames)


def test_unknown_settings() -> None:
    with pytest.raises(SettingsError, match="'sideways'; choose both, forward, backward"):
        Settings(direction="sideways")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="63 px is too small"):
        Settings(resolution=63)


def two_gpus(monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int] = (8, 6), built: str = "sm_86") -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "GeForce")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(torch.cuda, "get_arch_list", built.split)


def test_the_best_device_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for said, half in (({}, None), ({"avx512_bf16": True}, torch.bfloat16), ({"amx_bf16": True}, torch.bfloat16)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda said=said: said, raising=False)
        assert choose_device() == choose_device("cpu") == Device("cpu", half=half, chunk=2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device() == choose_device("mps") == Device("mps", half=None, chunk=4)
    two_gpus(monkeypatch)
    assert choose_device() == choose_device("cuda") == Device("cuda", half=torch.float16, chunk=8)
    assert choose_device("cuda:1").torch == torch.device("cuda", 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tpu", "no device 'tpu'; choose one of auto, cuda, mps, cpu"),
        ("", "no device ''"),
        ("cuda", "can't use cuda .it finds no CUDA devices"),
        ("mps", "no Apple GPU"),
    ],
)
def test_a_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=words):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda:2", "cuda:-1", "cuda:x"])
def test_a_gpu_too_many(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    two_gpus(monkeypatch)
    with pytest.raises(DeviceError, match=f"can't use {name} .it finds 2"):
        choose_device(name)


@pytest.mark.parametrize(
    ("capability", "built", "todo"),
    [
        ((6, 1), "sm_75 sm_86 sm_120 compute_120", TORCH_BUILDS["cuda_older"].label),
        ((8, 0), "sm_75 sm_86", TORCH_BUILDS["cuda_older"].label),
        ((12, 0), "sm_75 sm_90a", "install a newer one"),
        ((8, 9), "sm_75 sm_86", ""),
        ((12, 0), "sm_75 compute_90", ""),
        ((9, 0), "sm_90a", ""),
        ((9, 4), "gfx90a gfx942", ""),
    ],
)
def test_a_gpu_that_torch_was_not_built_for(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], built: str, todo: str
) -> None:
    two_gpus(monkeypatch, capability, built)
    for name in ("auto", "cuda:1"):
        if todo:
            with pytest.raises(DeviceError, match=rf"isn.t for the GeForce: .*{re.escape(todo)}.* to cpu"):
                choose_device(name)
        else:
            assert choose_device(name).half == torch.float16
