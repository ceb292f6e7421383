# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes train as one does: real processes, connected by torchrun."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commands import EVERY_SWITCH, FTPVM, SMALL, losses

from ftpvm.cli import main

# A class loss with weights and a learning rate that moves the network from the first step (1e-3 at step 5).
LIVELY = shlex.split("--precision fp32 --lr 1 --celoss_type normal_weight")


def test_two_processes_give_the_loss_curve_of_one(data: Path, tmp_path: Path) -> None:
    run = ["train", *FTPVM, *SMALL, *EVERY_SWITCH, *LIVELY, "--root", str(data)]
    assert main([*run, "--out", str(tmp_path / "one")]) == 0
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        "2",
        "-m",
        "ftpvm.cli",
    ]
    subprocess.run([*torchrun, *run, "--out", str(tmp_path / "two")], check=True, capture_output=True)
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    names = {"trimap", "consistency", "boundary", "full"}
    assert len(one) == len(two) == 7
    for expected, got in zip(one, two, strict=True):
        for name in names & expected.keys():
            assert got[name] == pytest.approx(expected[name], abs=1e-4, rel=1e-4), (name, expected["step"])
    assert max(line["trimap"] for line in one) - min(line["trimap"] for line in one) > 0.01


def test_a_batch_that_can_not_be_shared_evenly_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a second process to wait for: this is said before they connect."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert main(["train", *FTPVM, *SMALL, "--root", str(data), "--out", str(tmp_path / "o")]) == 3
    assert "evenly by 3" in capsys.readouterr().err
