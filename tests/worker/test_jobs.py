# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs with the default weights: queued, merged, cancelled, looked at meanwhile, corrected and kept warm for."""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
from hosts import CLIP, Host, job

from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.propagation.adaptation import STEPS
from ftpvm.propagation.lock import only_writer

LONG = 40  # frames: longer than it takes to say anything


def numbers(host: Host, id: str) -> list[int]:
    """The frames that a job told of."""
    return [e["frame"] for e in host.told(id, "progress")]


def test_the_mattes_are_of_the_creature(host: Host, tmp_path: Path) -> None:
    ended = host.ask(id="creature", type="matte", job=job(tmp_path, 0, 5, resolution=256))
    assert (ended["event"], ended["mattes"]) == ("done", str(tmp_path / "m.####.png"))
    assert numbers(host, "creature") == [0, 1, 2, 3, 4, 5]
    for number, truth in open_source(CLIP / "alpha", colorspace="srgb").read(range(6)):
        found, true = MatteSequence(tmp_path, "m").read(number) > 0.5, truth[..., 0] > 0.5
        assert (found & true).sum() / (found | true).sum() > 0.8


def test_a_job_may_adapt_the_network_first(host: Host, tmp_path: Path) -> None:
    plain = host.ask(id="plain", type="matte", job=job(tmp_path, 0, 2))
    ended = host.ask(id="adapted", type="matte", job=job(tmp_path, 0, 2, adapt=True))
    assert (plain["frames_run"], ended["frames_run"]) == (3, 3)
    assert host.told("adapted", "started")[0]["total"] == 3
    assert [(e["first"], e["last"], e["done"]) for e in host.told("adapted", "adapting")] == [
        (0, 2, n + 1) for n in range(STEPS)
    ]
    assert numbers(host, "adapted") == [0, 1, 2]


def test_a_host_that_counts_other_frames_by_the_clock_is_warned(host: Host, tmp_path: Path) -> None:
    for counted, warnings in ((47, 0), (60, 1)):
        ended = host.ask(id=f"{counted}", type="matte", job=job(tmp_path, 0, 2, source_frames=counted))
        assert ended["event"] == "done"
        told = host.told(f"{counted}", "warning")
        assert len(told) == warnings and all("clip.mp4 has 48 frames" in each["message"] for each in told)


def test_the_same_job_asked_for_twice_is_run_once(host: Host, tmp_path: Path) -> None:
    host.send(id="one", type="matte", job=job(tmp_path, 0, LONG))
    host.wait("one", "progress")
    host.send(id="two", type="matte", job=job(tmp_path, 0, LONG, format="png16"))  # the default said aloud
    ends = [host.wait("one"), host.wait("two")]
    assert [e["frames_run"] for e in ends] == [LONG + 1, LONG + 1]
    told = [[e["event"] for e in host.told(id) if e["event"] != "progress"] for id in ("one", "two")]
    assert told[0] == told[1] == ["queued", "started", "span", "span", "done"]
    assert 0 < len(numbers(host, "two")) < len(numbers(host, "one")) == LONG + 1


def test_a_job_on_a_repainted_trimap_is_another_job(host: Host, tmp_path: Path) -> None:
    trimap = tmp_path / "trimap.png"
    shutil.copyfile(CLIP / "trimap.0000.png", trimap)
    work = job(tmp_path / "out", 0, LONG) | {"keyframes": [{"frame": 0, "image": str(trimap)}]}
    host.send(id="before", type="matte", job=work)
    host.wait("before", "progress")
    cv2.imwrite(str(trimap), cv2.imread(str(trimap), cv2.IMREAD_GRAYSCALE)[:, ::-1])
    host.send(id="after", type="matte", job=work)
    host.send(id="cancel before", type="cancel", job="before")
    assert host.wait("before")["event"] == "cancelled"
    assert host.told("after", "queued")[0]["ahead"] == 1
    assert host.wait("after")["frames_run"] == LONG + 1
    assert MatteSequence(tmp_path / "out", "m").read(0)[:, 256:].max() == 1


def test_one_of_two_who_wait_for_a_job_may_leave(host: Host, tmp_path: Path) -> None:
    for id in ("stays", "leaves"):
        host.send(id=id, type="matte", job=job(tmp_path, 0, LONG))
    host.wait("leaves", "progress")
    assert host.ask(id="c1", type="cancel", job="leaves")["event"] == "ok"
    assert host.wait("leaves")["event"] == "cancelled"
    assert host.wait("stays")["frames_run"] == LONG + 1


def test_cancel_takes_effect_within_two_frames_and_the_rest_is_run_later(host: Host, tmp_path: Path) -> None:
    host.send(id="cancelled", type="matte", job=job(tmp_path, 0, LONG))
    host.wait("cancelled", "progress")
    host.send(id="c2", type="cancel", job="cancelled")
    host.wait("c2", "ok")
    before = len(numbers(host, "cancelled"))
    ended = host.wait("cancelled")
    assert ended["event"] == "cancelled" and ended["frames_run"] == len(numbers(host, "cancelled")) <= before + 2
    again = host.ask(id="again", type="matte", job=job(tmp_path, 0, LONG))
    assert again["frames_run"] == LONG + 1 - ended["frames_run"]


def test_jobs_wait_for_each_other_and_may_be_cancelled_meanwhile(host: Host, tmp_path: Path) -> None:
    for index, id in enumerate(("first", "second", "third")):
        host.send(id=id, type="matte", job=job(tmp_path / id, 0, 10))
        assert host.wait(id, "queued")["ahead"] == index
    host.wait("first", "progress")
    status = host.ask(id="s1", type="status")
    assert (status["running"], status["queued"], status["warm"]) == ("first", ["second", "third"], True)
    host.send(id="c3", type="cancel", job="second")
    assert host.wait("second") == {"id": "second", "event": "cancelled", "frames_run": 0}
    assert host.wait("third")["frames_run"] == 11
    assert host.told("first")[-1]["event"] == "done" and not (tmp_path / "second").exists()


def test_previews_and_trimaps_come_while_a_job_runs(host: Host, tmp_path: Path) -> None:
    work = job(tmp_path / "out", 0, LONG)
    host.send(id="long", type="matte", job=work)
    host.wait("long", "progress")
    host.send(
        id="box", type="trimap", source=work["source"], frame=0, out=str(tmp_path / "t.png"), box=[31, 10, 174, 201]
    )
    host.send(id="look", type="preview", job=work, frame=30, out=str(tmp_path / "p.png"))
    assert host.wait("look") == {"id": "look", "event": "done", "image": str(tmp_path / "p.png")}
    assert host.told("box")[-1]["event"] == "done"
    assert not any(e["event"] == "done" for e in host.told("long"))
    matte = cv2.imread(str(tmp_path / "p.png"), cv2.IMREAD_UNCHANGED)
    assert matte.dtype == np.uint16 and matte.shape == (288, 512) and matte.max() > 60000
    assert host.wait("long")["frames_run"] == LONG + 1


def test_release_waits_for_the_job_and_the_next_loads_the_network_again(host: Host, tmp_path: Path) -> None:
    host.send(id="held", type="matte", job=job(tmp_path, 0, 10))
    host.wait("held", "progress")
    assert host.ask(id="release", type="release")["event"] == "released"
    assert host.told("held")[-1]["event"] == "done"
    assert host.ask(id="s2", type="status")["warm"] is False
    assert host.ask(id="reloaded", type="matte", job=job(tmp_path, 0, 12))["event"] == "done"
    assert host.ask(id="s3", type="status")["warm"] is True


def test_a_correction_runs_only_the_spans_that_hang_on_it(host: Host, tmp_path: Path) -> None:
    keyframes = [{"frame": n, "image": str(CLIP / f"trimap.{n:04d}.png")} for n in (0, 24, 47)]
    assert host.ask(id="all", type="matte", job=job(tmp_path, 0, 47, keyframes=keyframes))["spans_run"] == 3
    keyframes[0] |= {"band": [6, 6]}
    ended = host.ask(id="corrected", type="matte", job=job(tmp_path, 0, 47, keyframes=keyframes))
    assert (ended["spans_run"], ended["spans_kept"], ended["frames_run"]) == (1, 2, 24 + 24)


NOTED = """
import ftpvm.model.checkpoint as checkpoint
from ftpvm.media.movie import MovieSource
from ftpvm.propagation import NetworkRunner

def noted(place, name):
    do = getattr(place, name)
    def note(*args, **options):
        with open({path!r}, "a") as file:
            file.write(name + " ")
        return do(*args, **options)
    setattr(place, name, note)

noted(checkpoint, "load_network")
noted(MovieSource, "__init__")
noted(NetworkRunner, "encode")
"""


def test_a_second_job_on_a_shot_loads_opens_and_encodes_nothing_again(tmp_path: Path) -> None:
    with Host(NOTED.format(path=str(tmp_path / "noted"))) as host:
        for id, last in (("first", 1), ("second", 3)):
            assert host.ask(id=id, type="matte", job=job(tmp_path / "out", 0, last))["event"] == "done"
            noted = (tmp_path / "noted").read_text().split()
            assert noted == ["load_network", "encode", "__init__", "encode"]  # the first one warms up


def test_images_of_any_name_are_a_source(host: Host, tmp_path: Path) -> None:
    names = ["ζωή.png", "a 2.png", "00 b.png", "b.png"]
    for name, (_, image) in zip(names, open_source(CLIP / "clip.mp4").read(range(4)), strict=True):
        cv2.imencode(".png", (image[..., ::-1] * 255).round())[1].tofile(tmp_path / name)
    source = [str(tmp_path / name) for name in names]
    out = tmp_path / "mattes 乱 ü"
    ended = host.ask(id="list", type="matte", job=job(out, source=source, name="matte é"))
    assert (ended["event"], ended["first"], ended["last"]) == ("done", 0, 3)
    assert sorted(p.name for p in out.glob("*.png")) == [f"matte é.{n:04d}.png" for n in range(4)]
    movie = tmp_path / "of the movie"
    host.ask(id="movie", type="matte", job=job(movie))
    difference = MatteSequence(out, "matte é").read(3) - MatteSequence(movie, "m").read(3)
    assert np.abs(difference).mean() < 0.01


def test_plates_are_not_written_over(host: Host, tmp_path: Path) -> None:
    plate = tmp_path / "plate.0000.png"
    shutil.copyfile(CLIP / "trimap.0000.png", plate)
    ended = host.ask(id="plates", type="matte", job=job(tmp_path, 0, 0, source=[str(plate)], name="plate"))
    assert ended["code"] == "settings" and "among the files" in ended["message"]
    assert plate.read_bytes() == (CLIP / "trimap.0000.png").read_bytes()


def test_previews_and_trimaps_are_not_written_over_plates_either(host: Host, tmp_path: Path) -> None:
    plate = str(shutil.copyfile(CLIP / "trimap.0000.png", tmp_path / "plate.0000.png"))
    work = job(tmp_path / "out", 0, 0, source=[plate])
    for ended in (
        host.ask(id="look at plate", type="preview", job=work, frame=0, out=plate),
        host.ask(id="box plate", type="trimap", source=[plate], frame=0, out=plate, box=[31, 10, 174, 201]),
    ):
        assert (ended["event"], ended["code"]) == ("error", "settings") and "among the files" in ended["message"]
    assert Path(plate).read_bytes() == (CLIP / "trimap.0000.png").read_bytes()


def test_another_clips_mattes_are_replaced_only_if_asked(host: Host, tmp_path: Path) -> None:
    shutil.copyfile(CLIP / "clip.mp4", tmp_path / "other.mp4")
    os.utime(tmp_path / "other.mp4", (1, 1))
    host.ask(id="theirs", type="matte", job=job(tmp_path / "out", 0, 1))
    ours = job(tmp_path / "out", 0, 1, source=str(tmp_path / "other.mp4"))
    ended = host.ask(id="ours", type="matte", job=ours)
    assert ended["code"] == "settings" and "clip.mp4" in ended["message"]
    assert host.ask(id="replace", type="matte", job={**ours, "replace": True})["spans_run"] == 1


def test_two_runs_cant_write_the_same_mattes(host: Host, tmp_path: Path) -> None:
    with only_writer(tmp_path, "m"):
        ended = host.ask(id="locked out", type="matte", job=job(tmp_path, 0, 1))
    assert ended["code"] == "output" and "Another run" in ended["message"]
    assert host.ask(id="let in", type="matte", job=job(tmp_path, 0, 1))["event"] == "done"
    assert not [p for p in tmp_path.iterdir() if "lock" in p.name]
