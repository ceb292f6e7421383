# SPDX-License-Identifier: GPL-3.0-or-later
"""From the node's values to the worker's job."""

from dataclasses import replace
from pathlib import Path

import pytest
from ftpvm_nuke.clips import Plate
from ftpvm_nuke.errors import UserError
from ftpvm_nuke.host import protocol
from ftpvm_nuke.job import Settings, keyframes_in, matte_job, mattes_of

PLATE = Plate("/s/plate.%04d.exr", "linear", offset=-1000, first=1, last=50, whole=(1, 50))
SETTINGS = Settings((1, 22, 48), False, (8, 12), None, "both", 0, False, "auto", "auto", "", "exr")


def made(settings=SETTINGS, plate=PLATE):
    images = [(frame, Path(f"/tmp/{frame}.exr")) for frame in keyframes_in(settings, plate)]
    return matte_job(settings, plate, images, mattes_of(plate, settings, Path("/m/plate_1"), "plate"))


def test_a_job_counts_in_the_sources_frames_and_has_only_fields_that_the_protocol_knows():
    job = made()
    assert job["frames"] == [1001, 1050]
    assert [keyframe["frame"] for keyframe in job["keyframes"]] == [1001, 1022, 1048]
    assert protocol.JOB.required <= job.keys() <= protocol.JOB.known
    assert all(protocol.KEYFRAME.required <= k.keys() <= protocol.KEYFRAME.known for k in job["keyframes"])


def test_only_masks_have_a_band():
    assert {tuple(keyframe["band"]) for keyframe in made()["keyframes"]} == {(8, 12)}
    assert {keyframe["band"] for keyframe in made(replace(SETTINGS, is_trimap=True))["keyframes"]} == {None}


def test_mattes_are_found_again_by_nukes_frames(tmp_path):
    mattes = mattes_of(PLATE, SETTINGS, tmp_path, "plate")
    assert mattes.path == tmp_path / "plate_matte.%04d.exr"
    for number in (1001, 1050, 1051):
        (tmp_path / f"plate_matte.{number}.exr").touch()
    assert mattes.present() == 2
    assert mattes.shown() == (1001, 1050)


def test_a_range_shows_what_other_ranges_have_left_of_the_plate(tmp_path):
    part = replace(PLATE, first=10, last=20)
    for number in (999, 1005, 1015, 1051):
        (tmp_path / f"[a]_matte.{number}.exr").touch()
    mattes = mattes_of(part, SETTINGS, tmp_path, "[a]")
    assert mattes.shown() == (1005, 1020)
    assert mattes.present() == 1
    beyond = replace(PLATE, first=45, last=60)
    assert mattes_of(beyond, SETTINGS, tmp_path, "[a]").shown() == (1005, 1060)
    assert mattes_of(part, SETTINGS, tmp_path / "gone", "[a]").shown() == (1010, 1020)


def test_keyframes_outside_of_the_range_do_not_count():
    assert keyframes_in(SETTINGS, replace(PLATE, first=10, last=30)) == [22]
    with pytest.raises(UserError, match="No keyframe lies in the range 2-20"):
        keyframes_in(SETTINGS, replace(PLATE, first=2, last=20))
    with pytest.raises(UserError, match="From Roto"):
        keyframes_in(replace(SETTINGS, keyframes=()), PLATE)


def test_gaps_between_ranges_of_a_written_plate_are_no_error():
    assert made()["on_missing"] == "error"
    assert made(plate=replace(PLATE, is_written=True))["on_missing"] == "hold"
