# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm batch`: the published folder and the list of shots, what fails and what is left alone."""

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch
from clips import write_still
from command_shots import SIZE, Result, disc, movie, names, sequence, trimap

from ftpvm.cli import main
from ftpvm.errors import SourceError
from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.propagation import NetworkRunner

Batch = Callable[..., Result]
GREEN = np.array([120, 255, 155]) / 255


@pytest.fixture
def batch(weights: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Batch]:
    """batch(shots, *options) runs the command and returns what it left."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def run(shots: Path, *options: object) -> Result:
        capsys.readouterr()
        code = main(["batch", str(shots), "--weights", str(weights), "--device", "cpu", *map(str, options)])
        return Result(code, *capsys.readouterr())

    yield run
    torch.set_num_threads(threads)


def thumbnail(path: Path, clip: Path, number: int, scale: float = 1.0) -> Path:
    """A frame of a clip as a picture file."""
    ((_, image),) = open_source(clip).read(range(number, number + 1))
    small = cv2.resize((image.clip(0, 1) * 255).round().astype(np.uint8), None, fx=scale, fy=scale)
    return write_still(path, small)


def a_root(folder: Path) -> Path:
    """One clip of six frames, its thumbnail being frame 2."""
    clip = movie(folder / "dance.mp4")
    thumbnail(folder / "dance_thumbnail.png", clip, 2)
    trimap(folder / "dance_trimap.png")
    return folder


def matte_of(out: Path, name: str, number: int) -> np.ndarray:
    return MatteSequence(out / "mattes", name).read(number)


def obeys(matte: np.ndarray, x: int = 48) -> bool:
    given = disc(x)[..., 0]
    return bool((matte[given == 255] == 1).all() and (matte[given == 0] == 0).all())


def table(result: Result) -> dict[str, list[str]]:
    """The rows at the end by their first word, without it."""
    lines = result.out[result.out.rindex("shot  ") :].splitlines()[1:]
    rows = (line.split(maxsplit=3) for line in lines if not line.startswith("Stopped"))
    return {row[0]: row[1:] for row in rows}


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") / 255 for frame in container.decode(video=0)]


def test_the_published_folder(batch: Batch, tmp_path: Path) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    trimap(root / "dance_trimap-left.png", x=30)
    result = batch(root, "--out", out, "--seq-chunk", "3")
    assert result.code == 0, result.out
    assert "dance_thumbnail.png is frame 2" in result.out
    assert names(out) == [f"dance_{star}_{kind}.mp4" for star in ("-left", "") for kind in ("com", "fgr", "pha")] + [
        "mattes"
    ]
    assert obeys(matte_of(out, "dance_", 2)) and obeys(matte_of(out, "dance_-left", 2), x=30)
    assert not obeys(matte_of(out, "dance_", 0))
    com, fgr, pha = (frames_of(out / f"dance__{kind}.mp4") for kind in ("com", "fgr", "pha"))
    assert len(com) == len(fgr) == len(pha) == 6
    alpha = matte_of(out, "dance_", 2)
    assert np.abs(pha[2].mean(axis=-1) - alpha).mean() < 0.02
    inside, outside = cv2.erode((alpha == 1).astype(np.uint8), np.ones((7, 7))), alpha == 0
    outside &= cv2.dilate((alpha > 0).astype(np.uint8), np.ones((7, 7))) == 0  # away from half-size chroma
    assert np.abs(com[2][outside] - GREEN).max() < 0.05
    assert np.abs(com[2][inside > 0] - fgr[2][inside > 0]).max() < 0.05


def test_size_and_number_of_frames_at_a_time(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[list[np.ndarray]] = []
    run = NetworkRunner.run

    def note(self: NetworkRunner, images: list[np.ndarray], *rest: Any) -> Any:
        chunks.append(images)
        return run(self, images, *rest)

    monkeypatch.setattr(NetworkRunner, "run", note)
    options = ["--target-size", 64, "--seq-chunk", 3]
    assert batch(a_root(tmp_path / "raw"), "--out", tmp_path / "out", *options).code == 0
    assert max(map(len, chunks)) == 3
    assert {max(image.shape[:2]) for chunk in chunks for image in chunk} == {64}


def test_a_thumbnail_that_went_through_jpeg_at_half_size(batch: Batch, tmp_path: Path) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    (root / "dance_thumbnail.png").unlink()
    thumbnail(root / "dance_thumbnail.jpg", root / "dance.mp4", 5, scale=0.5)
    result = batch(root, "--out", out)
    assert result.code == 0, result.out
    assert "is frame 5" in result.out and obeys(matte_of(out, "dance_", 5))


def test_a_thumbnail_from_elsewhere_is_only_remembered(batch: Batch, tmp_path: Path) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    write_still(root / "dance_thumbnail.png", np.flip(cv2.imread(str(root / "dance_trimap.png")), axis=1) // 2)
    result = batch(root, "--out", out)
    assert result.code == 0, result.out
    assert "is no frame of the movie" in result.out
    assert not any(obeys(matte_of(out, "dance_", n)) for n in range(6))
    assert table(result)["dance_"][0] == "6"  # forward from frame 0


def test_what_fails_is_told_and_the_rest_goes_on(batch: Batch, tmp_path: Path) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    (root / "broken.mp4").write_bytes(b"no movie")
    for name in ("broken_thumbnail.png", "lonely_thumbnail.png", "wide_thumbnail.png"):
        write_still(root / name, np.zeros((64, 150, 3), np.uint8))
    for name in ("lonely", "unseen", "wide"):
        movie(root / f"{name}.mp4", 1)
    movie(root / "unrelated.mp4", 1)
    for ending in (".mp4", "_thumbnail.png", "_trimap.png"):
        (root / f"._dance{ending}").write_bytes(b"of macOS")
    for name in ("broken", "unseen", "wide"):
        trimap(root / f"{name}_trimap.png")
    result = batch(root, "--out", out)
    assert result.code == 3
    rows = table(result)
    assert list(rows) == ["broken_", "dance_", "lonely_", "unseen_", "wide_"]
    assert rows["dance_"][2] == "done"
    for name, part in (
        ("broken_", "not a movie"), ("lonely_", "no lonely_trimap.png"), ("unseen_", "no unseen_thumbnail.png"),
        ("wide_", "150x64"),
    ):  # fmt: skip
        assert rows[name][2].startswith("FAILED") and part in rows[name][2]
    assert sorted(p.name for p in out.glob("*.mp4")) == [f"dance__{kind}.mp4" for kind in ("com", "fgr", "pha")]


def test_what_is_up_to_date_is_left_alone(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    assert batch(root, "--out", out).code == 0
    made = {p: p.stat().st_mtime_ns for p in out.rglob("*.*") if p.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr("ftpvm.media.find_frame.nearest_frame", None)  # what was found is noted
        again = batch(root, "--out", out)
    assert table(again)["dance_"][0] == "0" and "is frame 2" in again.out
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*.*") if p.is_file()} == made

    other = batch(root, "--out", out, "--composite", "black")
    assert other.code == 0
    changed = {p.name for p in out.glob("*.mp4") if p.stat().st_mtime_ns != made[p]}
    assert changed == {"dance__com.mp4"}
    MatteSequence(out / "mattes", "dance_").write(4, np.zeros(SIZE[::-1]))  # retouched by hand
    (out / "dance__fgr.mp4").unlink()
    assert batch(root, "--out", out, "--composite", "black").code == 0
    assert frames_of(out / "dance__pha.mp4")[4].max() < 0.05
    assert len(frames_of(out / "dance__fgr.mp4")) == 6

    thumbnail(root / "dance_thumbnail.png", root / "dance.mp4", 3)
    corrected = batch(root, "--out", out)
    assert "is frame 3" in corrected.out and table(corrected)["dance_"][0] != "0"


def test_stopped_and_gone_on_with(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = a_root(tmp_path / "raw"), tmp_path / "out"
    trimap(root / "dance_trimap_2.png", x=30)

    write = MatteSequence.write

    def write_until_stopped(self: MatteSequence, frame: int, matte: np.ndarray) -> None:
        if (self.name, frame) == ("dance__2", 4):
            raise KeyboardInterrupt
        write(self, frame, matte)

    with monkeypatch.context() as patch:
        patch.setattr(MatteSequence, "write", write_until_stopped)
        stopped = batch(root, "--out", out)
    assert stopped.code == 130
    assert list(table(stopped)) == ["dance_"]
    assert "Run the same command again" in stopped.out
    done = batch(root, "--out", out)
    assert done.code == 0
    assert table(done)["dance_"][0] == "0" and table(done)["dance__2"][2] == "done"


@pytest.mark.parametrize(
    ("what", "words"),
    [("none", "no folder"), ("long" * 99, "longlong"), ("empty", "holds no NAME.mp4"), ("raw", "--out")],
)
def test_refused_folders(batch: Batch, tmp_path: Path, what: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    a_root(tmp_path / "raw")
    result = batch(tmp_path / what, *(["--out", tmp_path / "out"] if what != "raw" else []))
    assert (result.code, words in result.err) == (3, True), result
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--device", "abacus", 5), ("--weights", "nobody's", 3), ("--composite", "puce", 3), ("--target-size", "9", 3),
    ],
)  # fmt: skip
def test_what_no_shot_could_go_without(batch: Batch, tmp_path: Path, option: str, value: str, code: int) -> None:
    result = batch(a_root(tmp_path / "raw"), "--out", tmp_path / "out", option, value)
    assert (result.code, result.out) == (code, "") and value in result.err


def test_a_bug_in_one_shot_is_told_too(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftpvm.cli.batch_folder.thumbnail_keyframe", lambda *_: 1 / 0)
    result = batch(a_root(tmp_path / "raw"), "--out", tmp_path / "out", "--debug")
    assert result.code == 1
    assert "unexpected ZeroDivisionError" in table(result)["dance_"][2] and "Traceback" in result.err


def test_a_failed_shot_leaves_nothing_in_memory(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = a_root(tmp_path / "raw")
    trimap(root / "dance_trimap_2.png")
    held: list[weakref.ref[np.ndarray]] = []

    def fail(*_: object) -> None:
        gc.collect()
        assert not any(reference() is not None for reference in held)
        frames = np.zeros(9)
        held.append(weakref.ref(frames))
        raise SourceError("It broke.")

    monkeypatch.setattr("ftpvm.cli.batch_folder.thumbnail_keyframe", fail)
    result = batch(root, "--out", tmp_path / "out")
    assert [row[2] for row in table(result).values()] == ["FAILED: It broke."] * 2 and len(held) == 2


def a_list(folder: Path, text: str) -> Path:
    """shots.toml beside a movie a.mp4, a sequence plates/b.%04d.png and trimaps key.png and mask.png."""
    movie(folder / "a.mp4")
    sequence(folder / "plates", "b.%04d.png", range(1001, 1004))
    trimap(folder / "key.png")
    write_still(folder / "mask.png", np.where(disc() == 255, 255, 0).astype(np.uint8))
    (folder / "shots.toml").write_text(text, encoding="utf-8")
    return folder / "shots.toml"


def test_a_list_of_shots(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shots = a_list(tmp_path / "Schüsse", """
        [defaults]
        out = "mattes"
        range = "0:1"
        foreground = true

        [[shots]]
        source = "a.mp4"
        foreground = false
        format = "exr"
        exr-channel = "Y"
        keyframes = [{ frame = 0, image = "key.png" }, { frame = 1, image = "mask.png", band = [2, 7] }]

        [[shots]]
        source = "plates/b.%04d.png"
        name = "hero"
        range = "1002:"
        keyframes = [{ frame = 1002, image = "key.png" }]

        [[shots]]
        source = "gone.mov"
        keyframes = [{ frame = 0, image = "key.png" }]
    """)  # fmt: skip
    monkeypatch.chdir(tmp_path)  # paths are the list's, not the shell's
    result = batch(shots, "--target-size", "64")
    assert result.code == 3
    assert [row[2][:6] for row in table(result).values()] == ["done", "done", "FAILED"]
    assert "gone.mov doesn't exist" in table(result)["gone_matte"][2]
    out = tmp_path / "Schüsse" / "mattes"
    assert names(out) == [
        "a_matte.0000.exr", "a_matte.0001.exr", "a_matte.ftpvm.json", "hero.1002.png", "hero.1003.png",
        "hero.ftpvm.json", "hero_foreground.1002.png", "hero_foreground.1003.png",
    ]  # fmt: skip
    masked = MatteSequence(out, "a_matte", "exr", channel="Y").read(1)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(rows - 32, columns - 48)
    assert (masked[distance < 7] == 1).all() and (masked[distance > 18] == 0).all()
    again = batch(shots, "--target-size", "64")
    assert [row[0] for row in table(again).values()] == ["0", "0", "-"]


SHOT = '[[shots]]\nsource = "a.mp4"\nout = "o"\nkeyframes = [{ frame = 0, image = "key.png" }]\n'
LATER = SHOT + SHOT.replace('"o"', '"p"')  # what follows is of the second shot


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("shots = 3", ["[[shots]]"]),
        ("[defaults]\n", ["no shots"]),
        ("[[shots", ["no TOML"]),
        ("title = 'x'\n" + SHOT, ["'title'", "defaults"]),
        (SHOT + 'formt = "exr"', ["shot 1", "'formt'", "format"]),
        ("[defaults]\nquality = 3\n" + SHOT, ["'quality'"]),
        (SHOT + SHOT, ["shot 2", "another shot", "a_matte"]),
        (
            f'[defaults]\ncomposite = "black"\n{SHOT}name = "dance"\n{SHOT}name = "dance_matte"',
            ["shot 2", "another shot", "dance_composite.mov"],
        ),
        (f'[defaults]\npreview = "look.png"\n{SHOT}name = "k"\n{SHOT}', ["shot 2", "another shot", "look.png"]),
        (LATER + 'device = "abacus"', ["shot 2", "abacus"]),
        (LATER + 'weights = "nobody"', ["shot 2", "nobody"]),
        (LATER + "resolution = 9", ["shot 2", "64"]),
        (SHOT + 'format = "gif"', ["shot 1", "format: invalid choice: 'gif'"]),
        (LATER + "range = '90:10'", ["shot 2", "90:10", "empty"]),
        (LATER + "range = '1:'", ["shot 2", "Keyframe 0", "1 to the end"]),
        (LATER.replace("}]", "}, { frame = 0, image = 'mask.png' }]"), ["shot 1", "Frame 0 has two"]),
        (LATER + "colorspace = 'ACEScgg'", ["shot 2", "'ACEScgg'", "ACEScg"]),
        (LATER + "colorspace = 'ACEScg'\nocio-config = 'none.ocio'", ["shot 2", "none.ocio"]),
        (SHOT + "resolution = [1, 'x']", ["resolution", "neither"]),
        (SHOT + "range = 5", ["'5' is not FIRST:LAST"]),
        (SHOT + 'composite = "puce"', ["'puce'"]),
        (SHOT + 'fit = "yes"', ["fit", "'yes'"]),
        (SHOT.replace("source", "exr-channel"), ["needs a source"]),
        (SHOT.replace('out = "o"', ""), ["--out"]),
        (SHOT.replace("keyframes", "name = 'k' #"), ["needs keyframes"]),
        (SHOT.replace("frame = 0", "frame = 0, trimap = 'x'"), ["'trimap'", "image"]),
        (SHOT.replace("frame = 0", "frame = '0'"), ["a keyframe is"]),
        (SHOT.replace("frame = 0", "frame = 0, band = 'wide'"), ["band", "'wide'"]),
    ],
)
def test_what_a_list_may_not_say(batch: Batch, tmp_path: Path, text: str, parts: list[str]) -> None:
    result = batch(a_list(tmp_path, text))
    assert result.code == (5 if "abacus" in parts else 3)
    for part in ("shots.toml", *parts):
        assert part in result.err
    assert not (tmp_path / "o").exists()
