# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm train`, as people run it."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from commands import EVERY_SWITCH, FTPVM, QUICK_VALIDATION, SMALL, VM108_ONLY, assert_same_weights, losses, weights
from huggingface_hub import constants as hub
from packs import write_acts
from tiny_datasets import videomatting108

from ftpvm.cli import main
from ftpvm.model import build_model
from ftpvm.model.checkpoint import best_resolution, load_network, read_metadata, save_safetensors
from ftpvm.training import synthetic, validation
from ftpvm.training.published import Published
from ftpvm.training.state import TrainingState
from ftpvm.training.synthetic import ClipGenerator, SpriteBank


def test_the_first_published_command_goes_through_every_switch(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", *FTPVM, *SMALL, *EVERY_SWITCH, "--root", str(data)]) == 0
    log = losses(Path("runs/FTPVM"))
    assert [line["step"] for line in log] == [1, 2, 3, 4, 5, 6, 7]
    assert ["full" in line for line in log] == [False, True, True, False, True, True, True]
    assert all("consistency" in line and 0 <= line["wait_share"] <= 1 for line in log)
    assert load_network("runs/FTPVM/last.pth") is not None


def test_the_second_published_command_needs_one_set_only(data: Path, tmp_path: Path) -> None:
    (tmp_path / "VideoMatting108").symlink_to(data / "VideoMatting108")
    run = [*VM108_ONLY, *SMALL, "-i", "2", "--root", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(["train", *run]) == 0
    assert all({"trimap", "consistency", "boundary", "full"} <= line.keys() for line in losses(tmp_path / "out"))


def test_the_other_published_flags(data: Path, tmp_path: Path) -> None:
    flags = shlex.split("""
        --full_matte --start_segtv 4 --same_mem_que --lambda_tc 4 --lambda_segtv 9 --nb_frame_only --random_memtrimap
        --compose_multiobj --ytvos --use_background_video --save_im_interval 3 --save_model_interval 5 --debug
        --celoss_type focal_gamma0.5 --tvloss_type 3d_seg_allclass_weight --clip_grad 1 --precision fp32
    """)
    out = tmp_path / "out"
    assert main(["train", *FTPVM, *SMALL, *EVERY_SWITCH, *flags, "--root", str(data), "--out", str(out)]) == 0
    log = losses(out)
    assert ["consistency" in line for line in log] == [False] * 4 + [True] * 3
    assert all("full" not in line for line in log) and sum("boundary" in line for line in log) == 5


def test_a_killed_run_goes_on_to_the_very_same_weights(data: Path, tmp_path: Path) -> None:
    """Killed without warning at step 5 or later, with a checkpoint every 2 steps."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run = ["train", *FTPVM, *SMALL, *EVERY_SWITCH, "-i", "12", "--save_model_interval", "2", "--root", str(data)]
    assert main([*run, "--out", str(whole)]) == 0
    command = [sys.executable, "-m", "ftpvm.cli", *run, "--out", str(killed), "--num_worker", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reached = next(line for line in process.stdout if line.startswith('{"step": 5'))
        process.kill()
    assert reached and process.returncode == -9
    kept = torch.load(killed / "last.pth", weights_only=True)["step"]
    assert 4 <= kept < 12
    assert main([*run, "--out", str(killed), "--resume"]) == 0
    assert_same_weights(whole, killed)
    numbers = ("step", "trimap", "consistency", "full", "lr")
    assert [[line.get(n) for n in numbers] for line in losses(killed)] == [
        [line.get(n) for n in numbers] for line in losses(whole)
    ]


def test_a_compiled_network_trains_the_same(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced, but not made into C++, which takes minutes."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    run = ["train", *FTPVM, *SMALL, *EVERY_SWITCH, "-i", "2", "--precision", "fp32", "--root", str(data)]
    assert main([*run, "--out", str(tmp_path / "plain")]) == 0
    assert main([*run, "--out", str(tmp_path / "compiled"), "--compile"]) == 0
    plain, compiled = ([line["trimap"] for line in losses(tmp_path / name)] for name in ("plain", "compiled"))
    assert compiled == pytest.approx(plain, abs=1e-5)


def test_a_run_is_not_written_over(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "last.pth").write_bytes(b"weeks of work")
    assert main(["train", *VM108_ONLY, *SMALL, "--root", str(data), "--out", str(tmp_path)]) == 4
    assert "--resume" in capsys.readouterr().err
    assert (tmp_path / "last.pth").read_bytes() == b"weeks of work"


def test_going_on_from_elsewhere_does_not_write_over_a_run(tmp_path: Path) -> None:
    (tmp_path / "last.pth").write_bytes(b"weeks of work")
    assert main(["train", *VM108_ONLY, *SMALL, "--load_model", "other.pth", "--out", str(tmp_path)]) == 4
    assert (tmp_path / "last.pth").read_bytes() == b"weeks of work"


def test_a_finished_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a look at the data."""
    state = TrainingState.fresh(build_model("FTPVM"), Published())
    state.step = 2
    state.save(tmp_path / "last.pth")
    assert main(["train", *VM108_ONLY, *SMALL, "-i", "2", "--resume", "--out", str(tmp_path)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "is finished: 2 of 2 steps; raise --iterations" in line


def test_ctrl_c_leaves_a_checkpoint(data: Path, tmp_path: Path) -> None:
    """Sent, as by a terminal, to the process and its workers."""
    run = [*VM108_ONLY, *SMALL, "-i", "100000", "--num_worker", "2", "--root", str(data), "--out", str(tmp_path)]
    command = [sys.executable, "-m", "ftpvm.cli", "train", *run]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith('{"step": 2'))
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
    assert torch.load(tmp_path / "last.pth", weights_only=True)["step"] >= 2


def test_a_broken_picture_is_named_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where a worker reads it."""
    folder = videomatting108(tmp_path)
    for picture in (folder / "FG_done").rglob("*.png"):
        picture.write_bytes(b"no picture")
    run = [*VM108_ONLY, *SMALL, "--num_worker", "1", "--root", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(["train", *run]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ftpvm: ") and ".png" in line and "Traceback" not in line


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--resume", "nowhere.pth"], 3, "nowhere.pth, it doesn't exist"),
        (["--resume"], 3, "last.pth"),
        (["--resume", "x.pth", "--load_network", "default"], 3, "leave one of them out"),
        (["--sprites", "3"], 3, "--recipe default"),
        (["--recipe", "default", "--seg_cd", "3"], 3, "--recipe published"),
        (["--which_model", "STM"], 3, "FTPVM"),
        (["--root", "nowhere", "--no_pretrained"], 3, "nowhere"),
        (["--device", "abacus"], 5, "abacus"),
        (["--load_network", "nowhere.pth"], 3, "nowhere.pth"),
        (["-i", "0"], 2, "above 0"),
        (["--lr", "0"], 2, "'0' is not a number above 0"),
        (["--lr", "nan"], 2, "'nan' is not a number above 0"),
        (["--clip_grad", "0"], 2, "above 0"),
        (["--seg_cd", "-10000"], 2, "0 or more"),
        (["--num_worker", "-1"], 2, "0 or more"),
        (["--recipe", "default", "--size", "64"], 3, "--recipe published"),
        (["--recipe", "default", "--head_start", "1.5"], 2, "from 0 to 1"),
        (["--recipe", "default", "--freeze_bn"], 3, "--load_network"),
        (["--celoss_type", "dice"], 2, "focal_gamma5"),
    ],
)
def test_what_can_not_be_is_said_in_one_sentence(
    options: list[str], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["train", *options]) == code
    err = capsys.readouterr().err
    assert words in err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_told_in_one_sentence(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    run = ["train", *VM108_ONLY, *SMALL, "--root", str(data), "--out", str(tmp_path / "file" / "run")]
    assert main(run) == 4
    assert "choose another output folder" in capsys.readouterr().err


def test_weights_of_another_backbone_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run's checkpoints couldn't be used: they don't say which backbone they have."""
    path = tmp_path / "resnet.safetensors"
    save_safetensors(build_model(backbone_arch="resnet18").state_dict(), path, {"backbone_arch": "resnet18"})
    assert main(["train", *VM108_ONLY, *SMALL, "--root", str(data), "--load_network", str(path)]) == 3
    assert "resnet18" in capsys.readouterr().err


def test_a_new_run_may_start_from_weights(data: Path, tmp_path: Path) -> None:
    """At this learning rate a step changes nothing that can be seen but BatchNorm's statistics."""
    run = ["train", *VM108_ONLY, *SMALL, "-i", "1", "--lr", "1e-30", "--root", str(data)]
    assert main([*run, "--load_network", "default", "--out", str(tmp_path / "out")]) == 0
    trained, given = weights(tmp_path / "out"), load_network("default").state_dict()
    kept = {k: v for k, v in given.items() if k.endswith("conv.weight")}
    assert all(torch.allclose(trained[f"network.{k}"], v, rtol=0, atol=1e-20) for k, v in kept.items())


@pytest.fixture
def quick_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "validate", partial(validation.validate, batches=1))
    monkeypatch.setattr(validation, "HELD_OUT_SPRITES", 2)


@pytest.mark.usefixtures("quick_validation")
def test_clips_that_other_processes_draw_ahead_are_the_same(tmp_path: Path) -> None:
    run = ["train", *shlex.split("--recipe default --steps 3 --pixels 1 --sprites 2 --device cpu")]
    assert main([*run, "--out", str(tmp_path / "here")]) == 0
    assert main([*run, "--num_worker", "2", "--out", str(tmp_path / "ahead")]) == 0
    assert_same_weights(tmp_path / "here", tmp_path / "ahead")


@pytest.mark.usefixtures("quick_validation")
def test_packs_are_trained_with_but_for_every_eighth_thing_which_validates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reds: list[set[int]] = []

    class Spied(ClipGenerator):
        def __init__(self, bank: SpriteBank, device: torch.device | str) -> None:
            reds.append({round(int(frames[0, 0].max()) / 10) for frames in bank.acts})
            super().__init__(bank, device)

    monkeypatch.setattr(synthetic, "ClipGenerator", Spied)
    run = shlex.split("--recipe default --steps 1 --pixels 1 --sprites 2 --device cpu --sprite_pack")
    acts = write_acts(tmp_path / "acts.zip", 10, 2)
    assert main(["train", *run, str(acts), "--out", str(tmp_path / "out")]) == 0
    assert reds == [{1, 2, 3, 4, 5, 6, 7, 9}, {0, 8}]


@pytest.mark.parametrize("seed", [-1, validation.HELD_OUT_BANK])
def test_the_seed_of_validation_s_sprites_is_refused(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--recipe", "default", "--seed", str(seed), "--out", str(tmp_path)]) == 3
    assert "--seed must be 0 or more" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_validation")
@pytest.mark.parametrize("options", [["--freeze_bn"], []])
def test_batch_norm_keeps_its_statistics_where_it_is_frozen(options: list[str], tmp_path: Path) -> None:
    small = shlex.split("--recipe default --load_network default --head_start 1 --steps 2 --pixels 1 --sprites 2")
    assert main(["train", *small, *options, "--device", "cpu", "--out", str(tmp_path)]) == 0
    trained = torch.load(tmp_path / "last.pth", weights_only=True)["network"]
    moved = {k for k, v in load_network("default").state_dict().items() if not torch.equal(trained[k], v)}
    assert any(k.endswith("running_var") for k in moved) == (not options)
    assert "seg_decoder.decode3.conv.1.weight" in moved, "its scale learns all the same"


@pytest.fixture
def imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """timm's cache for the backbone, still empty, and no connection."""
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "hub" / "models--timm--mobilenetv3_large_100.ra_in1k"
    for path in (folder / "refs", folder / "snapshots" / ("0" * 40)):
        path.mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    return folder / "snapshots" / ("0" * 40) / "model.safetensors"


def test_a_published_run_starts_from_imagenet_weights(imagenet: Path, data: Path, tmp_path: Path) -> None:
    pretrained = timm.create_model("mobilenetv3_large_100").state_dict()
    safetensors.torch.save_file(pretrained, imagenet)
    small = [option for option in SMALL if option != "--no_pretrained"]
    run = ["train", *VM108_ONLY, *small, "-i", "1", "--lr", "1e-30", "--root", str(data), "--out", str(tmp_path / "o")]
    assert main(run) == 0
    stem = weights(tmp_path / "o")["network.backbone.backbone.conv_stem.weight"]
    assert torch.equal(stem, pretrained["conv_stem.weight"])


def test_without_imagenet_weights_a_published_run_says_what_to_do(
    imagenet: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *VM108_ONLY, "--root", str(data)]) == 3
    assert "--no_pretrained" in capsys.readouterr().err


def test_the_default_recipe_runs_where_only_torch_timm_numpy_and_opencv_are(tmp_path: Path) -> None:
    """And its checkpoint becomes weights to share."""
    blocked = "av OpenImageIO PyOpenColorIO pymatting platformdirs tensorboard"
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked.split()}))\n{QUICK_VALIDATION}\n"
        "from ftpvm.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    options = shlex.split("--recipe default --load_network default --head_start 1 --steps 1 --pixels 1 --sprites 2")
    command = [sys.executable, "-c", code, "train", *options, "--device", "cpu", "--out", str(tmp_path)]
    environment = os.environ | {"FTPVM_WEIGHTS_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "pip install" in done.stdout and '"validation"' in done.stdout
    out = tmp_path / "w.safetensors"
    options = [str(tmp_path / "last.pth"), str(out), "--resolution", "384", "--licence", "CC0-1.0"]
    assert main(["weights", "export", *options]) == 0
    metadata = read_metadata(out)
    assert best_resolution(out) == 384 and metadata["licence"] == "CC0-1.0" and metadata["steps"] == "1"
    assert '"mad"' in metadata["validation"] and "licence-free" in metadata["data"]
    averaged, exported = weights(tmp_path), load_network(out).state_dict()
    assert all(
        torch.allclose(averaged[f"ema.{k}"].float(), v.float(), atol=1e-3, rtol=1e-3) for k, v in exported.items()
    )


def test_weights_are_averaged_with_those_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, run = tmp_path / "mean.safetensors", tmp_path / "last.pth"
    before = load_network("default").state_dict()
    state = {k: v.float() * 3 if v.is_floating_point() else v for k, v in before.items()}
    torch.save({"network": state, "ema": state, "optimizer": {}, "step": 7, "recipe": "default"}, run)
    options = ["--resolution", "384", "--average-with", "default"]
    assert main(["weights", "export", str(run), str(out), *options]) == 0
    mean = load_network(out).state_dict()
    assert all(torch.allclose(mean[k], 2 * v.float(), rtol=1e-3) for k, v in before.items() if v.is_floating_point())
    metadata = read_metadata(out)
    assert metadata["steps"] == "7" and len(metadata["averaged_with"]) == 64 and "validation" not in metadata
    other = tmp_path / "other.safetensors"
    save_safetensors(build_model(backbone_arch="resnet18").state_dict(), other, {"backbone_arch": "resnet18"})
    assert main(["weights", "export", str(run), str(out), *options[:-1], str(other)]) == 3
    assert "another network" in capsys.readouterr().err


def test_weights_without_a_run_are_not_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights_alone = tmp_path / "a.safetensors"
    shutil.copy(Path(sys.modules["ftpvm"].__path__[0]) / "model" / "weights" / "default.safetensors", weights_alone)
    assert main(["weights", "export", str(weights_alone), str(tmp_path / "b"), "--resolution", "384"]) == 3
    assert "no run" in capsys.readouterr().err
