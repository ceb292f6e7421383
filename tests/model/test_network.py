# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's public calls: backbones, options, recurrent memory, and no network connection unless asked."""

import socket
from pathlib import Path
from typing import NoReturn

import huggingface_hub.constants
import pytest
import torch
from torch import Tensor

from ftpvm.errors import CheckpointError, SettingsError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model import build_model
from ftpvm.model.merging import merge_mattes

Inputs = tuple[Tensor, Tensor, Tensor]


@pytest.fixture(scope="module")
def network() -> FTPVM:
    torch.manual_seed(0)
    return FTPVM().eval()


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Four query frames and two memory frames with trimaps."""
    torch.manual_seed(1)
    trimaps = torch.randint(0, 3, (1, 2, 1, 6, 8)).repeat_interleave(8, 3).repeat_interleave(8, 4) / 2
    return torch.rand(1, 4, 3, 48, 64), torch.rand(1, 2, 3, 48, 64), trimaps


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """A machine that is cut off and has nothing cached; holds every attempt to look up or reach a host."""
    tried: list[object] = []

    def refuse(*args: object, **_: object) -> NoReturn:
        tried.append(args)
        raise OSError("the network is down")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tried


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_plain_construction_never_touches_the_network(attempts: list[object]) -> None:
    FTPVM()
    assert attempts == []


def test_pretrained_weights_fail_at_once_and_clearly_without_a_connection(attempts: list[object]) -> None:
    with pytest.raises(CheckpointError, match="'resnet18' can't be had: connect to the internet once"):
        FTPVM("resnet18", backbone_pretrained=True)
    assert len(attempts) == 1, "the hub was asked again and again"


@pytest.mark.parametrize(("arch", "key_channels"), [("resnet18", 256), ("mobilenetv2_100", 96)])
def test_other_backbones(arch: str, key_channels: int, inputs: Inputs) -> None:
    network = build_model("FTPVM", backbone_arch=arch)
    query, memory, trimaps = inputs
    key, value = network.encode_imgs_to_value(memory, trimaps)
    logits, boundary, full, _ = network.forward_with_memory(query, key, value)
    assert key.shape == (1, 2, key_channels, 3, 4)
    assert value.shape == (1, key_channels, 2, 3, 4)
    assert (logits.shape, boundary.shape, full.shape) == ((1, 4, 3, 48, 64), (1, 4, 1, 48, 64), (1, 4, 1, 48, 64))


@pytest.mark.parametrize("arch", ["mobilenetv3_large_100", "resnet18"])
def test_every_trained_parameter_gets_a_gradient(arch: str, inputs: Inputs) -> None:
    network = FTPVM(arch)
    logits, boundary, _, _ = network(*inputs)
    (logits.square().mean() + boundary.mean()).backward()
    idle = [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert idle == []


@pytest.mark.parametrize("arch", ["no_such_backbone", "convnext_tiny"])
def test_unsuitable_backbones_are_named(arch: str) -> None:
    with pytest.raises(SettingsError, match=arch):
        FTPVM(arch)


def test_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="known models: FTPVM"):
        build_model("FTPWM")


@torch.inference_mode()
def test_going_on_with_the_recurrent_memory_equals_one_long_run(network: FTPVM, inputs: Inputs) -> None:
    query, memory, trimaps = inputs
    whole = network(query, memory, trimaps, *network.default_rec)
    first = network(query[:, :3], memory, trimaps)
    second = network(query[:, 3:], memory, trimaps, *first[3])
    for index in range(3):
        close(torch.cat([first[index], second[index]], dim=1), whole[index])
    for which in range(2):
        for ours, theirs in zip(second[3][which], whole[3][which], strict=True):
            close(ours, theirs)


@torch.inference_mode()
def test_segmentation_pass_leaves_out_the_matte(network: FTPVM, inputs: Inputs) -> None:
    logits, rec_seg = network(*inputs, segmentation_pass=True)
    whole = network(*inputs)
    close(logits, whole[0])
    close(rec_seg[1], whole[3][0][1])


@torch.inference_mode()
def test_given_trimaps_replace_the_predicted_ones_on_the_first_frames(network: FTPVM, inputs: Inputs) -> None:
    query, memory, trimaps = inputs
    _, boundary, full, _ = network(query, memory, trimaps, replace_given_seg=True)
    predicted = network(query, memory, trimaps)[2]
    for index in range(2):
        given = trimaps[:, index]
        close(full[:, index], torch.where(given == 0.5, boundary[:, index], given))
    close(full[:, 2:], predicted[:, 2:])
    encoded = network.encode_imgs_to_value(memory, trimaps)
    close(network.forward_with_memory(query, *encoded, given_trimaps=trimaps)[2], full)


@torch.inference_mode()
def test_merged_matte_of_the_network(network: FTPVM, inputs: Inputs) -> None:
    logits, boundary, full, _ = network(*inputs)
    assert torch.equal(full, merge_mattes(logits, boundary))
