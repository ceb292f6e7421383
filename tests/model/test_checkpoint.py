# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints of every kind load, and files that are none are refused in one sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ftpvm.errors import CheckpointError, OutputError, SettingsError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import (
    find_weights,
    import_weights,
    list_weights,
    load_checkpoint,
    load_network,
    read_metadata,
    save_safetensors,
)
from ftpvm.model.network import DEFAULT_BACKBONE

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(5)
    return FTPVM().state_dict()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty weights folder of its own."""
    folder = tmp_path / "Gewichte für später"
    monkeypatch.setenv("FTPVM_WEIGHTS_DIR", str(folder))
    return folder


def assert_same(found: State, expected: State) -> None:
    assert found.keys() == expected.keys()
    for key, tensor in expected.items():
        assert found[key].dtype == tensor.dtype, key
        assert torch.equal(found[key], tensor), key


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"network": state, "step": 7},
        lambda state: {"network": {"another.weight": torch.ones(1)}, "ema": state, "optimizer": {"lr": [1e-4]}},
        lambda state: {f"module.{key}": tensor for key, tensor in state.items()},
        lambda state: state | {"refiner.box.weight": torch.ones(3)},
        lambda state: {"network": {f"module.{k}": v for k, v in state.items()} | {"module.refiner.a": torch.ones(1)}},
    ],
    ids=["plain", "training", "with ema", "data parallel", "old refiner", "parallel with refiner"],
)
def test_reads_every_layout(wrap: Callable[[State], object], state: State, tmp_path: Path) -> None:
    torch.save(wrap(state), tmp_path / "网络 1.pth")
    assert_same(load_checkpoint(tmp_path / "网络 1.pth"), state)


def test_old_name_of_the_attention_projection(tmp_path: Path) -> None:
    torch.save({"bottleneck.attn.proj_out.0.weight": torch.ones(2)}, tmp_path / "old.pth")
    assert list(load_checkpoint(tmp_path / "old.pth")) == ["bottleneck.attn.proj_out.weight"]


@pytest.mark.parametrize("half", [False, True])
def test_safetensors_round_trip(half: bool, state: State, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "w.safetensors"
    metadata = {"backbone_arch": DEFAULT_BACKBONE, "licence": "CC-BY 4.0 – ©", "training_size": "480"}
    save_safetensors(state, path, metadata, half=half)
    assert read_metadata(path) == metadata
    found = load_checkpoint(path)
    assert {key: tensor.dtype for key, tensor in found.items()} == {key: t.dtype for key, t in state.items()}
    for key, tensor in state.items():
        torch.testing.assert_close(found[key], tensor, rtol=1e-3 if half else 0, atol=1e-7 if half else 0)
    assert [p.name for p in path.parent.iterdir()] == ["w.safetensors"]


def test_half_precision_is_half_the_size_and_keeps_what_it_cannot_hold(state: State, tmp_path: Path) -> None:
    large = state | {"seg_project.conv.weight": torch.full((3, 16, 1, 1), 1e6)}
    for half in (False, True):
        save_safetensors(large, tmp_path / f"{half}.safetensors", half=half)
    sizes = [(tmp_path / f"{half}.safetensors").stat().st_size for half in (False, True)]
    assert sizes[1] < 0.55 * sizes[0]
    assert load_checkpoint(tmp_path / "True.safetensors")["seg_project.conv.weight"].max() == 1e6


def test_an_unwritable_place_is_an_output_error(state: State, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="a file is in the way"):
        save_safetensors(state, tmp_path / "file" / "w.safetensors")


class Attack:
    """Unpickling this would create a file."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.proof),)


@pytest.mark.parametrize("legacy", [False, True])
def test_malicious_files_are_refused_unrun(legacy: bool, state: State, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    poisoned = {"network": state, "extra": Attack(proof)}
    torch.save(poisoned, tmp_path / "bad.pth", _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CheckpointError, match="not loaded"):
        load_checkpoint(tmp_path / "bad.pth")
    assert not proof.exists()
    torch.load(tmp_path / "bad.pth", weights_only=False)
    assert proof.exists(), "the attack itself doesn't work, so that this test would prove nothing"


def cut(path: Path, state: State) -> None:
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:100_000])


def cut_safetensors(path: Path, state: State) -> None:
    save_safetensors(state, path)
    path.write_bytes(path.read_bytes()[:-1000])


BAD_FILES: dict[str, Callable[[Path, State], object]] = {
    "missing": lambda path, state: None,
    "folder": lambda path, state: path.mkdir(),
    "empty": lambda path, state: path.touch(),
    "text": lambda path, state: path.write_text("<html>404: not found</html>"),
    "noise": lambda path, state: path.write_bytes(bytes(range(256)) * 64),
    "zip start": lambda path, state: path.write_bytes(b"PK\x03\x04" + b"\0" * 64),
    "pickle start": lambda path, state: path.write_bytes(b"\x80\x02"),
    "safetensors start": lambda path, state: path.write_bytes(b"\x10\0\0\0\0\0\0\0{"),
    "cut": cut,
    "cut safetensors": cut_safetensors,
    "list": lambda path, state: torch.save([torch.ones(2)], path),
    "no tensors": lambda path, state: torch.save({"network": {"lr": 0.1}}, path),
    "nothing in it": lambda path, state: torch.save({}, path),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_unusable_files_say_so_in_one_sentence(kind: str, state: State, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    BAD_FILES[kind](path, state)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_network_of_a_path_is_ready_to_run(state: State, tmp_path: Path) -> None:
    torch.save({"network": {key: v.half() if v.is_floating_point() else v for key, v in state.items()}}, tmp_path / "h")
    network = load_network(tmp_path / "h")
    assert not network.training
    assert all(p.dtype == torch.float32 for p in network.parameters())
    torch.testing.assert_close(network.state_dict(), state, rtol=1e-3, atol=1e-7)


def test_the_backbone_is_built_that_the_file_names(tmp_path: Path) -> None:
    network = FTPVM("resnet18")
    path = tmp_path / "resnet.safetensors"
    save_safetensors(network.state_dict(), path, {"backbone_arch": "resnet18"}, half=False)
    assert_same(load_network(path).state_dict(), network.state_dict())


def test_weights_of_another_network_say_what_differs(state: State, tmp_path: Path) -> None:
    other = dict(state)
    del other["mat_project.conv.weight"], other["mat_project.conv.bias"]
    other |= {"head.a": torch.ones(1), "head.b": torch.ones(1), "head.c": torch.ones(1), "head.d": torch.ones(1)}
    other["seg_project.conv.bias"] = torch.ones(4)
    torch.save(other, tmp_path / "other.pth")
    with pytest.raises(CheckpointError) as caught:
        load_network(tmp_path / "other.pth")
    for part in (
        "2 missing: mat_project.conv.weight, mat_project.conv.bias",
        "4 extra: head.a, head.b, head.c, ...",
        "1 misshapen: seg_project.conv.bias (4,) instead of (3,)",
    ):
        assert part in str(caught.value)


def test_weights_that_are_not_numbers_are_refused(state: State, tmp_path: Path) -> None:
    torch.save(state | {"mat_project.conv.bias": torch.tensor([float("nan")])}, tmp_path / "nan.pth")
    with pytest.raises(CheckpointError, match=r"not numbers: mat_project\.conv\.bias"):
        load_network(tmp_path / "nan.pth")


def test_import_registers_under_a_name(state: State, library: Path, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "published.pth")
    path = import_weights(tmp_path / "published.pth", "größer v1.2", metadata={"licence": "CC0"})
    assert path.parent == library
    assert list_weights()["größer v1.2"] == path
    assert read_metadata(path) == {"licence": "CC0", "backbone_arch": DEFAULT_BACKBONE, "source": "published.pth"}
    assert_same(load_network("größer v1.2").state_dict(), state)
    assert find_weights("gro\u0308ßer v1.2") == path, "the same name, its accent stored apart"


def test_import_replaces_only_by_force(state: State, library: Path, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "a.pth")
    torch.save(state | {"mat_project.conv.bias": torch.ones(1)}, tmp_path / "b.pth")
    import_weights(tmp_path / "a.pth", "mine")
    with pytest.raises(OutputError, match="'mine' already"):
        import_weights(tmp_path / "b.pth", "mine")
    assert_same(load_network("mine").state_dict(), state)
    import_weights(tmp_path / "b.pth", "mine", force=True)
    assert load_network("mine").state_dict()["mat_project.conv.bias"] == 1


@pytest.mark.parametrize(
    "name", ["default", "Default", "", " ", ".hidden", "..", "a/b", "a\\b", "a\nb", "c:", "x" * 300]
)
def test_names_that_cannot_be_used(name: str, state: State, library: Path, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(SettingsError):
        import_weights(tmp_path / "a.pth", name)
    assert not library.exists()


def test_import_leaves_nothing_of_a_file_that_does_not_fit(library: Path, tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(1)}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="another network"):
        import_weights(tmp_path / "a.pth", "mine")
    assert not library.exists()


def test_unknown_names_list_the_known_ones(state: State, library: Path, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "a.pth")
    import_weights(tmp_path / "a.pth", "mine")
    with pytest.raises(CheckpointError, match=r"no weights named 'yours'.*mine"):
        load_network("yours")


def test_default_weights_come_from_the_package_alone(
    state: State, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftpvm.model.weights_library.DEFAULT_PATH", tmp_path / "default.safetensors")
    save_safetensors(state, library / "default.safetensors")
    assert list_weights() == {}
    with pytest.raises(CheckpointError, match="carries no default weights"):
        load_network()
    save_safetensors(state, tmp_path / "default.safetensors", half=False)
    assert list_weights() == {"default": tmp_path / "default.safetensors"}
    assert_same(load_network().state_dict(), state)
