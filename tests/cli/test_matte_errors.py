# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm matte` on bad input: the exit code, one line with what to do, and nothing lost."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from clips import numbered, write_movie, write_still
from command_shots import SIZE, Matte, Result, arguments, movie, sequence, start, trimap

from ftpvm.cli import main
from ftpvm.media.matte_sequence import MatteSequence


def assert_refused(result: Result, code: int, *parts: str) -> None:
    assert result.code == code, result
    (line,) = result.err.splitlines()
    assert line.startswith("ftpvm: ")
    assert "unexpected" not in line
    for part in parts:
        assert part in line
    assert result.out == ""


def test_a_missing_source(matte: Matte, tmp_path: Path, key: Path) -> None:
    assert_refused(matte(tmp_path / "no.mov", {0: key}, tmp_path / "out"), 3, "no.mov", "doesn't exist")
    assert_refused(matte(tmp_path / "no.%04d.exr", {0: key}, tmp_path / "out"), 3, "no.%04d.exr")
    assert not (tmp_path / "out").exists()


def test_what_the_system_refuses_to_look_at(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    refused = tmp_path / ("long" * 99)  # as another user's folder is refused to anyone but root
    for source, image in ((refused, key), (refused.with_suffix(".mov"), key), (clip, refused.with_suffix(".png"))):
        assert_refused(matte(source, {0: image}, tmp_path / "out"), 3, refused.name)


@pytest.mark.parametrize("content", [b"", b"Only words. " * 200, os.urandom(3000)])
def test_an_unreadable_movie(matte: Matte, tmp_path: Path, key: Path, content: bytes) -> None:
    (tmp_path / "a b ü.mp4").write_bytes(content)
    assert_refused(matte(tmp_path / "a b ü.mp4", {0: key}, tmp_path / "out"), 3, "a b ü.mp4")
    assert not (tmp_path / "out").exists()


def test_a_movie_without_frames(matte: Matte, tmp_path: Path, key: Path) -> None:
    movie(tmp_path / "empty.mkv", 0)
    assert_refused(matte(tmp_path / "empty.mkv", {0: key}, tmp_path / "out"), 3, "empty.mkv")


def test_a_truncated_movie_keeps_the_mattes_before_its_end(matte: Matte, tmp_path: Path, key: Path) -> None:
    options = {"movflags": "+faststart"}  # or the index at the end is lost with the frames
    clip = write_movie(tmp_path / "cut.mp4", 12, size=SIZE, options={"g": "1"}, container_options=options)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 9 // 10])
    result = matte(clip, {0: key}, tmp_path / "out")
    assert_refused(result, 3, "cut.mp4", "cut short", "keep the range within")
    made = list((tmp_path / "out").glob("*.png"))
    assert 2 < len(made) < 12
    for number in range(len(made)):
        assert MatteSequence(tmp_path / "out", "cut_matte").read(number).shape == SIZE[::-1]
    last = result.err.partition("within 0-")[2].strip(" .\n")
    assert matte(clip, {0: key}, tmp_path / "out", "--range", f"0:{last}").code == 0


def test_gaps_in_a_sequence(matte: Matte, tmp_path: Path, key: Path) -> None:
    source = sequence(tmp_path / "plates", "a.%04d.png", range(5))
    (tmp_path / "plates" / "a.0002.png").unlink()
    assert_refused(matte(source, {0: key}, tmp_path / "out"), 3, "lacks frame 2", "--on-missing hold")
    assert matte(source, {0: key}, tmp_path / "out", "--on-missing", "hold").code == 0
    assert len(list((tmp_path / "out").glob("*.png"))) == 5


@pytest.mark.parametrize(
    ("frame", "options", "parts"),
    [
        (6, [], ["Keyframe 6", "0 to 5"]),
        (0, ["--range", "2:4"], ["Keyframe 0", "2 to 4"]),
        (0, ["--range", "4:2"], ["4:2", "empty"]),
        (0, ["--range", "0:6"], ["0:6", "0 to 5"]),
        (0, ["--resolution", "10"], ["10 px", "64"]),
        (0, ["--resolution", "-5"], ["64"]),
        (0, ["--colorspace", "ACEScgg"], ["'ACEScgg'", "ACEScg"]),
        (0, ["--colorspace", "ACEScg", "--ocio-config", "none.ocio"], ["none.ocio"]),
        (0, ["--composite", "puce"], ["'puce'", "checker"]),
        (0, ["--format", "exr", "--exr-compression", "zipp"], ["'zipp'", "piz"]),
        (0, ["--exr-compression", "dwaa"], ["--format exr"]),
        (0, ["--exr-channel", "Y", "--format", "prores"], ["--format exr"]),
        (0, ["--name", "a/b"], ["'a/b'"]),
        (0, ["--weights", "nobody's"], ["nobody's"]),
        (0, ["--premultiplied"], ["--foreground"]),
        (0, ["--premultiplied", "--foreground", "--format", "vp9"], ["png16"]),
    ],
)
def test_unusable_settings(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, frame: int, options: list[str], parts: list[str]
) -> None:
    assert_refused(matte(clip, {frame: key}, tmp_path / "out", *options), 3, *parts)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("device", ["abacus", "cuda:99"])
def test_an_unknown_device(matte: Matte, tmp_path: Path, clip: Path, key: Path, device: str) -> None:
    assert_refused(matte(clip, {0: key}, tmp_path / "out", "--device", device), 5, device)


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "gif"], ["--range", "5"], ["--range", "a:b"], ["--keyframe", "one=a.png"], ["--keyframe", "1"],
        ["--band", "wide"], ["--band", "1,2,3"], ["--fps", "0"], ["--fps", "nan"], ["--fps", "1/0"], ["--fps", "inf"],
        ["--direction", "up"], ["--preview", "contact.jpg"], ["--resolution", "big"],
    ],
)  # fmt: skip
def test_wrong_words(matte: Matte, tmp_path: Path, clip: Path, key: Path, options: list[str]) -> None:
    result = matte(clip, {0: key}, tmp_path / "out", *options)
    assert result.code == 2
    assert result.err.startswith("usage: ftpvm matte")
    assert f"argument {options[0]}" in result.err.splitlines()[-1]


def test_two_trimaps_on_one_frame(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    assert_refused(
        matte(clip, {1: key}, tmp_path / "out", "--keyframe", f"1={key}"), 3, "Frame 1 has two trimaps"
    )  # fmt: skip


def test_unusable_trimaps(matte: Matte, tmp_path: Path, clip: Path) -> None:
    picture = write_still(tmp_path / "picture.png", np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8))
    mask = write_still(tmp_path / "mask.png", (numbered(5, SIZE) > 100).astype(np.uint8)[..., :1] * 255)
    large = trimap(tmp_path / "large.png", size=(192, 128))
    (tmp_path / "words.png").write_text("words")
    for image, parts in (
        (picture, ["picture.png", "colour"]),
        (mask, ["mask.png", "band of unknown", "--band 12"]),
        (large, ["192x128", "96x64", "scaled to fit", "--fit"]),
        (tmp_path / "words.png", ["words.png", "can't be read"]),
        (tmp_path / "none.png", ["none.png", "doesn't exist"]),
    ):
        assert_refused(matte(clip, {0: image}, tmp_path / "out"), 3, *parts)
    assert not (tmp_path / "out").exists()


def test_unwritable_folders(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(matte(clip, {0: key}, tmp_path / "file"), 4, "file is in the way")
    assert_refused(matte(clip, {0: key}, tmp_path / "file" / "deeper"), 4, "file is in the way")
    assert_refused(matte(clip, {0: key}, Path("/sys/ftpvm")), 4, "choose another output folder")  # even for root
    result = matte(clip, {0: key}, tmp_path / "out", "--preview", tmp_path / "file" / "a.png")
    assert_refused(result, 4, "file is in the way")
    assert (tmp_path / "file").read_text() == "in the way"
    assert not list((tmp_path / "out").iterdir())  # told before the work


def test_inputs_are_not_written_over(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    plates = sequence(tmp_path / "plates", "shot.%04d.png", range(2))
    before = {f: f.read_bytes() for f in [clip, *plates.parent.iterdir()]}
    for result in (
        matte(plates, {0: key}, tmp_path / "plates", "--name", "shot"),
        matte(plates, {0: key}, tmp_path / "plates", "--name", "shot_matte", "--preview", plates.parent / "shot.1.png"),
        matte(plates.parent, {0: key}, tmp_path / "plates"),
        matte(plates.parent, {0: plates.parent / "shot_foreground.0000.png"}, plates.parent, "--foreground"),
    ):
        assert_refused(result, 3, "choose another output folder or name")
    mkv = clip.rename(tmp_path / "clip.mkv")
    result = matte(mkv, {0: key}, tmp_path, "--name", "clip", "--format", "ffv1")
    assert_refused(result, 3, "clip.mkv", "choose another output folder or name")
    mkv.rename(clip)
    assert {f: f.read_bytes() for f in [clip, *plates.parent.iterdir()]} == before
    corrected = trimap(tmp_path / "out" / "clip_matte.0000.png")
    assert_refused(matte(clip, {0: corrected}, tmp_path / "out"), 3, "clip_matte.0000.png")
    assert matte(plates, {0: key}, tmp_path / "plates").code == 0  # a name of their own beside the plates


def test_versions_may_lie_beside_each_other(matte: Matte, tmp_path: Path, key: Path) -> None:
    take = movie(tmp_path / "takes" / "sh010_v1.mov", 1)
    assert matte(take, {0: key}, take.parent, "--name", "sh010_v2", "--format", "prores").code == 0
    plates = sequence(tmp_path / "plates", "shot_v002.%04d.png", range(1))
    assert matte(plates, {0: key}, plates.parent, "--name", "shot_v003").code == 0
    odd = sequence(tmp_path / "odd", "a.%04d_v2.png", range(1))
    result = matte(odd, {0: key}, tmp_path / "out", "--preview", odd.parent / "a.0000_v2.png")
    assert_refused(result, 3, "choose another output folder or name")


class Attack:
    """Unpickling this would create a folder."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.proof),)


def test_unusable_weights(matte: Matte, tmp_path: Path, clip: Path, key: Path, weights: Path) -> None:
    torch.save({"network": Attack(tmp_path / "proof")}, tmp_path / "malicious.pth")
    (tmp_path / "cut.safetensors").write_bytes(weights.read_bytes()[:100_000])
    for name in ("malicious.pth", "cut.safetensors", "no such.pth"):
        assert_refused(matte(clip, {0: key}, tmp_path / "out", "--weights", tmp_path / name), 3, name)
    assert not (tmp_path / "proof").exists()
    assert not (tmp_path / "out").exists()


def test_errors_for_machines(
    matte: Matte, tmp_path: Path, clip: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = matte(clip, {9: key}, tmp_path / "out", "--json")
    assert result.code == 3
    assert result.last["event"] == "error"
    assert result.last["code"] == "keyframe"
    assert result.err == f"ftpvm: {result.last['message']}\n"
    monkeypatch.setattr("ftpvm.cli.one_shot.clip_name", lambda source: 1 / 0)
    result = matte(clip, {9: key}, tmp_path / "out", "--json")
    assert (result.code, result.last["code"]) == (1, "unexpected")
    assert "--debug" in result.err


def test_errors_of_a_process(tmp_path: Path, clip: Path, key: Path, weights: Path) -> None:
    process = start(arguments(clip, {9: key}, tmp_path / "out", weights))
    printed, complained = process.communicate(timeout=100)
    assert_refused(Result(process.returncode, printed, complained), 3, "Keyframe 9")


def test_debug_shows_where(matte: Matte, tmp_path: Path, clip: Path, key: Path) -> None:
    result = matte(clip, {9: key}, tmp_path / "out", "--debug")
    assert result.code == 3
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1].startswith("ftpvm: Keyframe 9")


def test_keyframes_and_out_are_needed(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matte", str(clip)]) == 2
    assert "--keyframe, --out" in capsys.readouterr().err
