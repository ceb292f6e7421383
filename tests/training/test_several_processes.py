# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes train as one does: real processes, connected by torchrun."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from commands import EVERY_SWITCH, FTPVM, QUICK_VALIDATION, SMALL, losses, weights

from ftpvm.cli import main

LOSSES = ("trimap", "consistency", "boundary", "full")


def test_two_processes_give_the_loss_curve_of_one(data: Path, tmp_path: Path) -> None:
    """In a warm-up so steep that the seventh step is far from where an untrained network would be."""
    run = ["train", *FTPVM, *SMALL, *EVERY_SWITCH, "--precision", "fp32", "--celoss_type", "normal_weight"]
    run += ["--root", str(data), "--lr", "0.1"]
    assert main([*run, "--out", str(tmp_path / "one")]) == 0
    assert main([*run, "--out", str(tmp_path / "untrained"), "--lr", "1e-30"]) == 0
    torchrun = shlex.split("-m torch.distributed.run --standalone --nproc_per_node 2 -m ftpvm.cli")
    subprocess.run([sys.executable, *torchrun, *run, "--out", str(tmp_path / "two")], check=True, capture_output=True)
    one, two, untrained = (losses(tmp_path / name) for name in ("one", "two", "untrained"))
    for expected, got in zip(one, two, strict=True):
        assert [got.get(n) for n in LOSSES] == pytest.approx([expected.get(n) for n in LOSSES], abs=1e-4)
    assert abs(one[-1]["trimap"] - untrained[-1]["trimap"]) > 0.05


def test_the_default_recipe_s_processes_learn_from_a_batch_each(tmp_path: Path) -> None:
    """So two learn something else than one; what they leave is a run that one process can go on with."""
    script = tmp_path / "train.py"
    script.write_text(f"{QUICK_VALIDATION}\nimport sys\nfrom ftpvm.cli import main\nsys.exit(main(sys.argv[1:]))")
    run = [str(script), *shlex.split("train --recipe default --pixels 1 --sprites 4 --device cpu --seed 4")]
    torchrun = shlex.split("-m torch.distributed.run --standalone --nproc_per_node 2")
    for name, launcher in (("one", []), ("two", torchrun)):
        command = [sys.executable, *launcher, *run, "--steps", "2", "--out", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
    one, two = (weights(tmp_path / name) for name in ("one", "two"))
    assert one.keys() == two.keys() and not all(torch.equal(one[key], two[key]) for key in one)
    command = [sys.executable, *run, "--steps", "3", "--out", str(tmp_path / "two"), "--resume"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_batch_that_can_not_be_shared_evenly_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said before the processes wait for each other."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert main(["train", *FTPVM, *SMALL, "--root", str(data), "--out", str(tmp_path / "o")]) == 3
    assert "evenly by 3" in capsys.readouterr().err
