# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm weights` on real files, in processes of their own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ftpvm.cli import main
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM

ROOT = Path(__file__).parents[2]
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return FTPVM().state_dict()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "my weights ✓"


def ftpvm(library: Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "FTPVM_WEIGHTS_DIR": str(library), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "ftpvm.cli", *map(str, args)]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120)


def assert_one_line_error(result: subprocess.CompletedProcess[str], exit_code: int, *parts: str) -> None:
    assert result.returncode == exit_code, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("ftpvm: ")
    for part in parts:
        assert part in line


def test_import_list_show(state: State, library: Path, tmp_path: Path) -> None:
    torch.save({"network": state, "step": 3}, tmp_path / "Prüfung eins.pth")
    imported = ftpvm(library, "weights", "import", tmp_path / "Prüfung eins.pth", "--licence", "CC0")
    assert imported.returncode == 0, imported.stderr

    path = library / "Prüfung eins.safetensors"
    assert f"Prüfung eins\t{path}" in ftpvm(library, "weights", "list").stdout.splitlines()

    shown = ftpvm(library, "weights", "show", "Prüfung eins", "--json")
    assert json.loads(shown.stdout) == {
        "path": str(path),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "keys": 442,
        "parameters": sum(p.numel() for p in FTPVM().parameters()),
        "metadata": {"backbone_arch": "mobilenetv3_large_100", "licence": "CC0", "source": "Prüfung eins.pth"},
    }

    again = ftpvm(library, "weights", "import", tmp_path / "Prüfung eins.pth")
    assert_one_line_error(again, 4, "already", "--force")


def test_import_of_another_backbone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTPVM_WEIGHTS_DIR", str(tmp_path / "library"))
    torch.save(FTPVM("resnet18").state_dict(), tmp_path / "other.pth")
    words = ["weights", "import", str(tmp_path / "other.pth")]
    assert main(words) == 3
    assert main([*words, "--backbone", "resnet18"]) == 0
    capsys.readouterr()
    assert main(["weights", "show", "other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metadata"]["backbone_arch"] == "resnet18"


class Attack:
    """Unpickling this would create a folder."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.proof),)


def test_a_malicious_checkpoint_does_nothing(library: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    torch.save({"network": Attack(proof)}, tmp_path / "bad.pth")
    assert_one_line_error(ftpvm(library, "weights", "import", tmp_path / "bad.pth", "bad"), 3, "not loaded")
    assert not proof.exists()
    assert not library.exists()


def test_a_cut_checkpoint(state: State, library: Path, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:5000])
    assert_one_line_error(ftpvm(library, "weights", "import", tmp_path / "cut.pth", "cut"), 3, "damaged")


@pytest.mark.parametrize("where", ["before", "after"])
def test_debug_shows_the_traceback(where: str, library: Path) -> None:
    command = ["weights", "show", "nobody"]
    result = ftpvm(library, *(["--debug", *command] if where == "before" else [*command, "--debug"]))
    assert result.returncode == 3
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("ftpvm: There are no weights named 'nobody'")
    assert_one_line_error(ftpvm(library, *command), 3, "'nobody'")


def test_list_of_an_empty_library_needs_no_torch(library: Path) -> None:
    code = (
        "import sys; from ftpvm.cli import main; c = main(['weights', 'list']); sys.exit(c or 'torch' in sys.modules)"
    )
    environment = os.environ | {"FTPVM_WEIGHTS_DIR": str(library), "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True).returncode == 0


@pytest.mark.parametrize("args", [[], ["weights"], ["weights", "lst"], ["nonsense"], ["weights", "list", "--what"]])
def test_usage_errors(args: list[str], library: Path) -> None:
    result = ftpvm(library, *args)
    assert result.returncode == 2
    assert result.stderr.startswith("usage: ftpvm")


def test_help_and_version(library: Path) -> None:
    shown = ftpvm(library, "--help")
    assert shown.returncode == 0
    assert "exit codes:" in shown.stdout
    assert "130" in shown.stdout
    assert ftpvm(library, "--version").stdout.startswith("ftpvm ")


def test_show_for_people(
    state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTPVM_WEIGHTS_DIR", str(tmp_path / "library"))
    torch.save(state, tmp_path / "a.pth")
    for _ in range(2):
        assert main(["weights", "import", str(tmp_path / "a.pth"), "näme", "--licence", "CC BY 4.0", "--force"]) == 0
    capsys.readouterr()
    assert main(["weights", "show", "näme"]) == 0
    shown = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert shown["licence"].strip() == "CC BY 4.0"
    assert shown["keys"].strip() == "442"
